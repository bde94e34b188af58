# shellcheck shell=bash
# Sourced by engine.sh and images.sh.

say() { echo "lab: $*"; }

fail() { # fail STATUS WORDS…
    local status=$1
    shift
    echo "lab: $*" >&2
    exit "$status"
}

quietly() { # quietly SECONDS WHAT COMMAND…: one line with the time it took; the output only when it fails
    local limit=$1 what=$2 start=$SECONDS status=0 log
    shift 2
    log=$(mktemp)
    # Without descriptor 9: a server that the command starts must not keep our lock.
    timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null 9>&- || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 25 "$log" >&2
        rm -f "$log"
        [ "$status" -ne 124 ] || echo "lab: it was stopped after $limit s" >&2
        echo "lab: failed: $what (exit status $status; its last lines are above)" >&2
        return 1
    fi
    rm -f "$log"
    say "$what: $((SECONDS - start)) s"
}

apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qy
    -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=30)

apt_update() { quietly 300 "update apt's package lists" "${apt[@]}" update; }

apt_install() { # apt_install PACKAGE…
    # Missing or old package lists are the usual reason for a failure: only then are they fetched.
    "${apt[@]}" install --no-install-recommends --dry-run "$@" >/dev/null 2>&1 &&
        quietly 600 "install $*" "${apt[@]}" install --no-install-recommends "$@" 2>/dev/null && return
    apt_update
    quietly 600 "install $*" "${apt[@]}" install --no-install-recommends "$@"
}

debian_mirrors() { # the addresses from which this machine's apt takes Debian's main archive
    # shellcheck disable=SC2016
    local format='$(REPO_URI) $(RELEASE) $(COMPONENT)' # for apt to fill in
    # It lists only what apt has fetched.
    [ -n "$(apt-get indextargets --format "$format" 'Created-By: Packages')" ] || apt_update >&2
    apt-get indextargets --format "$format" 'Created-By: Packages' |
        awk -v suite="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" '$2 == suite && $3 == "main" { print $1 }' |
        sort -u
}

on_debian_as_root() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && grep -q '^ID=debian' /etc/os-release
}

lock() { # lock NAME: two test runs may start at once on one machine
    exec 9>"/run/lock/bluegreen-lab-$1"
    flock -w 900 9 || fail 1 "another run has held /run/lock/bluegreen-lab-$1 for 15 minutes: see 'fuser -v' on it, end that run, try again"
}
