#!/usr/bin/env bash
# Builds host.elf with clang and lld, or with the CC and LD of the environment (GCC works too).
#   ./build.sh [OUTPUT]
# The same sources give the same bytes wherever the folder lies: paths in the debug information are relative to it.
set -euo pipefail
cd "$(dirname "$0")"

CC=${CC:-clang}
LD=${LD:-ld.lld}
OPTIMIZE=${OPTIMIZE:--O1}
output=${1:-host.elf}

flags=(-march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding -fno-pic -fno-stack-protector -fno-builtin
  -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-asynchronous-unwind-tables
  -std=c11 -Wall -Wextra -Werror "$OPTIMIZE" -g -gdwarf-5 "-ffile-prefix-map=$PWD=.")
if "$CC" --version | grep -q clang; then
  flags+=(--target=aarch64-none-elf -fdebug-compilation-dir=.)
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
list=()
# The compiler's memset and memcpy are those of the other sample.
for source in start.S main.c realm.c ../attest/runtime.c; do
  object="$objects/${source//\//-}.o"
  "$CC" "${flags[@]}" -c "$source" -o "$object"
  list+=("$object")
done
"$LD" -T link.ld --build-id=none --fatal-warnings -z noexecstack -z max-page-size=4096 -o "$output" "${list[@]}"
