#!/usr/bin/env bash
# Builds multi-rec.elf with clang and lld, or with the CC and LD of the environment (GCC works too).
#   ./build.sh [OUTPUT]
# The same sources give the same bytes wherever the folder lies: paths in the debug information are relative to it.
set -euo pipefail
cd "$(dirname "$0")"

CC=${CC:-clang}
LD=${LD:-ld.lld}
OPTIMIZE=${OPTIMIZE:--O0}
output=${1:-multi-rec.elf}

flags=(-march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding -fno-pic -fno-stack-protector
  -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-asynchronous-unwind-tables
  -std=c11 -Wall -Wextra -Werror "$OPTIMIZE" -g -gdwarf-5 "-ffile-prefix-map=$PWD=.")
if "$CC" --version | grep -q clang; then
  flags+=(--target=aarch64-none-elf -fdebug-compilation-dir=.)
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
list=()
# The RSI library, host calls and run-time support are those of the other sample.
attest=../attest
for source in start.S main.c cpu.c $attest/host.c $attest/exception.c $attest/runtime.c $attest/rsi/smc.S \
  $attest/rsi/rsi.c; do
  object="$objects/${source//\//-}.o"
  "$CC" "${flags[@]}" -c "$source" -o "$object"
  list+=("$object")
done
"$LD" -T $attest/link.ld --build-id=none --fatal-warnings -z noexecstack -z max-page-size=4096 -o "$output" "${list[@]}"
