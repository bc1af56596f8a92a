/** Calls of the Non-secure world that EL3 answers itself: SMCCC 1.2, and PSCI (`psci.ts`). */
import { type Pe, readW, readX, writeX } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { SMCCC_NOT_SUPPORTED } from '../rmm/status';
import { callPsci, psciName, SMCCC_VERSION } from './psci';

const SMCCC_ARCH_FEATURES = 0x8000_0001;
const SMCCC_ARCH_SOC_ID = 0x8000_0002;
const SMCCC_1_2 = 0x1_0002n;
const INVALID_PARAMETER = -3n;
const ARCHITECTURE_CALLS: readonly number[] = [SMCCC_VERSION, SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID];

/** SMCCC_ARCH_SOC_ID: JEP-106 code of Arm (bank 4, 0x3b) and no part; revision 0. */
const SOC_ID = [0x043b_0000n, 0n] as const;

/** Answers in X0; other registers are as they were. CPU_OFF and the like do not return: the PE, or the machine, stops. */
export function hostService(machine: Machine, pe: Pe, fid: number): void {
  switch (fid) {
    case SMCCC_VERSION:
      writeX(pe, 0, SMCCC_1_2);
      return;
    case SMCCC_ARCH_FEATURES:
      writeX(pe, 0, ARCHITECTURE_CALLS.includes(readW(pe, 1)) ? 0n : SMCCC_NOT_SUPPORTED);
      return;
    case SMCCC_ARCH_SOC_ID:
      writeX(pe, 0, SOC_ID[Number(BigInt.asUintN(32, readX(pe, 1)))] ?? INVALID_PARAMETER);
      return;
    default:
      if (!callPsci(machine, pe, fid)) writeX(pe, 0, SMCCC_NOT_SUPPORTED);
  }
}

const NAMES: Readonly<Record<number, string>> = {
  [SMCCC_VERSION]: 'SMCCC_VERSION',
  [SMCCC_ARCH_FEATURES]: 'SMCCC_ARCH_FEATURES',
  [SMCCC_ARCH_SOC_ID]: 'SMCCC_ARCH_SOC_ID',
};

/** Name of a function that EL3 answers; undefined when it knows none. */
export const serviceName = (fid: number): string | undefined => NAMES[fid] ?? psciName(fid);
