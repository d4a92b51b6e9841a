#!/usr/bin/env bash
# Installs the Debian packages that are missing on this machine.
# Looks for what each package brings, not for the package, so that any other way of installing it counts too.
set -euo pipefail

missing=()
need() { # package, then a command that succeeds where it is not needed
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
header() { g++ -E -include "$1" -x c++ /dev/null; }
python_header() { "${PYTHON:-python3}" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")'; }

need g++ command -v g++
need cmake command -v cmake
need libboost-context-dev header boost/context/fiber.hpp
need python3-venv "${PYTHON:-python3}" -c 'import ensurepip, venv'
need python3-dev python_header # Inductor's C++ includes Python.h

[ ${#missing[@]} -gt 0 ] || exit 0
echo "== Debian packages: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "Not installed, and there is no apt-get here to install them. Please install what these Debian packages hold." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "apt-get needs root, and there is no sudo: apt-get install ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
