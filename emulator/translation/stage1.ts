/** Stage 1: from VA to IPA, or to PA where there is no stage 2 (Arm ARM D8.2 to D8.4, VMSAv8-64). */
import { ipa, type Pa, pa } from '../address';
import { type EncryptionContext, Pas } from '../memory/pas';
import {
  blockAllowed,
  descriptorAddress,
  fetchDescriptor,
  levelShift,
  updateDescriptor,
  type Walker,
} from './descriptor';
import { contextFor, type GranuleBits, type Regime, type TableHalf, tableBase } from './regime';
import { walkStage2 } from './stage2';
import type { Access, Fault, FaultKind } from './types';

/** `address` is an IPA when the regime has stage 2. */
export interface Stage1Output {
  readonly ok: true;
  readonly address: number;
  readonly pas: Pas;
  readonly upper: boolean;
  readonly size: number;
  readonly attributes: number;
  readonly device: boolean;
  readonly guarded: boolean;
}

const bit = (value: bigint, index: number): boolean => ((value >> BigInt(index)) & 1n) === 1n;
/** The GP bit of a block or page descriptor; RES0 without FEAT_BTI, and then nobody asks. */
const GUARDED = 50;
const NORMAL = 0xff;
const DEVICE = 0x00;
const PAGE = 4096;

/** Attribute bytes with the upper half zero are Device memory. */
export const isDevice = (attributes: number): boolean => attributes < 0x10;

type Refuse = (kind: FaultKind, level: number, more?: Partial<Fault>) => Fault;

const refuser =
  (access: Access): Refuse =>
  (kind, level, more = {}) => ({ ok: false, kind, access, stage: 1, level, onWalk: false, s1ptw: false, ...more });

export function walkStage1(walker: Walker, regime: Regime, access: Access): Stage1Output | Fault {
  const refuse = refuser(access);
  const { stage1 } = regime;
  const upper = stage1.upper !== undefined && bit(access.va, 55);
  const half = upper && stage1.upper !== undefined ? stage1.upper : stage1.lower;
  const top = half.topByteIgnored && !(half.topByteOfCode === true && access.kind === 'fetch') ? 55 : 63;
  const say = (verdict: string): void => {
    walker.steps?.push({ stage: 'stage 1', title: 'Check of the VA', input: access.va, fields: [], verdict });
  };
  if (!stage1.on) return stage1Off(walker, regime, access, top, refuse);
  const { granule } = half;
  const inputBits = 64 - half.txsz;
  const longest = stage1.ds && granule !== 16 ? 52 : 48;
  if (granule === undefined || inputBits > longest || inputBits < (granule === 16 ? 17 : 16)) {
    say('TCR is inconsistent: translation fault');
    return refuse('translation', 0);
  }
  const high = BigInt.asUintN(top + 1 - inputBits, access.va >> BigInt(inputBits));
  const expected = upper ? (1n << BigInt(top + 1 - inputBits)) - 1n : 0n;
  if (high !== expected) {
    say(`outside the ${inputBits}-bit VA space: translation fault`);
    return refuse('translation', 0);
  }
  if (half.noUser === true && access.el === 0) {
    say('EL0 has no access to this half (TCR.E0PD): translation fault');
    return refuse('translation', 0);
  }
  if (half.disabled) {
    say('walks are disabled for this half (TCR.EPD): translation fault');
    return refuse('translation', 0);
  }
  return walkTables(walker, regime, access, half, granule, inputBits, upper, refuse);
}

/** Stage 1 off: the VA is the output address; data is Device memory unless HCR_EL2.DC says otherwise. */
function stage1Off(walker: Walker, regime: Regime, access: Access, top: number, refuse: Refuse): Stage1Output | Fault {
  const address = BigInt.asUintN(top === 55 ? 56 : 64, access.va);
  const note = (verdict: string): void => {
    walker.steps?.push({ stage: 'stage 1', title: 'Stage 1 is off', input: access.va, fields: [], verdict });
  };
  if (address >= 1n << BigInt(regime.paBits)) {
    note('beyond the physical address space: address size fault');
    return refuse('addressSize', 0);
  }
  const attributes = access.kind === 'fetch' || regime.stage1.defaultCacheable ? NORMAL : DEVICE;
  note('flat mapping');
  if (attributes === DEVICE && access.unaligned === true) return refuse('alignment', 0);
  return {
    ok: true,
    address: Number(address),
    pas: regime.security,
    upper: false,
    size: PAGE,
    attributes,
    device: attributes === DEVICE,
    guarded: false,
  };
}

/** Permissions that table descriptors take away from everything below them. */
interface Hierarchy {
  ns: boolean;
  noUser: boolean;
  readOnly: boolean;
  uxn: boolean;
  pxn: boolean;
}

function walkTables(
  walker: Walker,
  regime: Regime,
  access: Access,
  half: TableHalf,
  granule: GranuleBits,
  inputBits: number,
  upper: boolean,
  refuse: Refuse,
): Stage1Output | Fault {
  const { stage1 } = regime;
  const stride = granule - 3;
  const wide = (stage1.ds && granule !== 16) || (granule === 16 && stage1.outputBits === 52);
  const start = 4 - Math.ceil((inputBits - granule) / stride);
  const limit = 2 ** stage1.outputBits;
  const hierarchy: Hierarchy = { ns: false, noUser: false, readOnly: false, uxn: false, pxn: false };
  const va = Number(BigInt.asUintN(inputBits, access.va));

  let table = tableBase(half.ttbr, wide);
  const tableSize = Math.max(2 ** (inputBits - levelShift(granule, start) + 3), wide ? 64 : 8);
  table = pa(table - (table % tableSize));
  if (table >= limit) return refuse('addressSize', 0);
  for (let level = start; ; level++) {
    const shift = levelShift(granule, level);
    const index = level === start ? Math.floor(va / 2 ** shift) : Math.floor(va / 2 ** shift) % 2 ** stride;
    const place = locate(walker, regime, access, table + index * 8, hierarchy.ns, upper, false);
    if (!place.ok) return place;
    const fetched = fetchDescriptor(walker, place.pa, place.pas, place.context);
    if (!fetched.ok) {
      const more = fetched.kind === 'granule' ? { gpc: fetched.gpc } : {};
      return refuse(fetched.kind, level, { onWalk: true, pa: place.pa, pas: place.pas, ...more });
    }
    const descriptor = fetched.value;
    const note = (verdict: string, fields: readonly (readonly [string, string])[] = []): void => {
      walker.steps?.push({
        stage: 'stage 1',
        level,
        title: `Level ${level} descriptor ${index}`,
        input: access.va,
        descriptorPa: place.pa,
        descriptor,
        fields,
        verdict,
      });
    };
    if (!bit(descriptor, 0)) {
      note('invalid: translation fault');
      return refuse('translation', level);
    }
    if (bit(descriptor, 1) && level < 3) {
      table = descriptorAddress(descriptor, granule, granule, wide);
      if (!half.noHierarchy) inherit(hierarchy, descriptor);
      if (regime.security === Pas.Secure && bit(descriptor, 63)) hierarchy.ns = true;
      note(`table at 0x${table.toString(16)}`);
      if (table >= limit) return refuse('addressSize', level);
      continue;
    }
    if (!bit(descriptor, 1) && !blockAllowed(granule, level, wide)) {
      note('reserved: translation fault');
      return refuse('translation', level);
    }
    const output = descriptorAddress(descriptor, granule, shift, wide);
    const size = 2 ** shift;
    return leaf(walker, regime, access, refuse, {
      descriptor,
      level,
      tableAddress: table + index * 8,
      place,
      output: output + (va % size),
      size,
      limit,
      upper,
      hierarchy,
      note,
    });
  }
}

function inherit(hierarchy: Hierarchy, descriptor: bigint): void {
  if (bit(descriptor, 61)) hierarchy.noUser = true;
  if (bit(descriptor, 62)) hierarchy.readOnly = true;
  if (bit(descriptor, 60)) hierarchy.uxn = true;
  if (bit(descriptor, 59)) hierarchy.pxn = true;
}

interface Place {
  readonly ok: true;
  readonly pa: Pa;
  readonly pas: Pas;
  readonly context: EncryptionContext;
}

/** Where a descriptor of stage 1 lies: its table address goes through stage 2 when there is one. */
function locate(
  walker: Walker,
  regime: Regime,
  access: Access,
  address: number,
  nsTable: boolean,
  upper: boolean,
  write: boolean,
): Place | Fault {
  const pas = regime.security === Pas.Secure && nsTable ? Pas.NonSecure : regime.security;
  if (regime.stage2 === undefined) return { ok: true, pa: pa(address), pas, context: contextFor(regime, pas, upper) };
  const request = { access, ipa: ipa(address), s1ptw: true, write, read: true, fetch: false, device: false };
  return walkStage2(walker, regime, regime.stage2, request);
}

interface Leaf {
  readonly descriptor: bigint;
  readonly level: number;
  readonly tableAddress: number;
  readonly place: Place;
  readonly output: number;
  readonly size: number;
  readonly limit: number;
  readonly upper: boolean;
  readonly hierarchy: Hierarchy;
  readonly note: (verdict: string, fields?: readonly (readonly [string, string])[]) => void;
}

function leaf(walker: Walker, regime: Regime, access: Access, refuse: Refuse, found: Leaf): Stage1Output | Fault {
  const { stage1 } = regime;
  const { descriptor, level, output, size, hierarchy } = found;
  const attributes = Number((stage1.mair >> (8n * ((descriptor >> 2n) & 7n))) & 0xffn);
  const pas = outputPas(regime, descriptor, hierarchy.ns);
  const dirtyManaged = stage1.hardwareDirty && bit(descriptor, 51);
  const permissions = permissionsOf(regime, access, descriptor, hierarchy, dirtyManaged, pas);
  const fields = [
    [regime.stage2 === undefined ? 'output PA' : 'output IPA', `0x${output.toString(16)}`],
    ['PAS', ['Secure', 'Non-secure', 'Root', 'Realm'][pas] ?? ''],
    ['AP', `0b${((descriptor >> 6n) & 3n).toString(2).padStart(2, '0')}`],
    ['UXN', bit(descriptor, 54) ? '1' : '0'],
    ['PXN', bit(descriptor, 53) ? '1' : '0'],
    ['AF', bit(descriptor, 10) ? '1' : '0'],
    ['attributes', `0x${attributes.toString(16).padStart(2, '0')}`],
    ['allowed', `${permissions.read ? 'R' : '-'}${permissions.write ? 'W' : '-'}${permissions.execute ? 'X' : '-'}`],
  ] as const;
  const fail = (kind: FaultKind, why: string): Fault => {
    found.note(`${why}: ${kind === 'accessFlag' ? 'Access flag' : kind} fault`, fields);
    return refuse(kind, level);
  };
  if (output >= found.limit) return fail('addressSize', 'output address too large');
  const accessFlag = bit(descriptor, 10);
  if (!accessFlag && !stage1.hardwareAccessFlag) return fail('accessFlag', 'Access flag clear');
  const wantsRead = access.kind === 'read' || access.atomic === true;
  const denied =
    (access.kind === 'fetch' && !permissions.execute) ||
    (wantsRead && access.kind !== 'fetch' && !permissions.read) ||
    (access.kind === 'write' && !permissions.write);
  // The memory type refuses an access before its permissions do (Arm ARM, AArch64.S1Translate).
  if (isDevice(attributes) && access.unaligned === true && access.kind !== 'fetch')
    return fail('alignment', 'unaligned access to Device memory');
  if (denied) return fail('permission', `no permission to ${access.kind === 'fetch' ? 'execute' : access.kind}`);
  const dirty = access.kind === 'write' && access.maintenance !== true && dirtyManaged && bit(descriptor, 7);
  const updated = (accessFlag ? descriptor : descriptor | (1n << 10n)) & (dirty ? ~(1n << 7n) : -1n);
  if (updated !== descriptor) {
    const place = locate(walker, regime, access, found.tableAddress, hierarchy.ns, found.upper, true);
    if (!place.ok) return place;
    updateDescriptor(walker, place.pa, place.context, updated);
  }
  found.note('translated', fields);
  const device = isDevice(attributes);
  const guarded = bit(descriptor, GUARDED);
  return { ok: true, address: output, pas, upper: found.upper, size, attributes, device, guarded };
}

/**
 * The PAS a leaf selects. Root: NSE (bit 11) and NS (bit 5). Realm EL2: NS. Secure: NS, or any NSTable above. In Realm
 * EL1&0 the bit means nothing: stage 2 decides.
 */
function outputPas(regime: Regime, descriptor: bigint, nsTable: boolean): Pas {
  const ns = bit(descriptor, 5);
  switch (regime.security) {
    case Pas.Root:
      return bit(descriptor, 11) ? (ns ? Pas.Realm : Pas.Root) : ns ? Pas.NonSecure : Pas.Secure;
    case Pas.Realm:
      return regime.kind !== 'EL1&0' && ns ? Pas.NonSecure : Pas.Realm;
    case Pas.Secure:
      return ns || nsTable ? Pas.NonSecure : Pas.Secure;
    default:
      return Pas.NonSecure;
  }
}

interface Permissions {
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
}

/** Direct permissions (Arm ARM D8.4.1): AP[2:1], UXN, PXN, WXN, PAN and what the tables above took away. */
function permissionsOf(
  regime: Regime,
  access: Access,
  descriptor: bigint,
  hierarchy: Hierarchy,
  dirtyManaged: boolean,
  pas: Pas,
): Permissions {
  const twoPrivileges = regime.kind === 'EL1&0' || regime.kind === 'EL2&0';
  const writableAtAll = (!bit(descriptor, 7) || dirtyManaged) && !hierarchy.readOnly;
  const foreign = isForeignFetch(regime, pas);
  const wxn = regime.stage1.writableNeverExecutes;
  if (!twoPrivileges) {
    const execute = !bit(descriptor, 54) && !hierarchy.uxn && !(wxn && writableAtAll) && !foreign;
    return { read: true, write: writableAtAll, execute };
  }
  const user = bit(descriptor, 6) && !hierarchy.noUser;
  const userWritable = user && writableAtAll;
  if (access.el === 0) {
    const execute = !bit(descriptor, 54) && !hierarchy.uxn && !(wxn && userWritable) && !foreign;
    return { read: user, write: userWritable, execute };
  }
  const userExecutes = regime.stage1.extendedPan === true && !bit(descriptor, 54) && !hierarchy.uxn;
  const barred = access.pan === true && (user || userExecutes);
  const execute = !bit(descriptor, 53) && !hierarchy.pxn && !userWritable && !(wxn && writableAtAll) && !foreign;
  return { read: !barred, write: writableAtAll && !barred, execute };
}

/** Root and Realm execute from their own PAS only; Secure too, under SCR_EL3.SIF. */
function isForeignFetch(regime: Regime, pas: Pas): boolean {
  if (regime.security === Pas.Root || (regime.security === Pas.Realm && regime.kind !== 'EL1&0')) {
    return pas !== regime.security;
  }
  return regime.security === Pas.Secure && regime.secureFetchOnly && pas !== Pas.Secure;
}
