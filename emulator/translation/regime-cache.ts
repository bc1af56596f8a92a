/**
 * The regimes that a PE used last, so that a walk need not decode the registers again. A regime is kept with every
 * register that it was decoded from and what that held; it counts while all of them still hold it. So it does not matter
 * who changes a register, nor how: MSR, a world switch that copies bytes, a reset, a restored state.
 */
import { tlbBankOf } from '../cpu/layout';
import { type Pe, readSysreg, securityBelowEl3 } from '../cpu/pe';
import { sysregOffset } from '../cpu/sysreg/sysreg';
import type { Platform } from '../machine/platform';
import { peBase, TLB_BANKS } from '../memory/map';
import { Pas } from '../memory/pas';
import { type Regime, regimeFrom } from './regime';

interface Known {
  readonly regime: Regime;
  readonly platform: Platform;
  /** Of each half of each register: its place in the PE's area as an index of u32, and what it held. */
  readonly places: readonly number[];
  readonly held: readonly number[];
}

/** By PE and TLB bank: EL, and Realm apart from the other states, so that a world switch finds what it left. */
export type RegimeCache = (Known | undefined)[];

interface Owner {
  readonly platform: Platform;
  readonly translation: { readonly regimes: RegimeCache };
}

/** The regime that rules accesses the PE makes from `el`: what `regimeOf` gives. */
export function cachedRegime({ platform, translation }: Owner, pe: Pe, el: number): Regime {
  const { regimes } = translation;
  const key = pe.index * TLB_BANKS + tlbBankOf(el, securityBelowEl3(pe) === Pas.Realm);
  const known = regimes[key];
  if (known !== undefined && known.platform === platform && holds(pe, known)) return known.regime;
  const fresh = decode(pe, platform, el);
  regimes[key] = fresh;
  return fresh.regime;
}

function holds(pe: Pe, { places, held }: Known): boolean {
  const words = pe.memory.views.u32;
  const base = peBase(pe.index) / 4;
  for (let index = 0; index < places.length; index++) {
    if (words[base + (places[index] as number)] !== held[index]) return false;
  }
  return true;
}

function decode(pe: Pe, platform: Platform, el: number): Known {
  const places: number[] = [];
  const held: number[] = [];
  const words = pe.memory.views.u32;
  const base = peBase(pe.index) / 4;
  const note = (place: number): void => {
    places.push(place);
    held.push(words[base + place] ?? 0);
  };
  const regime = regimeFrom(
    (name) => {
      const place = sysregOffset(name) / 4;
      note(place);
      note(place + 1);
      return readSysreg(pe, name);
    },
    platform,
    el,
  );
  return { regime, platform, places, held };
}
