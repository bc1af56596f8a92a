/** Reading and writing the registers of the performance monitors (Arm ARM D13). */
import type { Machine } from '../../machine/machine';
import { currentEl, el2Enabled, type Pe, readSysreg, writeSysreg } from '../pe';
import type { SysregRow } from '../sysreg/row';
import { type SysregName, sysregRow } from '../sysreg/sysreg';
import { CYCLE, counterCount, guestCounters, softwareIncrement, syncPmu, updatePmuLine } from './counting';

type Row = SysregRow<SysregName>;
const CYCLE_BIT = 1n << BigInt(CYCLE);

/** Event counters that the current EL reaches. */
const reached = (pe: Pe): number => (currentEl(pe) < 2 && el2Enabled(pe) ? guestCounters(pe) : counterCount(pe));
const maskOf = (pe: Pe): bigint => CYCLE_BIT | ((1n << BigInt(reached(pe))) - 1n);

/** The register an indirect or direct access to a counter means; undefined where this EL does not reach it. */
function target(pe: Pe, name: string): SysregName | undefined {
  const indirect = name.startsWith('PMXEV');
  const number = indirect ? Number(readSysreg(pe, 'PMSELR_EL0')) : Number(/\d+/.exec(name)?.[0]);
  if (indirect && number === CYCLE) return name === 'PMXEVTYPER_EL0' ? 'PMCCFILTR_EL0' : undefined;
  if (number >= reached(pe)) return undefined;
  return `${name.includes('TYPER') ? 'PMEVTYPER' : 'PMEVCNTR'}${number}_EL0` as SysregName;
}

const isCounter = (name: string): boolean => name.startsWith('PMEV') || name.startsWith('PMXEV');
const isMask = (name: string): boolean => /^PM(CNTEN|OVS|INTEN)/.test(name);

export function readPmu(machine: Machine, pe: Pe, row: Row): bigint {
  syncPmu(machine, pe);
  const { name } = row;
  if (isCounter(name)) {
    const found = target(pe, name);
    return found === undefined ? 0n : readSysreg(pe, found);
  }
  if (isMask(name)) return readSysreg(pe, (row.of ?? name) as SysregName) & maskOf(pe);
  const value = readSysreg(pe, name);
  return name === 'PMCR_EL0' ? (value & ~(31n << 11n)) | (BigInt(reached(pe)) << 11n) : value;
}

const PMCR = { P: 2n, C: 4n };

function control(pe: Pe, row: Row, value: bigint): void {
  if ((value & PMCR.P) !== 0n) {
    for (let counter = 0; counter < reached(pe); counter++) writeSysreg(pe, `PMEVCNTR${counter}_EL0` as SysregName, 0n);
  }
  if ((value & PMCR.C) !== 0n) writeSysreg(pe, 'PMCCNTR_EL0', 0n);
  store(pe, row, value);
}

const store = (pe: Pe, { name, writable }: Row, value: bigint): void =>
  writeSysreg(pe, name, (readSysreg(pe, name) & ~writable) | (value & writable));

export function writePmu(machine: Machine, pe: Pe, row: Row, value: bigint): void {
  syncPmu(machine, pe);
  const { name } = row;
  if (name === 'PMCR_EL0') control(pe, row, value);
  else if (name === 'PMSWINC_EL0') softwareIncrement(pe, Number(value & maskOf(pe) & 0xffff_ffffn));
  else if (isCounter(name)) {
    const found = target(pe, name);
    if (found !== undefined) store(pe, sysregRow(found), value);
  } else if (isMask(name)) {
    const of = (row.of ?? name) as SysregName;
    const bits = value & maskOf(pe);
    writeSysreg(pe, of, name.includes('CLR') ? readSysreg(pe, of) & ~bits : readSysreg(pe, of) | bits);
  } else store(pe, row, value);
  updatePmuLine(machine, pe);
}

const USER = { EN: 1n, SW: 2n, CR: 4n, ER: 8n } as const;

/** Whether PMUSERENR_EL0 lets EL0 use a register. */
export function userMayUse(pe: Pe, name: string, isRead: boolean): boolean {
  const enable = readSysreg(pe, 'PMUSERENR_EL0');
  if (name === 'PMUSERENR_EL0' || (enable & USER.EN) !== 0n) return true;
  if (name === 'PMSWINC_EL0') return (enable & USER.SW) !== 0n;
  if (name === 'PMSELR_EL0') return (enable & USER.ER) !== 0n;
  if (!isRead) return false;
  if (name === 'PMCCNTR_EL0') return (enable & USER.CR) !== 0n;
  return /^PM(X?EVCNTR)/.test(name) && (enable & USER.ER) !== 0n;
}
