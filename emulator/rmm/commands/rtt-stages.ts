/** Stages that the RTT commands share: the Realm's address space, the walk, level and IPA checks. */
import { hex } from '../../format';
import { ipaLimit, isProtected, type RealmSpace, realmSpace } from '../realm/rd';
import { HIPAS_NAMES, type Hipas, hipasOf } from '../rtt/descriptor';
import { entrySize, MIN_BLOCK_LEVEL, PAGE_LEVEL } from '../rtt/geometry';
import { nonLiveTop } from '../rtt/live';
import { type Walk, walkRtt } from '../rtt/walk';
import type { FailStage, LetStage, StageContext } from './row';
import { arg, argPa, argSigned, fail, isArgAligned, letStage, local, raw, setLocal, setResult } from './stages';

const INPUT = 'RMI_ERROR_INPUT';
const RTT = 'RMI_ERROR_RTT';

/** `realm`: the address space of the Realm whose RD is in X<register>. */
export const letRealm = (register = 1): LetStage =>
  letStage('realm', 'Realm(rd)', ({ machine, frame }) =>
    setLocal(frame, 'realm', realmSpace(machine, argPa(frame, register))),
  );

export const spaceOf = ({ frame }: StageContext): RealmSpace => local<RealmSpace>(frame, 'realm');
export const walkOf = ({ frame }: StageContext): Walk => local<Walk>(frame, 'walk');

/** State of the entry where the walk ended. */
export const walkHipas = (context: StageContext): Hipas => {
  const { lo, hi, level } = walkOf(context);
  return hipasOf(lo, hi, level);
};

/** `walk`: from the starting level to the level given, for the IPA in X<register>. */
export const letWalk = (register: number, toLevel: (context: StageContext) => number, text: string): LetStage =>
  letStage('walk', text, (context) => {
    const { machine, frame } = context;
    setLocal(frame, 'walk', walkRtt(machine.memory, spaceOf(context), arg(frame, register), toLevel(context)));
  });

/** Level of a table below the start: RTT_CREATE, RTT_DESTROY and RTT_FOLD. */
export const tableLevelCheck = (register: number): FailStage =>
  fail(
    'level_bound',
    'level <= Realm(rd).rtt_level_start || level > 3',
    INPUT,
    (context) => {
      const level = argSigned(context.frame, register);
      return level <= spaceOf(context).levelStart || level > PAGE_LEVEL;
    },
    (context) => [
      ['level', argSigned(context.frame, register)],
      ['Realm(rd).rtt_level_start', spaceOf(context).levelStart],
    ],
  );

/** Level of a leaf entry with an output address. */
export const leafLevelCheck = (register: number): FailStage =>
  fail(
    'level_bound',
    'level is not a block or page level (1..3)',
    INPUT,
    ({ frame }) => argSigned(frame, register) < MIN_BLOCK_LEVEL || argSigned(frame, register) > PAGE_LEVEL,
    ({ frame }) => [
      ['level', argSigned(frame, register)],
      ['smallest', MIN_BLOCK_LEVEL],
      ['largest', PAGE_LEVEL],
    ],
  );

/** A walk cannot end above its start. */
export const startLevelCheck = (register: number): FailStage =>
  fail(
    'level_start',
    'level < Realm(rd).rtt_level_start',
    INPUT,
    (context) => argSigned(context.frame, register) < spaceOf(context).levelStart,
    (context) => [
      ['level', argSigned(context.frame, register)],
      ['Realm(rd).rtt_level_start', spaceOf(context).levelStart],
    ],
  );

/** The IPA is inside the address space. */
export const ipaBoundCheck = (register: number): FailStage =>
  fail(
    'ipa_bound',
    'ipa >= 2^ipa_width',
    INPUT,
    (context) => arg(context.frame, register) >= ipaLimit(spaceOf(context).ipaWidth),
    (context) => [
      ['ipa', hex(raw(context.frame, register))],
      ['2^ipa_width', hex(ipaLimit(spaceOf(context).ipaWidth))],
    ],
  );

/** The IPA is Protected. */
export const protectedCheck = (register: number): FailStage =>
  fail(
    'ipa_bound',
    '!AddrIsProtected(ipa, Realm(rd))',
    INPUT,
    (context) => !isProtected(spaceOf(context), arg(context.frame, register)),
    (context) => [
      ['ipa', hex(raw(context.frame, register))],
      ['Protected below', hex(ipaLimit(spaceOf(context).ipaWidth) / 2)],
    ],
  );

/** The IPA is Unprotected. */
export const unprotectedCheck = (register: number): FailStage =>
  fail(
    'ipa_bound',
    'ipa >= 2^ipa_width, or AddrIsProtected(ipa)',
    INPUT,
    (context) => {
      const ipa = arg(context.frame, register);
      return ipa >= ipaLimit(spaceOf(context).ipaWidth) || isProtected(spaceOf(context), ipa);
    },
    (context) => [
      ['ipa', hex(raw(context.frame, register))],
      ['Unprotected from', hex(ipaLimit(spaceOf(context).ipaWidth) / 2)],
    ],
  );

/** The IPA is granule aligned. */
export const ipaGranuleCheck = (register: number): FailStage =>
  fail(
    'ipa_align',
    '!AddrIsGranuleAligned(ipa)',
    INPUT,
    ({ frame }) => !isArgAligned(frame, register),
    ({ frame }) => [['ipa', hex(raw(frame, register))]],
  );

/** The IPA is aligned to one entry at the level in X<levelRegister>, less `above`. */
export const ipaLevelCheck = (register: number, levelRegister: number, above: 0 | 1): FailStage =>
  fail(
    'ipa_align',
    above === 1 ? 'ipa not aligned to the size of one entry at level - 1' : 'ipa not aligned to level',
    INPUT,
    ({ frame }) => !isArgAligned(frame, register, entrySize(argSigned(frame, levelRegister) - above)),
    ({ frame }) => [
      ['ipa', hex(raw(frame, register))],
      ['entry size', hex(entrySize(argSigned(frame, levelRegister) - above))],
    ],
  );

/** Without LPA2 an address above 2^48 does not fit an RTT entry. */
export const addressWidthCheck = (id: string, register: number, name: string): FailStage =>
  fail(
    id,
    `!Realm(rd).feat_lpa2 && ${name} >= 2^48`,
    INPUT,
    (context) => !spaceOf(context).lpa2 && arg(context.frame, register) >= 2 ** 48,
    (context) => [
      [name, hex(raw(context.frame, register))],
      ['Realm(rd).feat_lpa2', spaceOf(context).lpa2],
    ],
  );

const walkLevel = (context: StageContext): number => walkOf(context).level;

const showWalk = (context: StageContext): readonly (readonly [string, string | number])[] => [
  ['walk.level', walkLevel(context)],
  ['walk.rtte.state', HIPAS_NAMES[walkHipas(context)]],
];

/** The walk ended above the wanted level. */
export const walkCheck = (
  text: string,
  wanted: (context: StageContext) => number,
  outputs?: (context: StageContext) => void,
): FailStage =>
  fail(
    'rtt_walk',
    text,
    RTT,
    (context) => walkLevel(context) < wanted(context),
    (context) => [...showWalk(context), ['wanted level', wanted(context)]],
    { index: walkLevel, ...(outputs === undefined ? {} : { outputs }) },
  );

/** The entry where the walk ended has (or has not) a state. */
export const entryCheck = (
  text: string,
  bad: (hipas: Hipas) => boolean,
  outputs?: (context: StageContext) => void,
): FailStage =>
  fail('rtte_state', text, RTT, (context) => bad(walkHipas(context)), showWalk, {
    index: walkLevel,
    ...(outputs === undefined ? {} : { outputs }),
  });

/** Sets X<resultRegister> to the top of the non-live run from where the walk ended. */
export const topOutput =
  (ipaRegister: number, resultRegister: number) =>
  (context: StageContext): void => {
    const { machine, frame } = context;
    const top = nonLiveTop(machine.memory, spaceOf(context), walkOf(context), arg(frame, ipaRegister));
    setResult(frame, resultRegister, top);
  };

/** Bytes that the entry where the walk ended covers. */
export const walkSize = (context: StageContext): number => entrySize(walkOf(context).level);
/** Level where the walk ended: the index of RMI_ERROR_RTT. */
export const walkIndex = (context: StageContext): number => walkOf(context).level;

/** `base_align` of the commands that go from entry to entry: X<register> is where an entry begins. */
export const entryBaseCheck = (register: number): FailStage =>
  fail(
    'base_align',
    'base is not aligned to the entry size at walk.level',
    RTT,
    (context) => !isArgAligned(context.frame, register, walkSize(context)),
    (context) => [
      ['base', hex(raw(context.frame, register))],
      ['entry size', hex(walkSize(context))],
    ],
    { index: walkIndex },
  );
