/** Stage 1: from VA to IPA, or to PA where there is no stage 2 (Arm ARM D8.2 to D8.4, VMSAv8-64). */
import { ipa, type Pa, pa } from '../address';
import { type EncryptionContext, Pas } from '../memory/pas';
import {
  blockAllowed,
  type Descriptor,
  descriptorAddress,
  descriptorValue,
  fetchDescriptor,
  hasBit,
  levelShift,
  modulo,
  power,
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

/** The GP bit of a block or page descriptor; RES0 without FEAT_BTI, and then nobody asks. */
const GUARDED = 50;
const MAIR_SHIFTS: readonly bigint[] = [0n, 8n, 16n, 24n, 32n, 40n, 48n, 56n];
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
  const vaLow = Number(access.va & 0xffff_ffffn);
  const vaHigh = Number(access.va >> 32n);
  const upper = stage1.upper !== undefined && (vaHigh & (1 << 23)) !== 0;
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
  if (!isSignExtended(vaLow, vaHigh, inputBits, top, upper)) {
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
  const va =
    inputBits > 32 ? (vaHigh & (power(inputBits - 32) - 1)) * 2 ** 32 + vaLow : modulo(vaLow, power(inputBits));
  return walkTables(walker, regime, access, va, half, granule, inputBits, upper, refuse);
}

/** Whether the bits of a VA from `from` up to `top` (55 or 63) are all as the half that it belongs to has them. */
function isSignExtended(vaLow: number, vaHigh: number, from: number, top: number, upper: boolean): boolean {
  const wrongHigh = upper ? ~vaHigh : vaHigh;
  const wrongLow = upper ? ~vaLow : vaLow;
  const high = top === 63 ? wrongHigh : wrongHigh & 0xff_ffff;
  if (from >= 32) return high >>> (from - 32) === 0;
  return high === 0 && wrongLow >>> from === 0;
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
  va: number,
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
  const limit = power(stage1.outputBits);
  const hierarchy: Hierarchy = { ns: false, noUser: false, readOnly: false, uxn: false, pxn: false };

  let table = tableBase(half.ttbr, wide);
  const tableSize = Math.max(power(inputBits - levelShift(granule, start) + 3), wide ? 64 : 8);
  table = pa(table - modulo(table, tableSize));
  if (table >= limit) return refuse('addressSize', 0);
  for (let level = start; ; level++) {
    const shift = levelShift(granule, level);
    const blocks = Math.floor(va / power(shift));
    const index = level === start ? blocks : modulo(blocks, power(stride));
    const place = locate(walker, regime, access, table + index * 8, hierarchy.ns, upper, false);
    if (!place.ok) return place;
    const fetched = fetchDescriptor(walker, place.pa, place.pas, place.context);
    if (!fetched.ok) {
      const more = fetched.kind === 'granule' ? { gpc: fetched.gpc } : {};
      return refuse(fetched.kind, level, { onWalk: true, pa: place.pa, pas: place.pas, ...more });
    }
    const descriptor = fetched;
    const note: Note = (verdict, fields) => {
      walker.steps?.push({
        stage: 'stage 1',
        level,
        title: `Level ${level} descriptor ${index}`,
        input: access.va,
        descriptorPa: place.pa,
        descriptor: descriptorValue(descriptor),
        fields: fields?.() ?? [],
        verdict,
      });
    };
    if ((descriptor.low & 1) === 0) {
      note('invalid: translation fault');
      return refuse('translation', level);
    }
    if (hasBit(descriptor, 1) && level < 3) {
      table = descriptorAddress(descriptor, granule, granule, wide);
      if (!half.noHierarchy) inherit(hierarchy, descriptor);
      if (regime.security === Pas.Secure && hasBit(descriptor, 63)) hierarchy.ns = true;
      if (walker.steps !== undefined) note(`table at 0x${table.toString(16)}`);
      if (table >= limit) return refuse('addressSize', level);
      continue;
    }
    if (!hasBit(descriptor, 1) && !blockAllowed(granule, level, wide)) {
      note('reserved: translation fault');
      return refuse('translation', level);
    }
    const output = descriptorAddress(descriptor, granule, shift, wide);
    const size = power(shift);
    return leaf(walker, regime, access, refuse, {
      descriptor,
      level,
      tableAddress: table + index * 8,
      place,
      output: output + modulo(va, size),
      size,
      limit,
      upper,
      hierarchy,
      note,
    });
  }
}

function inherit(hierarchy: Hierarchy, descriptor: Descriptor): void {
  if (hasBit(descriptor, 61)) hierarchy.noUser = true;
  if (hasBit(descriptor, 62)) hierarchy.readOnly = true;
  if (hasBit(descriptor, 60)) hierarchy.uxn = true;
  if (hasBit(descriptor, 59)) hierarchy.pxn = true;
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

/** Says what a descriptor comes to; its fields are put into words only where somebody wants to know. */
type Note = (verdict: string, fields?: () => readonly (readonly [string, string])[]) => void;

interface Leaf {
  readonly descriptor: Descriptor;
  readonly level: number;
  readonly tableAddress: number;
  readonly place: Place;
  readonly output: number;
  readonly size: number;
  readonly limit: number;
  readonly upper: boolean;
  readonly hierarchy: Hierarchy;
  readonly note: Note;
}

function leaf(walker: Walker, regime: Regime, access: Access, refuse: Refuse, found: Leaf): Stage1Output | Fault {
  const { stage1 } = regime;
  const { descriptor, level, output, size, hierarchy } = found;
  const attributes = Number((stage1.mair >> MAIR_SHIFTS[(descriptor.low >>> 2) & 7]!) & 0xffn);
  const pas = outputPas(regime, descriptor, hierarchy.ns);
  const dirtyManaged = stage1.hardwareDirty && hasBit(descriptor, 51);
  const permissions = permissionsOf(regime, access, descriptor, hierarchy, dirtyManaged, pas);
  const fields = (): readonly (readonly [string, string])[] => [
    [regime.stage2 === undefined ? 'output PA' : 'output IPA', `0x${output.toString(16)}`],
    ['PAS', ['Secure', 'Non-secure', 'Root', 'Realm'][pas] ?? ''],
    ['AP', `0b${((descriptor.low >>> 6) & 3).toString(2).padStart(2, '0')}`],
    ['UXN', hasBit(descriptor, 54) ? '1' : '0'],
    ['PXN', hasBit(descriptor, 53) ? '1' : '0'],
    ['AF', hasBit(descriptor, 10) ? '1' : '0'],
    ['attributes', `0x${attributes.toString(16).padStart(2, '0')}`],
    ['allowed', `${permissions.read ? 'R' : '-'}${permissions.write ? 'W' : '-'}${permissions.execute ? 'X' : '-'}`],
  ];
  const fail = (kind: FaultKind, why: string): Fault => {
    found.note(`${why}: ${kind === 'accessFlag' ? 'Access flag' : kind} fault`, fields);
    return refuse(kind, level);
  };
  if (output >= found.limit) return fail('addressSize', 'output address too large');
  const accessFlag = hasBit(descriptor, 10);
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
  const dirty = access.kind === 'write' && access.maintenance !== true && dirtyManaged && hasBit(descriptor, 7);
  const updated = (descriptor.low | (accessFlag ? 0 : 1 << 10)) & (dirty ? ~(1 << 7) : -1);
  if (updated !== (descriptor.low | 0)) {
    const place = locate(walker, regime, access, found.tableAddress, hierarchy.ns, found.upper, true);
    if (!place.ok) return place;
    updateDescriptor(walker, place.pa, place.context, descriptor.low, updated);
  }
  found.note('translated', fields);
  const device = isDevice(attributes);
  const guarded = hasBit(descriptor, GUARDED);
  return { ok: true, address: output, pas, upper: found.upper, size, attributes, device, guarded };
}

/**
 * The PAS a leaf selects. Root: NSE (bit 11) and NS (bit 5). Realm EL2: NS. Secure: NS, or any NSTable above. In Realm
 * EL1&0 the bit means nothing: stage 2 decides.
 */
function outputPas(regime: Regime, descriptor: Descriptor, nsTable: boolean): Pas {
  const ns = hasBit(descriptor, 5);
  switch (regime.security) {
    case Pas.Root:
      return hasBit(descriptor, 11) ? (ns ? Pas.Realm : Pas.Root) : ns ? Pas.NonSecure : Pas.Secure;
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
  descriptor: Descriptor,
  hierarchy: Hierarchy,
  dirtyManaged: boolean,
  pas: Pas,
): Permissions {
  const twoPrivileges = regime.kind === 'EL1&0' || regime.kind === 'EL2&0';
  const writableAtAll = (!hasBit(descriptor, 7) || dirtyManaged) && !hierarchy.readOnly;
  const foreign = isForeignFetch(regime, pas);
  const wxn = regime.stage1.writableNeverExecutes;
  if (!twoPrivileges) {
    const execute = !hasBit(descriptor, 54) && !hierarchy.uxn && !(wxn && writableAtAll) && !foreign;
    return { read: true, write: writableAtAll, execute };
  }
  const user = hasBit(descriptor, 6) && !hierarchy.noUser;
  const userWritable = user && writableAtAll;
  if (access.el === 0) {
    const execute = !hasBit(descriptor, 54) && !hierarchy.uxn && !(wxn && userWritable) && !foreign;
    return { read: user, write: userWritable, execute };
  }
  const userExecutes = regime.stage1.extendedPan === true && !hasBit(descriptor, 54) && !hierarchy.uxn;
  const barred = access.pan === true && (user || userExecutes);
  const execute = !hasBit(descriptor, 53) && !hierarchy.pxn && !userWritable && !(wxn && writableAtAll) && !foreign;
  return { read: !barred, write: writableAtAll && !barred, execute };
}

/** Root and Realm execute from their own PAS only; Secure too, under SCR_EL3.SIF. */
function isForeignFetch(regime: Regime, pas: Pas): boolean {
  if (regime.security === Pas.Root || (regime.security === Pas.Realm && regime.kind !== 'EL1&0')) {
    return pas !== regime.security;
  }
  return regime.security === Pas.Secure && regime.secureFetchOnly && pas !== Pas.Secure;
}
