/**
 * The fault explainer: what an access by anybody, anywhere would do now, each stage with the descriptors it would use,
 * where it would end and why. It asks the same walker as the PE, without effects: nothing of the machine changes.
 */
import { type Pa, pa } from '../../address';
import { abortSyndrome, abortTarget } from '../../cpu/exceptions/aborts';
import { isDevice } from '../../devices/devices';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { checkGranule } from '../../memory/gpc';
import { isRam } from '../../memory/memory';
import { PAS_NAMES, Pas } from '../../memory/pas';
import { contextFor, STAGE1_OFF, sctlrName } from '../regime';
import { faultStatus, hpfarOf } from '../syndrome';
import { translateWith } from '../translate';
import type { Access, AccessKind, Fault, Step, Translated } from '../types';
import { type CardInput, checkCard, groupSteps, isFinalAccess, notReached, stage1Card, stage2Card } from './cards';
import { faultText } from './fault-text';
import { granuleUse, mendOf } from './mend';
import { mpeCard } from './mpe';
import { type RealmView, realmConsequence, realmView, rttStates } from './realm';
import type { ExplainedAccess, ExplainedCard, ExplainedFault, ExplainQuery, Explanation } from './types';
import { type Eyes, elName, eyesOf } from './viewpoint';

const KIND: Readonly<Record<ExplainedAccess, AccessKind>> = { read: 'read', write: 'write', execute: 'fetch' };
const VERB: Readonly<Record<ExplainedAccess, string>> = { read: 'reads', write: 'writes', execute: 'executes' };
const CANNOT: Readonly<Record<ExplainedAccess, string>> = { read: 'read', write: 'write', execute: 'execute' };
const PAGE = 4096;

/** What an access would do now. The address is taken as it is; an IPA or PA beyond 52 bits is an address size fault. */
export function explainAccess(machine: Machine, query: ExplainQuery): Explanation {
  const eyes = eyesOf(machine, query.viewpoint);
  const kind = query.access ?? 'read';
  const access = accessOf(eyes, query, KIND[kind]);
  const steps: Step[] = [];
  const result = settle(machine, access, translate(machine, eyes, query, access, steps));
  const ipa = result.ipa ?? null;
  const view = eyes.rd === null || ipa === null ? null : realmView(machine, eyes.rd, ipa);
  const bare = query.space !== 'va' || !eyes.hasStage1 || !eyes.regime.stage1.on;
  const cards = cardsOf(machine, eyes, query, steps, result, kind === 'write');
  const fault = result.ok ? null : explainFault(machine, eyes, result, view);
  const noise = cards.some(({ outcome }) => outcome === 'noise');
  const outcome = fault !== null ? 'fault' : noise ? 'noise' : 'allowed';
  return {
    question: `${eyes.title} ${VERB[kind]} ${query.space.toUpperCase()} ${hex(query.address)}`,
    outcome,
    headline: headlineOf(machine, eyes, query, result, cards, view),
    access: kind,
    space: query.space,
    address: query.address,
    ipa: ipa === null ? null : BigInt(ipa),
    pa: result.pa === undefined ? null : BigInt(result.pa),
    pas: result.pas ?? null,
    cards,
    fault,
    realm: view?.shown ?? null,
    mend: result.ok ? [] : mendOf(machine, eyes, result, view, bare),
  };
}

function accessOf(eyes: Eyes, { address, size = 1 }: ExplainQuery, kind: AccessKind): Access {
  const va = BigInt.asUintN(64, address);
  const unaligned = kind !== 'fetch' && va % BigInt(size) !== 0n;
  return { va, kind, el: eyes.el, pan: eyes.pan, unaligned };
}

const refusal = (access: Access, more: Partial<Fault> & Pick<Fault, 'kind'>): Fault => ({
  ok: false,
  access,
  stage: 1,
  level: 0,
  onWalk: false,
  s1ptw: false,
  ...more,
});

function translate(
  machine: Machine,
  eyes: Eyes,
  query: ExplainQuery,
  access: Access,
  steps: Step[],
): Translated | Fault {
  const walker = { machine, effects: false, steps, onDescriptorPage: () => {} };
  if (query.space === 'pa') return physical(machine, eyes, query, access);
  const bare = query.space === 'ipa' || !eyes.hasStage1;
  const regime = bare ? { ...eyes.regime, stage1: STAGE1_OFF } : eyes.regime;
  if (!bare && access.unaligned === true && checksAlignment(eyes)) return refusal(access, { kind: 'alignment' });
  return translateWith(walker, regime, access);
}

/** SCTLR.A. With stage 1 off the walk refuses unaligned data by itself: it is Device memory. */
const checksAlignment = ({ read, el }: Eyes): boolean => (read(sctlrName(el, read('HCR_EL2'))) & 2n) !== 0n;

function physical(machine: Machine, eyes: Eyes, query: ExplainQuery, access: Access): Translated | Fault {
  const pas = query.pas ?? eyes.security;
  if (access.va >= 1n << BigInt(eyes.regime.paBits)) return refusal(access, { kind: 'addressSize' });
  const address = pa(Number(access.va));
  const gpc = checkGranule(machine, pas, address);
  if (gpc !== undefined) return refusal(access, { kind: 'granule', pa: address, pas, gpc });
  const context = contextFor(eyes.regime, pas);
  const fixed = { device: false, readable: true, size: PAGE, attributes: 0xff, guarded: false } as const;
  return { ok: true, pa: address, pas, context, ...fixed };
}

/** What answers at the physical address: RAM, a device (never to instruction fetches), or nothing. */
function settle(machine: Machine, access: Access, result: Translated | Fault): Translated | Fault {
  if (!result.ok || isRam(machine.memory, result.pa)) return result;
  if (access.kind !== 'fetch' && isDevice(machine, result.pa)) return result;
  const { pa, pas, ipa } = result;
  return refusal(access, { kind: 'external', pa, pas, ...(ipa === undefined ? {} : { ipa }) });
}

function cardsOf(
  machine: Machine,
  eyes: Eyes,
  query: ExplainQuery,
  steps: readonly Step[],
  result: Translated | Fault,
  write: boolean,
): ExplainedCard[] {
  const groups = groupSteps(steps, result);
  const input = (own: CardInput['steps']): CardInput => ({ eyes, steps: own, result, address: query.address });
  const first = stage1Card(input(groups.stage1), query.space !== 'va' || !eyes.hasStage1);
  const rtt = eyes.rd === null || result.ipa === undefined ? null : rttStates(machine, eyes.rd, result.ipa);
  const second = stage2Card(input(rtt === null ? groups.stage2 : groups.stage2.map(rtt)), query.space === 'pa');
  const { pa: address, pas } = result;
  const through = result.ok || isFinalAccess(result);
  if (!through || address === undefined || pas === undefined || (!result.ok && result.kind === 'alignment')) {
    return [first, second, notReached('granule protection check'), notReached('memory protection engine')];
  }
  const check = checkCard(machine, pas, address);
  return [first, second, check, lastCard(machine, result, address, write)];
}

function lastCard(machine: Machine, result: Translated | Fault, address: Pa, write: boolean): ExplainedCard {
  const card = notReached('memory protection engine');
  if (result.ok && isRam(machine.memory, address)) return mpeCard(machine, address, result.context, write);
  if (result.ok) return { ...card, outcome: 'off', verdict: 'a device answers: nothing is encrypted' };
  return result.kind === 'external' ? { ...card, outcome: 'fault', verdict: 'nothing answers at this address' } : card;
}

function explainFault(machine: Machine, eyes: Eyes, fault: Fault, view: RealmView | null): ExplainedFault {
  const el = abortTarget(eyes.routing, fault);
  const security = el === 3 ? Pas.Root : eyes.security;
  return {
    kind: fault.kind,
    stage: fault.stage,
    level: fault.level,
    text: faultText(fault),
    onWalk: fault.onWalk,
    s1ptw: fault.s1ptw,
    status: faultStatus(fault),
    esr: abortSyndrome(eyes.routing, fault, undefined),
    far: fault.access.va,
    hpfar: fault.stage === 2 ? hpfarOf(fault) : null,
    el,
    security,
    takenTo: elName(security, el),
    follows: consequence(machine, eyes, fault, el, view),
  };
}

function consequence(machine: Machine, eyes: Eyes, fault: Fault, el: number, view: RealmView | null): string[] {
  if (el === 3) return ['EL3 takes it: the Monitor has no answer for it, so it ends the run.'];
  if (eyes.security === Pas.Realm && el === 2 && eyes.el < 2) return realmConsequence(fault, view);
  if (eyes.rd !== null && el === 1) {
    return [`The guest's own handler takes it (VBAR_EL1 ${hex(eyes.read('VBAR_EL1'))}); neither RMM nor Host sees it.`];
  }
  const native = el === 2 && eyes.security === Pas.NonSecure && machine.host.config !== undefined;
  return native ? ['The built-in Host would take it.'] : [`The handler at VBAR_EL${el} takes it.`];
}

function headlineOf(
  machine: Machine,
  eyes: Eyes,
  { access: kind = 'read', space }: ExplainQuery,
  result: Translated | Fault,
  cards: readonly ExplainedCard[],
  view: RealmView | null,
): string {
  const who = eyes.title;
  if (result.ok) {
    const last = cards[cards.length - 1] as ExplainedCard;
    const where = `PA ${hex(result.pa)} in the ${PAS_NAMES[result.pas]} PAS`;
    return last.outcome === 'noise'
      ? `${who} reaches ${where}, and finds noise: ${last.verdict}.`
      : `${who} may ${CANNOT[kind]} it: ${where} (${granuleUse(machine, result.pa)}); ${last.verdict}.`;
  }
  if (result.kind === 'addressSize' && space !== 'va' && result.stage === 1) {
    return `${who} cannot ${CANNOT[kind]} it: the ${space.toUpperCase()} is beyond the physical address space of ${eyes.regime.paBits} bits.`;
  }
  const own = result.stage === 2 && !result.s1ptw && eyes.rd !== null;
  const state = !own ? '' : view === null ? "; the IPA is beyond the Realm's space" : realmState(view);
  const says = cards
    .find(({ name }) => name === 'granule protection check')
    ?.facts.find(([name]) => name === 'GPT says');
  const refused =
    result.kind === 'granule' && result.pa !== undefined
      ? `: the ${PAS_NAMES[result.pas ?? Pas.NonSecure]} access meets PA ${hex(result.pa)} (${granuleUse(machine, result.pa)})` +
        (says === undefined ? '' : `, which the GPT says is ${says[1]}`)
      : '';
  return `${who} cannot ${CANNOT[kind]} it: ${faultText(result)}${refused}${state}.`;
}

const realmState = ({ shown }: RealmView): string =>
  `; the IPA is ${shown.hipas}${shown.ripas === null ? '' : `, RIPAS ${shown.ripas}`}${shown.protected ? '' : ', Unprotected'}`;
