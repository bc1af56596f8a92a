/** A hostile Realm executes what belongs to other exception levels: A64 code, run as it is. */
import type { HostAction } from '../../../emulator/host/actions/actions';
import type { Attack, AttackGroup } from '../attack';
import { activeRealm } from '../fixtures';

/**
 * MOVZ X10, #1, LSL #32 (the shared page); the instruction under test; MOVZ X0, #0x600D; B report. At VBAR_EL1 + 0x200
 * (zero at reset): MRS X0, ESR_EL1. Report: STR X0, [X10]; MOVZ/MOVK X0, PSCI_SYSTEM_OFF; SMC #0.
 */
const words = (instruction: string): Readonly<Record<string, string>> => {
  const pair = (low: string, high: string): string => `0x${high}${low}`;
  return {
    0: pair('d2c0002a', instruction),
    8: pair('d28c01a0', '1400007e'),
    512: pair('d5385200', 'f9000140'),
    520: pair('d2800100', 'f2b08000'),
    528: pair('d4000003', '14000000'),
  };
};

const run = (name: string, instruction: string, reports: string, defence: string): Attack => ({
  name,
  defence,
  from: 'nothing',
  actions: [
    ...activeRealm('bank').map(
      (action): HostAction =>
        'write' in action && action.write === 'bank.source'
          ? { write: 'bank.source', words: words(instruction) }
          : action,
    ),
    { write: 'bank.run0', struct: 'RmiRecRun', fields: {} },
    { call: 'RMI_REC_ENTER', with: { rec: 'bank.rec0', run_ptr: 'bank.run0' } },
    { exit: 'bank.run0', is: 'RMI_EXIT_PSCI', fields: { 'gprs[0]': 'PSCI_SYSTEM_OFF' } },
    { read: 'bank.shared', is: reports },
  ],
});

const UNDEFINED = '0x200_0000';
const DONE = '0x600d';
const LEVEL = 'registers and instructions of higher exception levels are UNDEFINED at EL1 (Arm ARM, exception levels)';
const undefinedAt = (name: string, instruction: string): Attack => run(name, instruction, UNDEFINED, LEVEL);

export const REALM_INSTRUCTIONS: AttackGroup = {
  title: 'Hostile Realm: instructions',
  attacks: [
    undefinedAt('HVC', 'd4000002'),
    undefinedAt('MRS of HCR_EL2', 'd53c1100'),
    undefinedAt('MSR to VTTBR_EL2', 'd51c2100'),
    undefinedAt('MSR to VTCR_EL2', 'd51c2140'),
    undefinedAt('MSR to HPFAR_EL2', 'd51c6080'),
    undefinedAt('MRS of SCR_EL3', 'd53e1100'),
    undefinedAt('MSR to GPTBR_EL3', 'd51e2180'),
    undefinedAt('MSR to GPCCR_EL3', 'd51e21c0'),
    undefinedAt('MSR to MECID_P0_EL2', 'd51ca800'),
    undefinedAt('MSR to VMECID_P_EL2', 'd51ca900'),
    undefinedAt('MSR to ICH_LR0_EL2', 'd51ccc00'),
    undefinedAt('MSR to CNTVOFF_EL2', 'd51ce060'),
    undefinedAt('TLBI IPAS2E1', 'd50c8420'),
    undefinedAt('TLBI ALLE2', 'd50c8700'),
    undefinedAt('TLBI PAALL', 'd50e8780'),
    undefinedAt('AT S12E1R', 'd50c7880'),
    run(
      'TLBI VMALLE1 and an own address space',
      'd508871f',
      DONE,
      "a Realm's TLBI reaches its own VMID (Arm ARM, TLBI)",
    ),
    run('SMC with an immediate', 'd4000023', DONE, 'the immediate changes nothing: X0 decides (SMCCC)'),
  ],
};
