#!/usr/bin/env bash
# Installs the Debian packages that are missing on this machine.
# Looks for what each package brings, not for the package, so that any other way of installing it counts too.
set -euo pipefail

missing=() wanted=()
need() { # package, then a command that succeeds where it is not needed
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
want() { # the same for a package that all else works without
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || wanted+=("$package")
}
# AMD's own XRT is left as it is.
xrt() { [ -d /opt/xilinx/xrt ] || xrt_headers; }
xrt_headers() { [ -f "$(g++ -print-file-name=libxrt_swemu.a)" ] && header xrt/experimental/xrt_device.h -I/usr/include/xrt; }
header() { local name=$1; shift; g++ -E "$@" -include "$name" -x c++ /dev/null; }
python_header() { "${PYTHON:-python3}" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")'; }

need g++ command -v g++
need cmake command -v cmake
need libboost-context-dev header boost/context/fiber.hpp
need python3-venv "${PYTHON:-python3}" -c 'import ensurepip, venv'
need python3-dev python_header # Inductor's C++ includes Python.h

want libxrt1 xrt # XRT and its software emulation (device='sw_emu')
want libxrt-dev xrt

[ $((${#missing[@]} + ${#wanted[@]})) -gt 0 ] || exit 0
echo "== Debian packages: ${missing[*]} ${wanted[*]}"
give_up() { # what is wrong; an error only where something is missing that is needed
    echo "$1" >&2
    [ ${#missing[@]} -gt 0 ] && exit 1
    echo "Not installed: ${wanted[*]}. Kernels run without XRT then (device='emulation')." >&2
    exit 0
}
command -v apt-get >/dev/null || give_up "There is no apt-get here. Please install what these Debian packages hold."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "apt-get needs root, and there is no sudo: apt-get install ${missing[*]} ${wanted[*]}"
    as_root=(sudo)
fi
install() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }
"${as_root[@]}" apt-get update -qq
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
missing=()
[ ${#wanted[@]} -eq 0 ] || install "${wanted[@]}" || give_up "This system has no such packages."
