/** System register accesses that trap to the RMM: the ID space is emulated, the GIC's go to the Host, the rest is RAZ/WI. */
import type { Pa } from '../../address';
import { type Pe, readSysreg, readX, writeX } from '../../cpu/pe';
import { encodingKey } from '../../cpu/sysreg/row';
import { type SysregName, sysregByEncoding } from '../../cpu/sysreg/sysreg';
import type { Machine } from '../../machine/machine';
import { RMM_CONTEXT, readField } from '../memory';
import { realmFlag } from '../realm/rd';
import { REC, setRecField } from '../rec/rec';
import type { RecEntry, RecExit } from '../state';
import { RD_LAYOUT } from '../structures/rd';
import { retire } from './mmio';
import { ExitReason } from './syndrome';

/** Fields a Realm does not see: bit ranges [high, low] set to zero (RMM 1.0, `sysregs.hidden`). */
const HIDDEN: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  // TraceVer, PMSVer, CTX_CMPs, PMSS, SEBEP, TraceFilt, TraceBuffer, BRBE, ExtTrcBuff
  ID_AA64DFR0_EL1: [
    [7, 4],
    [19, 16],
    [27, 24],
    [31, 28],
    [35, 32],
    [43, 40],
    [47, 44],
    [55, 52],
    [59, 56],
  ],
  // EBEP, PMICNTR
  ID_AA64DFR1_EL1: [
    [51, 48],
    [39, 36],
  ],
  // SVE, AMU
  ID_AA64PFR0_EL1: [
    [35, 32],
    [47, 44],
  ],
  // MTE, SME
  ID_AA64PFR1_EL1: [
    [11, 8],
    [27, 24],
  ],
};

/** ID registers that read as the PE's own. */
const PASSED = new Set<string>([
  'ID_AA64AFR0_EL1',
  'ID_AA64AFR1_EL1',
  'ID_AA64ISAR0_EL1',
  'ID_AA64ISAR1_EL1',
  'ID_AA64MMFR0_EL1',
  'ID_AA64MMFR1_EL1',
  'ID_AA64MMFR2_EL1',
]);

/** ID_AA64DFR0_EL1.PMUVer is that of the PE where the Realm has a PMU. */
const PMUVER = 0xfn << 8n;
const hasPmu = (machine: Machine, rd: Pa): boolean =>
  (readField(machine.memory, RMM_CONTEXT, rd, RD_LAYOUT.fields.flags) & realmFlag.pmu) !== 0;

function idValue(machine: Machine, pe: Pe, rd: Pa, name: string): bigint {
  if (PASSED.has(name)) return readSysreg(pe, name as SysregName);
  const hidden = HIDDEN[name];
  if (hidden === undefined) return 0n;
  const seen = hidden.reduce(
    (value, [high, low]) => value & ~(((1n << BigInt(high - low + 1)) - 1n) << BigInt(low)),
    readSysreg(pe, name as SysregName),
  );
  return name === 'ID_AA64DFR0_EL1' && !hasPmu(machine, rd) ? seen & ~PMUVER : seen;
}

/** ISS of a trapped MSR or MRS. */
interface Access {
  readonly op0: number;
  readonly op1: number;
  readonly crn: number;
  readonly crm: number;
  readonly op2: number;
  readonly register: number;
  readonly read: boolean;
}

const accessOf = (esr: bigint): Access => {
  const bits = (low: bigint, mask: bigint): number => Number((esr >> low) & mask);
  return {
    op0: bits(20n, 3n),
    op2: bits(17n, 7n),
    op1: bits(14n, 7n),
    crn: bits(10n, 15n),
    register: bits(5n, 31n),
    crm: bits(1n, 15n),
    read: bits(0n, 1n) === 1,
  };
};

const GIC_EXITS = new Set<string>(['ICC_DIR_EL1', 'ICC_SGI0R_EL1', 'ICC_SGI1R_EL1', 'ICC_ASGI1R_EL1', 'ICC_PMR_EL1']);

/** Handles the trap; null when the Realm goes on. The instruction is retired either way. */
export function handleSysreg(machine: Machine, pe: Pe, entry: RecEntry, esr: bigint): RecExit | null {
  const { op0, op1, crn, crm, op2, register, read } = accessOf(esr);
  const name: string = sysregByEncoding(encodingKey(op0, op1, crn, crm, op2))?.name ?? '';
  if (GIC_EXITS.has(name)) {
    const value = read || register === 31 ? 0n : readX(pe, register);
    if (read) setRecField(machine, entry.rec, REC.sysregRead, register + 1);
    retire(pe);
    return { reason: ExitReason.Sync, esr, gprs: [value] };
  }
  if (read && register !== 31)
    writeX(pe, register, op0 === 3 && op1 === 0 && crn === 0 ? idValue(machine, pe, entry.rd, name) : 0n);
  retire(pe);
  return null;
}
