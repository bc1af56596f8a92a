/** Calls of the Non-secure world that EL3 answers itself: SMCCC and PSCI 1.1. */
import { type Pe, readX, writeX } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { haltSystem } from '../machine/schedule';
import { SMCCC_NOT_SUPPORTED } from '../rmm/status';

const FID = {
  SMCCC_VERSION: 0x8000_0000,
  SMCCC_ARCH_FEATURES: 0x8000_0001,
  PSCI_VERSION: 0x8400_0000,
  PSCI_CPU_OFF: 0x8400_0002,
  PSCI_MIGRATE_INFO_TYPE: 0x8400_0006,
  PSCI_SYSTEM_OFF: 0x8400_0008,
  PSCI_FEATURES: 0x8400_000a,
} as const;

const IMPLEMENTED: readonly number[] = Object.values(FID);
const SMCCC_1_2 = 0x1_0002n;
const PSCI_1_1 = 0x1_0001n;
/** PSCI: no Trusted OS to migrate. */
const MIGRATE_NOT_NEEDED = 2n;
const SUCCESS = 0n;

const answerFeatures = (pe: Pe): bigint =>
  IMPLEMENTED.includes(Number(BigInt.asUintN(32, readX(pe, 1)))) ? SUCCESS : SMCCC_NOT_SUPPORTED;

/** Answers in X0. CPU_OFF and SYSTEM_OFF do not return: the PE, or the machine, stops. */
export function hostService(machine: Machine, pe: Pe, fid: number): void {
  switch (fid) {
    case FID.SMCCC_VERSION:
      writeX(pe, 0, SMCCC_1_2);
      return;
    case FID.PSCI_VERSION:
      writeX(pe, 0, PSCI_1_1);
      return;
    case FID.SMCCC_ARCH_FEATURES:
    case FID.PSCI_FEATURES:
      writeX(pe, 0, answerFeatures(pe));
      return;
    case FID.PSCI_MIGRATE_INFO_TYPE:
      writeX(pe, 0, MIGRATE_NOT_NEEDED);
      return;
    case FID.PSCI_CPU_OFF:
      pe.runner = 'off';
      return;
    case FID.PSCI_SYSTEM_OFF:
      haltSystem(machine);
      return;
    default:
      writeX(pe, 0, SMCCC_NOT_SUPPORTED);
  }
}
