#!/usr/bin/env bash
# Builds the guests of the tests: each is one C file around the start-up code and RSI library of samples/attest.
# attest-O2.elf and attest-gcc.elf are the sample itself, built differently.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD

GCC=${GCC:-aarch64-linux-gnu-gcc}
GCC_LD=${GCC_LD:-aarch64-linux-gnu-ld}
output=${1:-$here}

# A folder of its own, so that the names in the debug information are the same on every machine.
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cp -r ../../samples/attest/. "$build"
cp ./*.c "$build"

for source in *.c; do
  "$build/build.sh" "$output/${source%.c}.elf" "$source"
done
OPTIMIZE=-O2 "$build/build.sh" "$output/attest-O2.elf"
OPTIMIZE=-O1 CC=$GCC LD=$GCC_LD "$build/build.sh" "$output/attest-gcc.elf"
