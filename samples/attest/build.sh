#!/usr/bin/env bash
# Builds attest.elf with clang and lld (any recent version; the committed file is made with Debian's 14).
# The same sources give the same bytes wherever the folder lies: paths in the debug information are relative to it.
set -euo pipefail
cd "$(dirname "$0")"

CC=${CC:-clang}
LD=${LD:-ld.lld}
OPTIMIZE=${OPTIMIZE:--O0}
OUTPUT=${1:-attest.elf}

FLAGS=(--target=aarch64-none-elf -march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding -fno-pic
  -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-stack-protector -fno-asynchronous-unwind-tables
  -std=c11 -Wall -Wextra -Werror "$OPTIMIZE" -g -gdwarf-5
  "-ffile-prefix-map=$PWD=." -fdebug-compilation-dir=.)

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
list=()
for source in start.S main.c host.c exception.c runtime.c rsi/smc.S rsi/rsi.c; do
  object="$objects/${source//\//-}.o"
  "$CC" "${FLAGS[@]}" -c "$source" -o "$object"
  list+=("$object")
done
"$LD" -T link.ld --build-id=none --fatal-warnings -z noexecstack -z max-page-size=4096 -o "$OUTPUT" "${list[@]}"
