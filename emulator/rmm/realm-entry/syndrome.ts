/** ESR_EL2 of exceptions taken from a Realm, and the parts of it that the Host may see (RMM 1.0, `rec_exit`). */
export const ExceptionClass = {
  wfx: 0x01,
  sve: 0x19,
  sme: 0x1d,
  hvc: 0x16,
  smc: 0x17,
  sysreg: 0x18,
  instructionAbort: 0x20,
  dataAbort: 0x24,
} as const;

/** RmiRecExitReason. */
export const ExitReason = {
  Sync: 0,
  Irq: 1,
  Fiq: 2,
  Psci: 3,
  RipasChange: 4,
  HostCall: 5,
  Serror: 6,
} as const;

export const exceptionClass = (esr: bigint): number => Number((esr >> 26n) & 0x3fn);

/** Masks of what the Host sees in exit.esr. */
export const ESR_MASK = {
  /** EC, SET, FnV, EA, FSC: aborts at Protected IPAs. */
  nonEmulatable: 0xfc00_1e3fn,
  /** The same plus IL: aborts at Unprotected IPAs that cannot be emulated. */
  nonEmulatableUnprotected: 0xfe00_1e3fn,
  /** Plus ISV, SAS, SF, WnR; never SRT nor SSE. */
  emulatable: 0xfdc0_9e7fn,
  /** EC and TI. */
  wfx: 0xfc00_0001n,
  /** EC, IDS, AET, EA, DFSC. */
  serror: 0xfd00_1e3fn,
} as const;

const bits = (esr: bigint, low: bigint, mask: bigint): number => Number((esr >> low) & mask);

/** ISS of a Data Abort with a valid instruction syndrome. */
export interface AccessSyndrome {
  /** Bytes. */
  readonly size: number;
  readonly signExtend: boolean;
  /** Rt; 31 is XZR. */
  readonly register: number;
  readonly sixtyFour: boolean;
  readonly write: boolean;
}

export const accessSyndrome = (esr: bigint): AccessSyndrome => ({
  size: 1 << bits(esr, 22n, 3n),
  signExtend: bits(esr, 21n, 1n) === 1,
  register: bits(esr, 16n, 0x1fn),
  sixtyFour: bits(esr, 15n, 1n) === 1,
  write: bits(esr, 6n, 1n) === 1,
});

export const hasInstructionSyndrome = (esr: bigint): boolean => bits(esr, 24n, 1n) === 1;

const faultStatus = (esr: bigint): number => bits(esr, 0n, 0x3fn);

/** Synchronous External Abort, on the access or on a table walk. */
export const isExternalAbort = (esr: bigint): boolean =>
  faultStatus(esr) === 0x10 || (faultStatus(esr) >= 0x13 && faultStatus(esr) <= 0x17);

/** SET: 0 recoverable (UER), 2 uncontainable (UC), 3 restartable (UEO). */
export const errorType = (esr: bigint): number => bits(esr, 11n, 3n);

/** IPA of the page in HPFAR_EL2 (FIPA at bits 47:4), as a number. */
export const faultingIpa = (hpfar: bigint): number => Number(((hpfar >> 4n) & 0xfff_ffff_ffffn) << 12n);
