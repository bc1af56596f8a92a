/** Stage 2: from IPA to PA (Arm ARM D8.2.12 to D8.5, VMSAv8-64 stage 2). */
import { type Ipa, type Pa, pa } from '../address';
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
import { contextFor, type Regime, type Stage2, tableBase } from './regime';
import type { Access, Fault, FaultKind } from './types';

export interface Stage2Output {
  readonly ok: true;
  readonly pa: Pa;
  readonly pas: Pas;
  readonly context: EncryptionContext;
  readonly size: number;
  readonly readable: boolean;
  /** Memory type after combining with stage 1. */
  readonly device: boolean;
}

/** What stage 2 is asked: the access itself or a descriptor fetch of stage 1. */
export interface Stage2Access {
  readonly access: Access;
  readonly ipa: Ipa;
  /** A descriptor fetch of the stage 1 walk; with `write`, its update. */
  readonly s1ptw: boolean;
  readonly write: boolean;
  readonly read: boolean;
  readonly fetch: boolean;
  /** The memory type stage 1 gives. */
  readonly device: boolean;
}

const MEMATTR_DEVICE_MASK = 3;

/** Size of the input and of the walk; undefined where VTCR_EL2 is inconsistent. */
function shape(stage2: Stage2): { granule: 12 | 14 | 16; inputBits: number; start: number } | undefined {
  const { granule, startLevel } = stage2;
  const inputBits = 64 - stage2.txsz;
  if (granule === undefined || startLevel === undefined) return undefined;
  if (inputBits > (stage2.ds || granule === 16 ? 52 : 48) || inputBits < 16) return undefined;
  const indexBits = inputBits - levelShift(granule, startLevel);
  // Up to 16 tables may be concatenated at the start level; the walk must need that level.
  if (indexBits < 1 || indexBits > granule - 3 + 4) return undefined;
  return { granule, inputBits, start: startLevel };
}

/** Walks stage 2. Descriptor fetches are checked against the GPT; the final address is the caller's to check. */
export function walkStage2(
  walker: Walker,
  regime: Regime,
  stage2: Stage2,
  request: Stage2Access,
): Stage2Output | Fault {
  const { ipa } = request;
  const fault = (kind: FaultKind, level: number, more: Partial<Fault> = {}): Fault => ({
    ok: false,
    kind,
    access: request.access,
    stage: 2,
    level,
    onWalk: false,
    s1ptw: request.s1ptw,
    ipa,
    ...more,
  });
  const refuse = (kind: FaultKind, level: number, why: string): Fault => {
    walker.steps?.push({
      stage: 'stage 2',
      level,
      title: 'Check of the IPA',
      input: BigInt(ipa),
      fields: [],
      verdict: why,
    });
    return fault(kind, level);
  };
  const form = shape(stage2);
  if (form === undefined) return refuse('translation', 0, 'VTCR_EL2 is inconsistent: translation fault');
  const { granule, inputBits, start } = form;
  if (ipa >= power(inputBits))
    return refuse('translation', 0, `beyond the ${inputBits}-bit IPA space: translation fault`);
  const wide = stage2.ds || (granule === 16 && stage2.outputBits === 52);
  const tablePas = regime.security;
  const context = contextFor(regime, tablePas);
  const limit = power(stage2.outputBits);

  const startBits = inputBits - levelShift(granule, start) + 3;
  let table = tableBase(stage2.vttbr, wide);
  table = pa(table - modulo(table, power(startBits)));
  if (table >= limit) return refuse('addressSize', 0, 'table address too large: address size fault');
  for (let level = start; ; level++) {
    const shift = levelShift(granule, level);
    const span = power(level === start ? inputBits - shift : granule - 3);
    const index = modulo(Math.floor(ipa / power(shift)), span);
    const address = pa(table + index * 8);
    const fetched = fetchDescriptor(walker, address, tablePas, context);
    if (!fetched.ok) {
      const more = fetched.kind === 'granule' ? { gpc: fetched.gpc } : {};
      return fault(fetched.kind, level, { onWalk: true, pa: address, pas: tablePas, ...more });
    }
    const descriptor = fetched;
    const note: Note = (verdict, fields) => {
      walker.steps?.push({
        stage: 'stage 2',
        level,
        title: `Level ${level} descriptor ${index}`,
        input: BigInt(ipa),
        descriptorPa: address,
        descriptor: descriptorValue(descriptor),
        fields: fields?.() ?? [],
        verdict,
      });
    };
    if ((descriptor.low & 1) === 0) {
      note('invalid: translation fault');
      return fault('translation', level);
    }
    if (hasBit(descriptor, 1) && level < 3) {
      table = descriptorAddress(descriptor, granule, granule, wide);
      if (walker.steps !== undefined) note(`table at PA 0x${table.toString(16)}`);
      if (table >= limit) return fault('addressSize', level);
      continue;
    }
    if (!hasBit(descriptor, 1) && !blockAllowed(granule, level, wide)) {
      note('reserved: translation fault');
      return fault('translation', level);
    }
    return leaf(walker, regime, stage2, request, {
      descriptor,
      level,
      address,
      output: descriptorAddress(descriptor, granule, shift, wide),
      size: power(shift),
      context,
      limit,
      note,
      fault,
    });
  }
}

/** Says what a descriptor comes to; its fields are put into words only where somebody wants to know. */
type Note = (verdict: string, fields?: () => readonly (readonly [string, string])[]) => void;

interface Leaf {
  readonly descriptor: Descriptor;
  readonly level: number;
  readonly address: Pa;
  readonly output: Pa;
  readonly size: number;
  readonly context: EncryptionContext;
  readonly limit: number;
  readonly note: Note;
  readonly fault: (kind: FaultKind, level: number) => Fault;
}

function leaf(
  walker: Walker,
  regime: Regime,
  stage2: Stage2,
  request: Stage2Access,
  { descriptor, level, address, output, size, context, limit, note, fault }: Leaf,
): Stage2Output | Fault {
  const target = pa(output + modulo(request.ipa, size));
  // Bit 55 is the NS attribute in Realm stage 2: the entry maps Non-secure memory.
  const pas = regime.security === Pas.Realm && hasBit(descriptor, 55) ? Pas.NonSecure : regime.security;
  const readable = hasBit(descriptor, 6);
  const dirtyManaged = stage2.hardwareDirty && hasBit(descriptor, 51);
  const writable = hasBit(descriptor, 7) || dirtyManaged;
  const device = stage2Device(stage2, descriptor, request.device);
  const executable = canExecute(descriptor, request.access.el) && !(regime.security === Pas.Realm && pas !== Pas.Realm);
  const fields = (): readonly (readonly [string, string])[] => [
    ['output PA', `0x${target.toString(16)}`],
    ['PAS', ['Secure', 'Non-secure', 'Root', 'Realm'][pas] ?? ''],
    ['S2AP', `${readable ? 'R' : '-'}${writable ? 'W' : '-'}`],
    ['XN', `${(descriptor.high >>> 21) & 3}`],
    ['AF', hasBit(descriptor, 10) ? '1' : '0'],
    ['MemAttr', `0b${((descriptor.low >>> 2) & 15).toString(2).padStart(4, '0')}`],
  ];
  const refuse = (kind: FaultKind, why: string): Fault => {
    note(why, fields);
    return fault(kind, level);
  };
  if (output >= limit) return refuse('addressSize', 'output address too large: address size fault');
  const accessFlag = hasBit(descriptor, 10);
  if (!accessFlag && !stage2.hardwareAccessFlag) return refuse('accessFlag', 'Access flag clear: Access flag fault');
  // As at stage 1: the memory type refuses before the permissions do. It stays an Alignment fault of the access itself.
  if (device && request.access.unaligned === true && !request.fetch && !request.s1ptw) {
    return { ...refuse('alignment', 'unaligned access to Device memory: alignment fault'), stage: 1, level: 0 };
  }
  const denied =
    (request.fetch && !(readable && executable)) ||
    (request.read && !request.fetch && !readable) ||
    (request.write && !writable) ||
    (request.s1ptw && stage2.protectedWalk && device);
  if (denied) return refuse('permission', 'permission fault');
  const dirty = request.write && dirtyManaged && (request.s1ptw || request.access.maintenance !== true);
  const updated = descriptor.low | (accessFlag ? 0 : 1 << 10) | (dirty ? 1 << 7 : 0);
  if (updated !== (descriptor.low | 0)) updateDescriptor(walker, address, context, descriptor.low, updated);
  note('translated', fields);
  return { ok: true, pa: target, pas, context: contextFor(regime, pas), size, readable, device };
}

/** XN[1:0] (FEAT_XNX): 0 all, 1 EL0 only, 2 none, 3 EL1 only. */
function canExecute(descriptor: Descriptor, el: number): boolean {
  const xn = (descriptor.high >>> 21) & 3;
  return xn === 0 || (xn === 1 && el === 0) || (xn === 3 && el === 1);
}

/** Combined memory type. With FWB, 0b110 forces Normal Write-Back, 0b101 Non-cacheable; 0b111 keeps stage 1's type. */
function stage2Device(stage2: Stage2, descriptor: Descriptor, stage1Device: boolean): boolean {
  const attribute = (descriptor.low >>> 2) & 15;
  if (stage2.forcedWriteBack) {
    const type = attribute & 7;
    if (type < 4) return true;
    return type === 6 ? false : stage1Device;
  }
  return stage1Device || ((attribute >> 2) & MEMATTR_DEVICE_MASK) === 0;
}
