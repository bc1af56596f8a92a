/** What a granule is, as the keys the panels have colours for. */
import type { Gpi } from '../../emulator/memory/gpi';
import type { GranuleStateName } from '../../emulator/rmm/inspect';
import type { ColourKey } from '../protocol';

const BY_GPI: Readonly<Record<number, readonly [ColourKey, string]>> = {
  0: ['pas.none', 'No access'],
  8: ['pas.secure', 'Secure PAS'],
  9: ['pas.nonSecure', 'Non-secure PAS'],
  10: ['pas.root', 'Root PAS'],
  11: ['pas.realm', 'Realm PAS'],
  15: ['pas.any', 'All PASs'],
};

export const pasColour = (gpi: Gpi | number): readonly [ColourKey, string] =>
  BY_GPI[gpi] ?? ['pas.none', 'Invalid GPI'];

const BY_STATE: Readonly<Record<GranuleStateName, ColourKey>> = {
  UNDELEGATED: 'granule.undelegated',
  DELEGATED: 'granule.delegated',
  RD: 'granule.rd',
  REC: 'granule.rec',
  REC_AUX: 'granule.recAux',
  DATA: 'granule.data',
  RTT: 'granule.rtt',
};

export const stateColour = (state: GranuleStateName | null): ColourKey =>
  state === null ? 'granule.notTracked' : BY_STATE[state];
