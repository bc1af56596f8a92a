/** Whose eyes the explainer looks through: registers and regime of a PE, of a world it is not in, or of a REC. */
import type { Pa } from '../../address';
import { pa } from '../../address';
import type { AbortRouting } from '../../cpu/exceptions/aborts';
import { currentEl, el2Enabled, type Pe, peOf, readPstate, readSysreg, securityState } from '../../cpu/pe';
import { type SysregName, sysregOffset, sysregRow, WORLD_BANKED } from '../../cpu/sysreg/sysreg';
import type { Machine } from '../../machine/machine';
import { peekBytes } from '../../memory/memory';
import { encryptionContext, Pas } from '../../memory/pas';
import { CONTEXT_SIZE, contextPage, type World } from '../../monitor/context';
import type { RecInfo } from '../../rmm/inspect';
import { readRealm, readRec } from '../../rmm/inspect';
import { realmSpace } from '../../rmm/realm/rd';
import { HCR_REALM, vtcrOf, vttbrOf } from '../../rmm/realm-entry/stage2';
import { hasEl2, type Regime, type RegisterReader, regimeFrom } from '../regime';
import type { Viewpoint } from './types';

export interface Eyes {
  /** `attest REC 0 at R-EL1`, `PE 1 at EL3`. */
  readonly title: string;
  readonly security: Pas;
  readonly el: number;
  readonly read: RegisterReader;
  readonly regime: Regime;
  readonly routing: AbortRouting;
  /** PSTATE.PAN. */
  readonly pan: boolean;
  /** The Realm, where one is the subject. */
  readonly rd: Pa | null;
  /** False for a Realm seen without a REC: there is no stage 1 to speak of. */
  readonly hasStage1: boolean;
}

const SCR_WORLD = (1n << 62n) | 1n;
const PAN = 22n;
const ROOT = encryptionContext(Pas.Root);
const SCR_BITS: Readonly<Record<World, bigint>> = {
  [Pas.NonSecure]: 1n,
  [Pas.Realm]: SCR_WORLD,
  [Pas.Secure]: 0n,
};
const PREFIX = ['S', 'NS', '', 'R'] as const;

/** `R-EL1`, `EL3`. */
export const elName = (security: Pas, el: number): string => (el === 3 ? 'EL3' : `${PREFIX[security]}-EL${el}`);

/** The Host's name of a Realm, or `Realm 0x9000_0000`. */
export const realmNameOf = (machine: Machine, rd: Pa): string | null =>
  machine.host.layout?.realms.find((realm) => realm.rd === rd)?.name ?? null;

const live =
  (pe: Pe): RegisterReader =>
  (name) =>
    readSysreg(pe, name);

/** Banked registers end a saved context, in storage order. */
const BANKED_END = Math.max(...WORLD_BANKED.map(sysregOffset)) + 8;
const contextOffset = (name: SysregName): number => CONTEXT_SIZE - (BANKED_END - sysregOffset(name));

/** Registers of a world that the PE is not in: from where the Monitor saved them, EL3's from the PE. */
function savedWorld(machine: Machine, pe: Pe, world: World): RegisterReader {
  const page = contextPage(machine, pe.index, world);
  return (name) => {
    if (name === 'SCR_EL3') return (readSysreg(pe, name) & ~SCR_WORLD) | SCR_BITS[world];
    if (!sysregRow(name).banked) return readSysreg(pe, name);
    const bytes = peekBytes(machine.memory, ROOT, pa(page + contextOffset(name)), 8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  };
}

/** Registers as they will be when this REC is entered: EL1 from the REC, EL2 as the RMM sets it for the Realm. */
function savedRec(machine: Machine, rd: Pa, rec: RecInfo | null): RegisterReader {
  const space = realmSpace(machine, rd);
  const { vmid, mecid } = readRealm(machine, rd);
  const own: Partial<Record<SysregName, bigint>> = {
    SCR_EL3: SCR_WORLD,
    HCR_EL2: HCR_REALM,
    VTCR_EL2: vtcrOf(machine, space),
    VTTBR_EL2: vttbrOf(space, vmid),
    VMECID_P_EL2: BigInt(mecid),
  };
  const saved = new Map(rec?.sysregs.map(({ name, value }) => [name, value]));
  return (name) => own[name] ?? saved.get(name) ?? 0n;
}

function eyes(
  machine: Machine,
  read: RegisterReader,
  more: Pick<Eyes, 'title' | 'security' | 'el' | 'pan' | 'rd'> & { readonly hasStage1?: boolean },
): Eyes {
  const { el } = more;
  const scr = read('SCR_EL3');
  const routing = { el, scr, hcr: read('HCR_EL2'), el2Enabled: hasEl2(scr) };
  return { hasStage1: true, ...more, read, regime: regimeFrom(read, machine.platform, el), routing };
}

const hasPan = (pstate: bigint): boolean => ((pstate >> PAN) & 1n) === 1n;

function peEyes(machine: Machine, pe: Pe, el: number): Eyes {
  const security = el === 3 ? Pas.Root : securityBelow(pe);
  const entry = machine.rmm.entries[pe.index];
  const rd = security === Pas.Realm && el < 2 && entry ? entry.rd : null;
  const title = `PE ${pe.index} at ${elName(security, el)}`;
  const pan = el === currentEl(pe) && hasPan(BigInt(readPstate(pe)));
  return eyes(machine, live(pe), { title, security, el, pan, rd });
}

/** Security state of EL0 to EL2 of the PE as SCR_EL3 has it. */
function securityBelow(pe: Pe): Pas {
  const scr = readSysreg(pe, 'SCR_EL3');
  return (scr & 1n) === 0n ? Pas.Secure : (scr & SCR_WORLD) === SCR_WORLD ? Pas.Realm : Pas.NonSecure;
}

function worldEyes(machine: Machine, pe: Pe, security: Pas, el: number): Eyes {
  if (security === Pas.Root || el === 3) return peEyes(machine, pe, 3);
  if (securityBelow(pe) === security) return peEyes(machine, pe, el);
  const title = `PE ${pe.index} at ${elName(security, el)}`;
  const read = savedWorld(machine, pe, security as World);
  return eyes(machine, read, { title, security, el, pan: false, rd: null });
}

function recEyes(machine: Machine, address: Pa, el: 0 | 1 | undefined): Eyes {
  const rec = readRec(machine, address);
  const pe = rec.runningOn === null ? undefined : machine.pes[rec.runningOn];
  const running = pe !== undefined && securityBelow(pe) === Pas.Realm && el2Enabled(pe);
  const at = el ?? (((rec.pstate >> 2n) & 3n) === 0n ? 0 : 1);
  const name = realmNameOf(machine, rec.rd) ?? 'Realm';
  const title = `${name} REC ${rec.index} at ${elName(Pas.Realm, at)}`;
  const read = running ? live(pe) : savedRec(machine, rec.rd, rec);
  return eyes(machine, read, { title, security: Pas.Realm, el: at, pan: at === 1 && hasPan(rec.pstate), rd: rec.rd });
}

/** Looks at the machine through a viewpoint, without changing it. */
export function eyesOf(machine: Machine, viewpoint: Viewpoint): Eyes {
  switch (viewpoint.kind) {
    case 'pe': {
      const pe = peOf(machine, viewpoint.pe);
      return peEyes(machine, pe, viewpoint.el ?? currentEl(pe));
    }
    case 'world':
      return worldEyes(machine, peOf(machine, viewpoint.pe), viewpoint.security, viewpoint.el);
    case 'rec':
      return recEyes(machine, viewpoint.rec, viewpoint.el);
    case 'realm': {
      const { rd, el = 1 } = viewpoint;
      const title = `${realmNameOf(machine, rd) ?? 'Realm'} at ${elName(Pas.Realm, el)}`;
      const read = savedRec(machine, rd, null);
      return eyes(machine, read, { title, security: Pas.Realm, el, pan: false, rd, hasStage1: false });
    }
  }
}

/** What a PE does now: the REC it has entered, else the PE itself. */
export function viewpointOfPe(machine: Machine, index: number): Viewpoint {
  const entry = machine.rmm.entries[index];
  if (entry) return { kind: 'rec', rec: entry.rec };
  const pe = machine.pes[index];
  const el = pe !== undefined && securityState(pe) === Pas.NonSecure ? currentEl(pe) : undefined;
  return el === undefined ? { kind: 'pe', pe: index } : { kind: 'pe', pe: index, el };
}
