/** What lies around a difference: the operands of the call, and what they name. Reads, never changes. */
import { ipa, isGranuleAligned, type Pa, pa } from '../../address';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { delegableIndex } from '../../machine/platform';
import { GranuleState } from '../granules/state';
import { granuleOwner, granuleState } from '../granules/tracking';
import { granuleInfo } from '../inspect/granules';
import { readRealm, readRec } from '../inspect/realms';
import { walkRtt } from '../inspect/rtt';
import type { DecodedValue, RtteInfo } from '../inspect/types';
import { decodeStructure, decodeValue, isStructure } from '../inspect/values';
import { HOST_CONTEXT } from '../memory';
import { recOwner } from '../rec/rec';
import { argumentOf } from './decode';
import { rowOfCall } from './replay';
import type { CallLine } from './trace';

export interface OperandText {
  readonly register: string;
  readonly name: string;
  readonly text: string;
}

/** Lines of text, each part of it of its own. */
export interface StateAround {
  /** Granules that operands name: state and use. */
  readonly granules: readonly string[];
  /** The Realm and REC concerned. */
  readonly realm: readonly string[];
  /** The walk of the IPA operand, starting level first. */
  readonly walk: readonly string[];
}

/** Inputs of a call by name; those of an unknown one by register. */
export function operandsOf(machine: Machine, line: CallLine): OperandText[] {
  const row = rowOfCall(machine, line);
  if (row === undefined) {
    return (line.x ?? []).map((value, index) => ({ register: `X${index + 1}`, name: '', text: hex(BigInt(value)) }));
  }
  return row.inputs
    .filter(({ reg }) => reg !== 'X0')
    .map(({ reg, name, type, summary }) => {
      const value = argumentOf(line, Number(reg.slice(1)));
      return {
        register: reg,
        name,
        text: decodeValue(name, isStructure(type) ? 'Address' : type, value, summary).text,
      };
    });
}

const isGranule = (machine: Machine, address: number): boolean =>
  isGranuleAligned(address) && delegableIndex(machine.platform, address) >= 0;

/** Fields that are not zero, of structures in Host memory. */
export function structuresOf(machine: Machine, line: CallLine): string[] {
  const found: string[] = [];
  for (const { reg, name, type } of rowOfCall(machine, line)?.inputs ?? []) {
    const address = Number(argumentOf(line, Number(reg.slice(1))));
    if (!isStructure(type) || !isGranule(machine, address)) continue;
    collect(decodeStructure(machine.memory, HOST_CONTEXT, name, type, pa(address)), '', found);
  }
  return found;
}

/** Names with their path; the elements of an array carry its name already. */
function collect(value: DecodedValue | null, prefix: string, found: string[]): void {
  if (value === null) return;
  const isZero = value.value === null ? /^0*$/.test(value.text) : value.value === 0n;
  if (value.value !== null || value.fields === undefined) {
    if (!isZero) found.push(`${prefix}${value.name} = ${value.text}`);
    return;
  }
  const inner = value.type.endsWith(']') ? prefix : `${prefix}${value.name}.`;
  for (const field of value.fields) collect(field, inner, found);
}

/** The Realm that a call is about, and its REC: X1 or X2 are an RD, or a REC names its Realm. */
function subjectOf(machine: Machine, line: CallLine): { rd: Pa | null; rec: Pa | null } {
  let rd: Pa | null = null;
  let rec: Pa | null = null;
  for (const register of [1, 2, 3]) {
    const address = Number(argumentOf(line, register));
    if (!isGranule(machine, address)) continue;
    const state = granuleState(machine, address);
    if (state === GranuleState.Rd) rd ??= pa(address);
    else if (state === GranuleState.Rec) {
      rec ??= pa(address);
      rd ??= recOwner(machine, pa(address));
    } else if (granuleOwner(machine, address) !== 0) rd ??= granuleOwner(machine, address);
  }
  return { rd, rec };
}

function realmLines(machine: Machine, rd: Pa | null, rec: Pa | null): string[] {
  const lines: string[] = [];
  if (rd !== null) {
    const realm = readRealm(machine, rd);
    lines.push(
      `Realm ${hex(rd)}: ${realm.state}, IPA width ${realm.ipaWidth}${realm.lpa2 ? ' with LPA2' : ''}, VMID ${realm.vmid}`,
      `  RTTs from ${hex(realm.rttBase)}: level ${realm.rttLevelStart}, ${realm.rttNumStart} of them; ${realm.recs.length} RECs`,
      `  RIM ${realm.rim}`,
    );
  }
  if (rec !== null) {
    const { index, state, runnable, pc, psciPending, hostCallPending, ripasChange } = readRec(machine, rec);
    const pending = [
      psciPending ? ['PSCI request'] : [],
      hostCallPending ? ['Host call'] : [],
      ripasChange === null
        ? []
        : [`RIPAS change ${hex(ripasChange.base)} to ${hex(ripasChange.top)}, ${ripasChange.value}`],
    ].flat();
    lines.push(
      `REC ${index} at ${hex(rec)}: ${state}, ${runnable ? 'runnable' : 'not runnable'}, PC ${hex(pc)}`,
      ...(pending.length === 0 ? [] : [`  pending: ${pending.join(', ')}`]),
    );
  }
  return lines;
}

const entryText = (entry: RtteInfo): string =>
  [
    `level ${entry.level}`,
    `entry ${entry.index} at ${hex(entry.descriptorPa)}`,
    entry.hipas,
    entry.ripas ?? '',
    entry.pa === null ? '' : `→ ${hex(entry.pa)}`,
    `for IPA ${hex(entry.ipa)}`,
    `(${hex(entry.raw)})`,
  ]
    .filter((part) => part !== '')
    .join('  ');

/** IPA operands, and what the recorded Realm faulted on. */
function ipasOf(machine: Machine, line: CallLine): number[] {
  const named = (rowOfCall(machine, line)?.inputs ?? [])
    .filter(({ name }) => name === 'ipa' || name === 'base')
    .map(({ reg }) => Number(argumentOf(line, Number(reg.slice(1)))));
  const { hpfar } = line.realm?.at(-1)?.do ?? {};
  return hpfar === undefined ? named : [...named, Number(((BigInt(hpfar) >> 4n) & 0xfff_ffff_ffffn) << 12n)];
}

function walkLines(machine: Machine, line: CallLine, rd: Pa | null): string[] {
  if (rd === null) return [];
  const limit = 2 ** readRealm(machine, rd).ipaWidth;
  return ipasOf(machine, line).flatMap((address) =>
    address >= limit
      ? [`IPA ${hex(address)} is beyond the IPA space`]
      : [
          `IPA ${hex(address)}`,
          ...walkRtt(machine, rd, ipa(address), 3).entries.map((entry) => `  ${entryText(entry)}`),
        ],
  );
}

/** A granule: state, use and Realm. */
export function granuleText(machine: Machine, address: Pa): string {
  const { state, usedAs, rd } = granuleInfo(machine, address);
  const use = usedAs === '' || usedAs === state ? '' : `, ${usedAs}`;
  const owner = rd === null || rd === address ? '' : ` of Realm ${hex(rd)}`;
  return `${hex(address)}: ${state ?? 'not tracked'}${use}${owner}`;
}

/** The state that a call's operands name. */
export function stateAround(machine: Machine, line: CallLine): StateAround {
  const granules = operandsOf(machine, line).flatMap(({ register, name }) => {
    const address = Number(argumentOf(line, Number(register.slice(1))));
    return isGranule(machine, address) ? [`${name === '' ? register : name} ${granuleText(machine, pa(address))}`] : [];
  });
  const { rd, rec } = subjectOf(machine, line);
  return { granules, realm: realmLines(machine, rd, rec), walk: walkLines(machine, line, rd) };
}
