#!/usr/bin/env bash
# A Docker Engine with Compose v2 and buildx that answers. Does nothing where there is one already;
# otherwise installs and starts it (Debian, as root). Exit status 3: there is none and it can't be installed here.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

plugins=/usr/local/lib/docker/cli-plugins
plugin_suite=trixie # Debian's first suite with Compose v2; its plugins are static and run on bookworm too
log=/var/log/bluegreen-lab-dockerd.log

engine_answers() { timeout 15 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
plugin_works() { timeout 15 docker "$1" version >/dev/null 2>&1; }

why_not() {
    if ! command -v docker >/dev/null; then
        echo "there is no docker"
    elif ! engine_answers; then
        timeout 15 docker version --format '{{.Server.Version}}' 2>&1 >/dev/null | tail -n 1 || true
    elif ! plugin_works compose; then
        echo "'docker compose' is missing"
    elif ! plugin_works buildx; then
        echo "'docker buildx' is missing"
    fi
}

runs() { # runs PID NAME: that process, and not the remains of one that was killed
    [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && ! grep -q '^State:\sZ' "/proc/$1/status" 2>/dev/null
}

start_engine() {
    local program file pid i
    # A machine that was switched off, or a kill, leaves pid files. When such a number belongs to another
    # program by now, or to a dead one that nobody has reaped, dockerd takes it for its own and gives up.
    for program in dockerd containerd; do
        file=/run/docker.pid
        [ "$program" = dockerd ] || file=/run/docker/containerd/containerd.pid
        pid=$(cat "$file" 2>/dev/null) || continue
        runs "$pid" "$program" || rm -f "$file"
    done

    pid=$(cat /run/docker.pid 2>/dev/null) || pid=""
    if [ -d /run/systemd/system ]; then
        quietly 90 "start docker.service" systemctl start docker
    elif [ -z "$pid" ]; then
        # A session of its own: it outlives the shell, and Ctrl-C there does not reach it.
        setsid nohup dockerd >>"$log" 2>&1 </dev/null 9>&- &
        pid=$!
    fi

    for ((i = 0; i < 300; i++)); do
        engine_answers && return
        [ -z "$pid" ] || runs "$pid" dockerd || [ "$i" -lt 10 ] || break
        sleep 0.2
    done
    tail -n 20 "$log" >&2 2>/dev/null || true
    fail 1 "dockerd does not answer ($(why_not)); its last lines are above, all of them in $log"
}

install_plugins() {
    local name other
    work=$(mktemp -d) # not local: the trap needs it
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/root"
    # Lists, cache and sources of its own: the machine's apt never hears of the other suite.
    debian_mirrors |
        sed "s,.*,deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] & $plugin_suite main," >"$work/sources.list"
    [ -s "$work/sources.list" ] ||
        fail 1 "apt's sources name no Debian archive for this machine's suite: put docker-compose and docker-buildx (v2) into $plugins by hand"
    other=("${apt[@]}" -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
        -o Acquire::Languages=none)
    quietly 300 "read Debian $plugin_suite's package list" "${other[@]}" update
    quietly 300 "download Compose and buildx" env -C "$work/debs" "${other[@]}" download docker-compose docker-buildx
    for name in "$work"/debs/*.deb; do dpkg -x "$name" "$work/root"; done
    mkdir -p "$plugins"
    for name in compose buildx; do
        install -m 755 "$(find "$work/root" -path "*/cli-plugins/docker-$name" | head -n 1)" "$plugins/docker-$name"
        plugin_works "$name" || fail 1 "docker $name does not run: $(docker "$name" version 2>&1 | tail -n 1)"
    done
}

reason=$(why_not)
[ -n "$reason" ] || exit 0
on_debian_as_root || fail 3 "no usable Docker ($reason): start Docker, or run this script as root on Debian"
[ -z "${DOCKER_HOST:-}" ] || engine_answers ||
    fail 3 "no usable Docker (DOCKER_HOST=$DOCKER_HOST does not answer): start that one, or unset DOCKER_HOST for a local one"

lock engine
if ! engine_answers; then
    # docker top asks this machine's ps.
    if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then apt_install docker.io iptables procps; fi
    engine_answers || start_engine
fi
if ! plugin_works compose || ! plugin_works buildx; then install_plugins; fi
say "Docker Engine $(docker version --format '{{.Server.Version}}'), Compose $(docker compose version --short)"
