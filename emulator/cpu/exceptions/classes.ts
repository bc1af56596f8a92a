/** Exception classes, ESR_ELx.EC (Arm ARM D24.2.40), and the making of syndromes. */
export const ExceptionClass = {
  Unknown: 0x00,
  Wait: 0x01,
  FpAccess: 0x07,
  PointerAuthentication: 0x09,
  BranchTarget: 0x0d,
  IllegalState: 0x0e,
  Svc: 0x15,
  Hvc: 0x16,
  Smc: 0x17,
  Sysreg: 0x18,
  PointerAuthenticationFailure: 0x1c,
  GranuleProtection: 0x1e,
  InstructionAbortLower: 0x20,
  InstructionAbort: 0x21,
  PcAlignment: 0x22,
  DataAbortLower: 0x24,
  DataAbort: 0x25,
  SpAlignment: 0x26,
  MemoryCopy: 0x27,
  SError: 0x2f,
  BreakpointLower: 0x30,
  Breakpoint: 0x31,
  SoftwareStepLower: 0x32,
  SoftwareStep: 0x33,
  WatchpointLower: 0x34,
  Watchpoint: 0x35,
  Brk: 0x3c,
} as const;
export type ExceptionClass = (typeof ExceptionClass)[keyof typeof ExceptionClass];

const IL = 1n << 25n;

/** ESR of a 32-bit instruction: EC, IL set, ISS. */
export const syndrome = (ec: ExceptionClass, iss: bigint | number = 0): bigint =>
  (BigInt(ec) << 26n) | IL | BigInt(iss);
