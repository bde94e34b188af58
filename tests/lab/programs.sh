#!/usr/bin/env bash
# What some tests ask of the machine beside an Engine: a redis-server that speaks TLS (the wheel's does not), and the
# shells whose completion is tested, a registry of images. Does nothing where they are; Debian, as root.
set -euo pipefail
# shellcheck source=tests/lab/common.sh
. "$(dirname "$0")/common.sh"

missing() {
    local program
    for program in redis-server openssl zsh fish docker-registry; do command -v "$program" >/dev/null || echo "$program"; done
}

[ -n "$(missing)" ] || exit 0
on_debian_as_root || fail 3 "there is no $(missing | xargs): install them, or run this as root on Debian"
lock programs
# Debian starts a server with its package; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
mapfile -t wanted < <(missing)
apt_install "${wanted[@]}"
