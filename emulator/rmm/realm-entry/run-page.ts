/** The page that RMI_REC_ENTER shares with the Host: RmiRecEnter read, RmiRecExit written. */
import { type Pa, pa } from '../../address';
import type { Pe } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { writeBytes } from '../../memory/memory';
import { HOST_CONTEXT, writeField, writeField64 } from '../memory';
import type { RecExit } from '../state';
import { fieldValue, peekStructure } from '../structures/decode';
import { RMI_REC_ENTER, RMI_REC_EXIT, RMI_REC_RUN } from '../structures/structures';
import { readGic } from './gic';
import { overflowStatus } from './pmu';
import { readTimers } from './timers';

/** RmiRecEnter. Plain, so that it can wait in a frame. */
export interface RecEnter {
  readonly flags: number;
  readonly gprs: readonly bigint[];
  readonly gicHcr: bigint;
  readonly gicLrs: readonly bigint[];
}

/** RmiRecEnterFlags. */
export const EnterFlag = { emulMmio: 1, injectSea: 2, trapWfi: 4, trapWfe: 8, ripasReject: 16 } as const;

export function readEntry(machine: Machine, run: Pa): RecEnter {
  const view = peekStructure(machine.memory, HOST_CONTEXT, pa(run + RMI_REC_RUN.fields.enter.offset), RMI_REC_ENTER);
  const f = RMI_REC_ENTER.fields;
  return {
    flags: Number(fieldValue(view, f.flags) & 0x1fn),
    gprs: Array.from({ length: f.gprs.count }, (_, index) => fieldValue(view, f.gprs, index)),
    gicHcr: fieldValue(view, f.gicv3_hcr),
    gicLrs: Array.from({ length: f.gicv3_lrs.count }, (_, index) => fieldValue(view, f.gicv3_lrs, index)),
  };
}

/** Writes RmiRecExit: what the exit says, the always-valid group, zero everywhere else. */
export function writeExit(machine: Machine, pe: Pe, run: Pa, exit: RecExit): void {
  const { memory } = machine;
  const base = pa(run + RMI_REC_RUN.fields.exit.offset);
  const f = RMI_REC_EXIT.fields;
  const put = (field: (typeof f)[keyof typeof f], value: bigint, index = 0): void => {
    if (value !== 0n) writeField64(memory, HOST_CONTEXT, base, field, value, index);
  };
  writeBytes(memory, HOST_CONTEXT, base, new Uint8Array(RMI_REC_EXIT.size));
  writeField(memory, HOST_CONTEXT, base, f.exit_reason, exit.reason);
  put(f.esr, exit.esr ?? 0n);
  put(f.far, exit.far ?? 0n);
  put(f.hpfar, exit.hpfar ?? 0n);
  exit.gprs?.forEach((value, index) => {
    put(f.gprs, value, index);
  });
  put(f.ripas_base, BigInt(exit.ripasBase ?? 0));
  put(f.ripas_top, BigInt(exit.ripasTop ?? 0));
  put(f.ripas_value, BigInt(exit.ripasValue ?? 0));
  put(f.imm, BigInt(exit.imm ?? 0));
  const gic = readGic(machine, pe);
  put(f.gicv3_hcr, gic.hcr);
  gic.lrs.forEach((value, index) => {
    put(f.gicv3_lrs, value, index);
  });
  put(f.gicv3_misr, gic.misr);
  put(f.gicv3_vmcr, gic.vmcr);
  put(f.pmu_ovf_status, BigInt(overflowStatus(pe)));
  const timers = readTimers(machine, pe);
  put(f.cntp_ctl, timers.cntpCtl);
  put(f.cntp_cval, timers.cntpCval);
  put(f.cntv_ctl, timers.cntvCtl);
  put(f.cntv_cval, timers.cntvCval);
}
