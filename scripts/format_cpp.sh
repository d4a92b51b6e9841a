#!/usr/bin/env bash
# Formats the C++: scripts/format_cpp.sh CLANG_FORMAT [--check]
# clang-format writes `II = 1` in pragmas, which Vitis' own documents never do: those spaces are taken out again.
set -euo pipefail
clang_format=$1 check=${2:-}
status=0
while IFS= read -r file; do
    formatted=$("$clang_format" "$file" | sed '/^ *#pragma/s/ = /=/g')
    if [ -z "$check" ]; then
        printf '%s\n' "$formatted" | cmp -s - "$file" || printf '%s\n' "$formatted" >"$file"
    else
        printf '%s\n' "$formatted" | diff -u --label "$file" --label "$file, formatted" "$file" - || status=1
    fi
done < <(find hls_lib torch_fpga -name '*.hpp' -o -name '*.h' -o -name '*.cpp')
exit $status
