/**
 * What the boot chain leaves: at power on, and again at every system reset. Granule protection table in Root memory, RMM
 * ready, PE 0 at Non-secure EL2 (platform facts, section 5), the other PEs off.
 */
import { writePc, writePstate } from '../cpu/pe';
import { resetDevices } from '../devices/devices';
import { enableInterrupts } from '../devices/gic/gic';
import { buildGpt } from '../memory/gpt';
import { dropPagesExcept, writeBytes } from '../memory/memory';
import { encryptionContext, Pas } from '../memory/pas';
import { HAND_OFF_PSTATE, handOff, warmReset } from '../monitor/hand-off';
import { resetMonitor } from '../monitor/monitor';
import { startOff } from '../monitor/power';
import { bootRmm, resetRmm } from '../rmm/rmm';
import { flushTlb } from '../translation/translation';
import { pokeWord } from './boot/poke';
import { emit } from './event-ring';
import type { Machine } from './machine';
import { RESET_REASONS, type ResetReason } from './reset';

const NON_SECURE = encryptionContext(Pas.NonSecure);

/** Whether the Host is native: the built-in VMM, or an action list to come. */
const hasNativeHost = (machine: Machine): boolean => machine.host.config !== undefined;

/** Firmware boots and PE 0 is handed over. The PEs are in their reset state. */
export function bootFirmware(machine: Machine): void {
  const { platform, memory, pes, boot } = machine;
  const changed = memory.onGpiChanged;
  memory.onGpiChanged = () => {};
  buildGpt(memory, platform);
  memory.onGpiChanged = changed;
  for (const pe of pes) {
    writePstate(pe, HAND_OFF_PSTATE);
    pe.runner = 'off';
    pe.waitUntil = 0;
  }
  bootRmm(machine);
  const first = pes[0];
  if (first === undefined) return;
  if (hasNativeHost(machine)) {
    enableInterrupts(machine);
    writePc(first, BigInt(platform.payloadBase));
    first.runner = 'host';
    return;
  }
  for (const { base, bytes } of boot?.ranges ?? []) writeBytes(memory, NON_SECURE, base, bytes);
  for (const pe of boot === undefined ? [] : pes.slice(1)) {
    startOff(machine, pe);
    machine.devices.gic.asleep[pe.index] = true;
  }
  handOff(machine, first, BigInt(boot?.entry ?? platform.payloadBase), BigInt(boot?.deviceTree ?? 0));
}

/** Power on: the firmware boots into memory that reads zero. */
export function powerOn(machine: Machine): void {
  bootFirmware(machine);
  for (const poke of machine.boot?.pokes ?? []) pokeWord(machine, poke);
}

/**
 * A system reset. PEs, devices, EL3 and the RMM start again; time goes on. DRAM keeps what the Non-secure world wrote,
 * except that the images are loaded again; memory of the Realm, Secure and Root worlds is lost, as under a memory
 * protection engine that takes new keys.
 */
export function systemReset(machine: Machine, reason: ResetReason): void {
  const { platform, memory, pes, schedule } = machine;
  schedule.reset = null;
  schedule.resets++;
  emit(machine, 'reset', schedule.current, schedule.resets, RESET_REASONS.indexOf(reason));
  dropPagesExcept(memory, NON_SECURE);
  for (const pe of pes) warmReset(pe, platform);
  resetDevices(machine);
  resetMonitor(machine.monitor);
  resetRmm(machine.rmm);
  machine.translation.faults.length = 0;
  machine.translation.pending.length = 0;
  flushTlb(machine, 'all');
  schedule.current = 0;
  schedule.left = platform.quantum;
  bootFirmware(machine);
}
