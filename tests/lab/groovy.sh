#!/usr/bin/env bash
# Java, and a linter for the Jenkinsfiles with the Groovy that it brings along. Run it any number of times.
set -euo pipefail
# shellcheck source=tests/lab/common.sh
. "$(dirname "$0")/common.sh"
folder="$(cd "$(dirname "$0")" && pwd)/groovy"

lock groovy
command -v npm >/dev/null || fail 3 "the linter needs Node 20 or later with npm"
if ! command -v java >/dev/null; then
    on_debian_as_root || fail 3 "the linter needs Java 17 or later; it is installed by itself on Debian only, as root"
    apt_install default-jre-headless
fi
wanted=$(sha256sum "$folder/package.json")
[ "$(cat "$folder/node_modules/installed" 2>/dev/null)" != "$wanted" ] || exit 0
# A lock file would name the registry.
quietly 300 "install the linter" npm install --prefix "$folder" --no-package-lock --no-audit --no-fund
echo "$wanted" >"$folder/node_modules/installed"
