/** Building blocks of rows: argument access and the checks that many commands share. */
import { GRANULE_SIZE, type Pa, pa } from '../../address';
import { hex } from '../../format';
import { delegableIndex } from '../../machine/platform';
import { PAS_NAMES, Pas } from '../../memory/pas';
import { granulePas } from '../granules/pas';
import { GRANULE_STATE_NAMES, type GranuleState } from '../granules/state';
import { granuleState } from '../granules/tracking';
import { realmState } from '../realm/rd';
import { REALM_STATE_NAMES, type RealmState } from '../structures/rd';
import type { DoStage, ExitStage, FailStage, Frame, FrameValue, LetStage, Operand, StageContext, Word } from './row';

/** X<n> as passed. */
export const raw = (frame: Frame, register: number): bigint => BigInt(frame.args[register] ?? 0);

/** What X<n> will be, or was, on return. */
export const resultWord = (frame: Pick<Frame, 'results'>, register: number): bigint =>
  BigInt(frame.results[register] ?? 0);

/** X<n> as a number. What does not fit is infinite: above every bound, and aligned to nothing. */
export function arg(frame: Frame, register: number): number {
  const value = frame.args[register] ?? 0;
  return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
}

/** Whether X<n> as passed is a multiple of `size` bytes, above 2^53 too. */
export function isArgAligned(frame: Frame, register: number, size = GRANULE_SIZE): boolean {
  const value = frame.args[register] ?? 0;
  return typeof value === 'number' ? value - Math.floor(value / size) * size === 0 : value % BigInt(size) === 0n;
}

/** X<n> as a PA that earlier stages have validated. */
export const argPa = (frame: Frame, register: number): Pa => pa(arg(frame, register));

/** X<n> as a signed number: RTT levels. */
export function argSigned(frame: Frame, register: number): number {
  const value = frame.args[register] ?? 0;
  return typeof value === 'number' ? value : Number(BigInt.asIntN(64, value));
}

export const input = (reg: number, name: string, type: string, summary: string): Operand => ({
  reg: `X${reg}`,
  name,
  type,
  summary,
});

export const output = (reg: number, name: string, type: string, summary: string, validWhen?: string): Operand =>
  validWhen === undefined
    ? { reg: `X${reg}`, name, type, summary }
    : { reg: `X${reg}`, name, type, summary, validWhen };

/** X0 of every RMI command. */
export const RMI_RESULT = output(0, 'result', 'RmiCommandReturnCode', 'status in bits 7:0, index in bits 15:8');
/** X0 of every RSI command. */
export const RSI_RESULT = output(0, 'result', 'RsiCommandReturnCode', 'status');
/** X0 of most PSCI functions. */
export const PSCI_RESULT = output(0, 'result', 'PsciReturnCode', 'PSCI status');

type Compared = FailStage['compared'];

export const fail = (
  id: string,
  text: string,
  status: string,
  check: FailStage['check'],
  compared?: Compared,
  more: Partial<Pick<FailStage, 'index' | 'outputs' | 'effects' | 'versions'>> = {},
): FailStage => ({
  kind: 'fail',
  id,
  text,
  status,
  check,
  ...(compared === undefined ? {} : { compared }),
  ...more,
});

export const letStage = (name: string, text: string, run: LetStage['run']): LetStage => ({
  kind: 'let',
  name,
  text,
  run,
});

/** An effect. Returning 'again' runs it again in the next micro-step; any other value is ignored. */
export const act = (name: string, text: string, run: (context: StageContext) => unknown): DoStage => ({
  kind: 'do',
  name,
  text,
  run: (context) => (run(context) === 'again' ? 'again' : undefined),
});

export const exit = (name: string, text: string, run: ExitStage['run'], when?: ExitStage['when']): ExitStage =>
  when === undefined ? { kind: 'exit', name, text, run } : { kind: 'exit', name, text, run, when };

const INPUT = 'RMI_ERROR_INPUT';

const showAddress =
  (register: number, name: string): Compared =>
  ({ frame }) => [[name, hex(raw(frame, register))]];

const showState =
  (register: number, name: string, wanted: GranuleState): Compared =>
  ({ machine, frame }) => {
    const state = granuleState(machine, arg(frame, register));
    return [
      [name, hex(raw(frame, register))],
      [`Granule(${name}).state`, state === -1 ? 'not tracked' : GRANULE_STATE_NAMES[state]],
      ['wanted', GRANULE_STATE_NAMES[wanted]],
    ];
  };

/** `<prefix>_align`, `_bound` and `_state`: the operand is a delegable granule in the wanted state. */
export const granuleChecks = (
  register: number,
  name: string,
  wanted: GranuleState,
  prefix = name,
  stateId = `${prefix}_state`,
): readonly FailStage[] => [
  fail(
    `${prefix}_align`,
    `!AddrIsGranuleAligned(${name})`,
    INPUT,
    ({ frame }) => !isArgAligned(frame, register),
    showAddress(register, name),
  ),
  fail(
    `${prefix}_bound`,
    `!PaIsDelegable(${name})`,
    INPUT,
    ({ machine, frame }) => delegableIndex(machine.platform, arg(frame, register)) < 0,
    showAddress(register, name),
  ),
  fail(
    stateId,
    `Granule(${name}).state != ${GRANULE_STATE_NAMES[wanted]}`,
    INPUT,
    ({ machine, frame }) => granuleState(machine, arg(frame, register)) !== wanted,
    showState(register, name, wanted),
  ),
];

/** `<prefix>_align`, `_bound` and `_pas`: the operand is a page of Host memory. */
export const hostPageChecks = (register: number, name: string, prefix: string): readonly FailStage[] => [
  fail(
    `${prefix}_align`,
    `!AddrIsGranuleAligned(${name})`,
    INPUT,
    ({ frame }) => !isArgAligned(frame, register),
    showAddress(register, name),
  ),
  fail(
    `${prefix}_bound`,
    `${name} is not a tracked memory Granule`,
    INPUT,
    ({ machine, frame }) => delegableIndex(machine.platform, arg(frame, register)) < 0,
    showAddress(register, name),
  ),
  fail(
    `${prefix}_pas`,
    `PAS of ${name} is not NS`,
    INPUT,
    ({ machine, frame }) => granulePas(machine, argPa(frame, register)) !== Pas.NonSecure,
    ({ machine, frame }) => {
      const pas = granulePas(machine, argPa(frame, register));
      return [
        [name, hex(raw(frame, register))],
        [`PAS of ${name}`, pas === null ? 'none' : PAS_NAMES[pas]],
      ];
    },
  ),
];

/** The Realm must be in a state: RMI_ERROR_REALM, index 0. */
export const realmStateCheck = (register: number, wanted: RealmState): FailStage =>
  fail(
    'realm_state',
    `Realm(rd).state != ${REALM_STATE_NAMES[wanted]}`,
    'RMI_ERROR_REALM',
    ({ machine, frame }) => realmState(machine, argPa(frame, register)) !== wanted,
    ({ machine, frame }) => [
      ['Realm(rd).state', REALM_STATE_NAMES[realmState(machine, argPa(frame, register))]],
      ['wanted', REALM_STATE_NAMES[wanted]],
    ],
  );

/** Value of a local that an earlier stage has set. */
export const local = <T>(frame: Frame, name: string): T => frame.locals[name] as T;

/** Stores a plain value under a name, for later stages and for whoever looks. */
export function setLocal(frame: Frame, name: string, value: object | number | string | boolean): void {
  frame.locals[name] = value as FrameValue;
}

/** Sets result register X<n>; negative numbers wrap to 64 bits. */
export function setResult(frame: Frame, register: number, value: Word): void {
  frame.results[register] = typeof value === 'number' && value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
}

/** Asks for the named stage to be the next one, from within a `do` stage. */
export function jump(frame: Frame, name: string): void {
  frame.locals['next'] = name;
}
