#!/usr/bin/env bash
# Builds the programs and records what QEMU prints for them. Recorded with gcc 12.2 and QEMU 7.2.
set -e
cd "$(dirname "$0")"
for name in debug system; do
  aarch64-linux-gnu-gcc -O1 -ffreestanding -fPIE -mgeneral-regs-only -mstrict-align -fno-stack-protector -nostdlib \
    -static -Wl,-Ttext=0,--build-id=none,-N,--no-warn-rwx-segments -fno-asynchronous-unwind-tables \
    "$name/start.S" "$name/main.c" -o "$name.elf"
  aarch64-linux-gnu-objcopy -O binary "$name.elf" "$name.bin"
  rm "$name.elf"
  timeout 20 qemu-system-aarch64 -M virt,virtualization=on,gic-version=3 -cpu max -icount shift=0 -display none \
    -monitor none -serial "file:$name.txt" -device "loader,file=$name.bin,addr=0x40200000" \
    -device loader,addr=0x40200000,cpu-num=0 || true
done
