/** What would make an access succeed, where the field has an answer. */
import type { Pa } from '../../address';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { gpiOf, pasOfGpi } from '../../memory/gpt';
import { PAS_NAMES, Pas } from '../../memory/pas';
import { granuleInfo, listRealms } from '../../rmm/inspect';
import type { Fault } from '../types';
import { type RealmView, realmMend } from './realm';
import { type Eyes, realmNameOf } from './viewpoint';

const granule = (address: Pa): string => hex(address - (address % 4096));

/** Who has the granule, in words: `DATA at IPA 0x1000 of attest`. */
export function granuleUse(machine: Machine, address: Pa): string {
  const info = granuleInfo(machine, address);
  const name = info.rd === null ? null : (realmNameOf(machine, info.rd) ?? `the Realm at ${hex(info.rd)}`);
  return name === null ? info.usedAs : `${info.usedAs} of ${name}`;
}

/** A granule protection fault: the granule is in another PAS than the access. */
function granuleMend(machine: Machine, fault: Fault, eyes: Eyes): string[] {
  const { pa, pas } = fault;
  if (pa === undefined || pas === undefined) return [];
  if (fault.gpc?.kind !== 'gpf') return ['The GPT itself is broken there: only EL3 can mend it.'];
  const owner = pasOfGpi(gpiOf(machine.memory, machine.platform, pa));
  const { state } = granuleInfo(machine, pa);
  const use = granuleUse(machine, pa);
  if (pas === Pas.NonSecure && owner === Pas.Realm) {
    const first = state === 'DELEGATED' ? '' : `it is ${use}: the Host must destroy that first, then `;
    const lines = [
      `The granule is in the Realm PAS; ${first}RMI_GRANULE_UNDELEGATE(${granule(pa)}) gives it back, wiped.`,
    ];
    const shared = eyes.rd !== null || listRealms(machine).length > 0;
    if (eyes.rd !== null && shared) {
      lines.push(
        'The Host delegated a granule that it still mapped as Unprotected: RMI_RTT_UNMAP_UNPROTECTED belongs before RMI_GRANULE_DELEGATE.',
      );
    }
    return lines;
  }
  if (pas === Pas.Realm && owner === Pas.NonSecure) {
    return [`The granule is Non-secure: only RMI_GRANULE_DELEGATE(${granule(pa)}) moves it to the Realm PAS.`];
  }
  if (owner === Pas.NonSecure || owner === Pas.Realm) {
    return [
      `The granule is in the ${PAS_NAMES[owner]} PAS: access it there; no RMI command gives it to ${PAS_NAMES[pas]}.`,
    ];
  }
  const whose = owner === undefined ? 'no PAS at all' : `the ${PAS_NAMES[owner]} PAS alone`;
  return [`The platform gives this granule to ${whose}; no RMI command changes that.`];
}

/** Faults of the tables of whoever made the access. */
function stage1Mend(fault: Fault, eyes: Eyes, bare: boolean): string[] {
  const owner = eyes.rd === null ? `software at ${eyes.security === Pas.Root ? 'EL3' : 'this world'}` : 'the guest';
  switch (fault.kind) {
    case 'translation':
      return [`Stage 1 tables belong to ${owner}: map the VA, or correct the pointer.`];
    case 'permission':
      return [
        `Stage 1 tables belong to ${owner}: change the permissions of the entry (AP, UXN, PXN), or do not ${fault.access.kind === 'fetch' ? 'execute' : fault.access.kind} there.`,
      ];
    case 'accessFlag':
      return ['Set the Access flag in the descriptor, or let the hardware do it (TCR.HA).'];
    case 'alignment':
      return ['Align the address, or map the memory as Normal with stage 1 on and SCTLR.A clear.'];
    case 'addressSize':
      if (bare) return [`No table is behind it: use an address of at most ${eyes.regime.paBits} bits.`];
      return ['The table holds an address beyond the output size (TCR.IPS and the PA size): correct the descriptor.'];
    default:
      return [];
  }
}

/** `bare`: no stage 1 table was asked, since stage 1 is off or the address is behind it. */
export function mendOf(machine: Machine, eyes: Eyes, fault: Fault, view: RealmView | null, bare: boolean): string[] {
  if (fault.kind === 'granule') return granuleMend(machine, fault, eyes);
  if (fault.kind === 'external') {
    return ['Nothing answers at that physical address: it is neither RAM nor a device of the platform.'];
  }
  if (fault.kind === 'unsupportedAtomic') return ['Exclusive and atomic accesses work on RAM only.'];
  if (fault.stage === 2 && eyes.rd !== null) return realmMend(fault, view);
  if (fault.stage === 2) return ['Stage 2 tables belong to EL2 of this world (VTTBR_EL2).'];
  return stage1Mend(fault, eyes, bare);
}
