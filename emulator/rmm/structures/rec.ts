/**
 * Realm Execution Context: our layout of the granule that RMI_REC_CREATE turns into a REC. FP and AdvSIMD registers and
 * the attestation token are kept in auxiliary granules (`rec/aux-granules.ts`).
 */
import { type SysregName, WORLD_BANKED } from '../../cpu/sysreg/sysreg';
import type { Structure, StructureField } from './structures';

const field = (
  name: string,
  offset: number,
  size: number,
  type: string,
  summary: string,
  count = 1,
): StructureField => ({ name, offset, size, count, type, summary });

/**
 * Registers of EL0 and EL1 saved while the REC does not run: every register of the table that is switched between worlds
 * and is not EL2's own.
 */
export const REC_SYSREGS: readonly SysregName[] = WORLD_BANKED.filter((name) => !name.endsWith('_EL2'));

export const REC_LAYOUT = {
  size: 0x1000,
  summary: 'Realm Execution Context',
  fields: {
    rd: field('rd', 0x00, 8, 'Address', 'RD of the Realm that owns it'),
    index: field('index', 0x08, 4, 'UInt32', 'RecIndex'),
    state: field('state', 0x0c, 4, 'RecState', 'READY or RUNNING'),
    mpidr: field('mpidr', 0x10, 8, 'RmiRecMpidr', 'affinity'),
    next: field('next', 0x18, 8, 'Address', 'REC created before this one, or 0'),
    previous: field('previous', 0x20, 8, 'Address', 'REC created after this one, or 0'),
    runnable: field('runnable', 0x28, 4, 'RmiRecRunnable', 'may be entered'),
    runningOn: field('runningOn', 0x2c, 4, 'UInt32', 'PE it runs on, while RUNNING'),
    psciPending: field('psciPending', 0x30, 4, 'UInt32', '1: a PSCI request waits for RMI_PSCI_COMPLETE'),
    hostCallPending: field('hostCallPending', 0x34, 4, 'UInt32', '1: RSI_HOST_CALL completes at the next entry'),
    hostCallIpa: field('hostCallIpa', 0x38, 8, 'Address', 'IPA of the RsiHostCall'),
    ripasPending: field('ripasPending', 0x40, 4, 'UInt32', '1: a RIPAS change completes at the next entry'),
    ripasValue: field('ripasValue', 0x44, 4, 'RsiRipas', 'RIPAS asked for'),
    ripasAddr: field('ripasAddr', 0x48, 8, 'Address', 'first IPA not changed yet'),
    ripasTop: field('ripasTop', 0x50, 8, 'Address', 'top of the range'),
    ripasDestroyed: field('ripasDestroyed', 0x58, 4, 'RsiRipasChangeDestroyed', 'may change from DESTROYED'),
    emulatable: field('emulatable', 0x5c, 4, 'UInt32', '1: the last exit was an emulatable Data Abort'),
    injectable: field('injectable', 0x60, 4, 'UInt32', '1: the last exit was a Data Abort at an Unprotected IPA'),
    sysregRead: field('sysregRead', 0x64, 4, 'UInt32', '1 + register that takes gprs[0] at the next entry, or 0'),
    exitEsr: field('exitEsr', 0x68, 8, 'Bits64', 'ESR_EL2 of the last exit, unmasked'),
    exitFar: field('exitFar', 0x70, 8, 'Bits64', 'FAR_EL2 of the last exit'),
    attestState: field('attestState', 0x78, 4, 'UInt32', '0 none, 1 in progress, 2 signed'),
    attestOffset: field('attestOffset', 0x7c, 4, 'UInt32', 'bytes of the token delivered'),
    attestSize: field('attestSize', 0x80, 4, 'UInt32', 'bytes of the token, when signed'),
    numAux: field('numAux', 0x84, 4, 'UInt32', 'auxiliary granules'),
    aux: field('aux', 0x88, 8, 'Address', 'auxiliary granules', 16),
    serrorPending: field('serrorPending', 0x108, 4, 'UInt32', '1: a virtual SError is injected at the next entry'),
    serrorSyndrome: field('serrorSyndrome', 0x10c, 4, 'UInt32', 'ISS of that virtual SError'),
    gprs: field('gprs', 0x110, 8, 'Bits64', 'X0 to X30', 31),
    pc: field('pc', 0x208, 8, 'Bits64', 'where execution goes on'),
    pstate: field('pstate', 0x210, 8, 'Bits64', 'PSTATE in SPSR form'),
    spEl0: field('spEl0', 0x218, 8, 'Bits64', 'SP_EL0'),
    spEl1: field('spEl1', 0x220, 8, 'Bits64', 'SP_EL1'),
    attestSteps: field('attestSteps', 0x228, 4, 'UInt32', 'steps of signing done'),
    gicVmcr: field('gicVmcr', 0x400, 8, 'Bits64', 'ICH_VMCR_EL2'),
    gicAp0r: field('gicAp0r', 0x408, 8, 'Bits64', 'ICH_AP0R0_EL2'),
    gicAp1r: field('gicAp1r', 0x410, 8, 'Bits64', 'ICH_AP1R0_EL2'),
    challenge: field('challenge', 0xc00, 64, 'Bits512', 'challenge of the token under way'),
    capturedRpv: field('capturedRpv', 0xc40, 64, 'Bits512', 'RPV when the token was begun'),
    capturedRim: field('capturedRim', 0xc80, 64, 'Bits512', 'RIM when the token was begun'),
    capturedRem: field('capturedRem', 0xcc0, 64, 'Bits512', 'REMs when the token was begun', 4),
    sysregs: field('sysregs', 0x500, 8, 'Bits64', 'system registers, in the order of REC_SYSREGS', REC_SYSREGS.length),
  },
} as const satisfies Structure;

/** Values of `attestState`. */
export const AttestState = { None: 0, Begun: 1, Signed: 2 } as const;

export const RecState = { Ready: 0, Running: 1 } as const;
