/** VMIDs in use: one bit each in the RMM's memory. VMID 0 is as good as any. */
import { type Pa, pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { readU8, writeU8 } from '../../memory/memory';
import { rmmRegions } from '../layout';
import { RMM_CONTEXT } from '../memory';

const byteOf = (machine: Machine, vmid: number): Pa => pa(rmmRegions(machine.platform).vmids + Math.floor(vmid / 8));

export const isVmidInRange = (machine: Machine, vmid: number): boolean =>
  vmid < 2 ** machine.platform.features.vmidBits;

export const isVmidUsed = (machine: Machine, vmid: number): boolean =>
  (readU8(machine.memory, RMM_CONTEXT, byteOf(machine, vmid)) & (1 << (vmid % 8))) !== 0;

export function setVmidUsed(machine: Machine, vmid: number, used: boolean): void {
  const address = byteOf(machine, vmid);
  const bit = 1 << (vmid % 8);
  const byte = readU8(machine.memory, RMM_CONTEXT, address);
  writeU8(machine.memory, RMM_CONTEXT, address, used ? byte | bit : byte & ~bit);
}
