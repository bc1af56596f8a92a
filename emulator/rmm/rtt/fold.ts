/** Folding a homogeneous table into its parent entry, and the inverse (RMM 1.0 A5.5.5, A5.5.6). */
import type { Pa } from '../../address';
import type { MachineMemory } from '../../memory/memory';
import type { RealmSpace } from '../realm/rd';
import {
  addressIn,
  assignedDescriptor,
  assignedNsDescriptor,
  type Descriptor,
  Hipas,
  hipasOf,
  hostAttributesOf,
  ripasOf,
  UNASSIGNED_NS,
  unassignedDescriptor,
} from './descriptor';
import { entryCount, entrySize } from './geometry';
import { fillTable, scanTable } from './walk';

/** What all entries of a table have in common; null when they do not. */
export interface CommonEntry {
  readonly hipas: Hipas;
  readonly ripas: 0 | 1 | 2;
  /** First output address, or 0. */
  readonly address: number;
  /** MemAttr and S2AP of ASSIGNED_NS entries. */
  readonly attributes: number;
}

/** RttIsHomogeneous: same state, RIPAS and attributes; addresses contiguous from one aligned to the parent's size. */
export function commonEntry(memory: MachineMemory, space: RealmSpace, table: Pa, level: number): CommonEntry | null {
  const size = entrySize(level);
  const count = entryCount(level);
  let common: CommonEntry | null = null;
  const stopped = scanTable(memory, space, table, 0, count, (lo, hi, index) => {
    const hipas = hipasOf(lo, hi, level);
    if (hipas === Hipas.Table) return false;
    const ripas = hipas === Hipas.Assigned || hipas === Hipas.Unassigned ? ripasOf(lo) : 0;
    const hasAddress = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs;
    const address = hasAddress ? addressIn(lo, hi, space.lpa2) : 0;
    const attributes = hipas === Hipas.AssignedNs ? hostAttributesOf(lo) : 0;
    if (common === null) {
      common = { hipas, ripas, address, attributes };
      return !hasAddress || address % (size * 512) === 0;
    }
    return (
      common.hipas === hipas &&
      common.ripas === ripas &&
      common.attributes === attributes &&
      (!hasAddress || address === common.address + index * size)
    );
  });
  return stopped === count ? common : null;
}

/** The leaf entry at `level` that says what `common` says, with this output address. */
export function leafDescriptor(common: CommonEntry, address: number, level: number, lpa2: boolean): Descriptor {
  switch (common.hipas) {
    case Hipas.Assigned:
      return assignedDescriptor(address, common.ripas, level, lpa2);
    case Hipas.AssignedNs:
      return assignedNsDescriptor(address, common.attributes, level, lpa2);
    case Hipas.UnassignedNs:
      return UNASSIGNED_NS;
    default:
      return unassignedDescriptor(common.ripas);
  }
}

/** Fills a new table at `level` with what its parent leaf entry said. */
export function unfold(
  memory: MachineMemory,
  space: RealmSpace,
  table: Pa,
  level: number,
  parent: { readonly lo: number; readonly hi: number },
): void {
  const { lo, hi } = parent;
  const hipas = hipasOf(lo, hi, level - 1);
  const hasAddress = hipas === Hipas.Assigned || hipas === Hipas.AssignedNs;
  const common: CommonEntry = {
    hipas,
    ripas: hipas === Hipas.Assigned || hipas === Hipas.Unassigned ? ripasOf(lo) : 0,
    address: hasAddress ? addressIn(lo, hi, space.lpa2) : 0,
    attributes: hipas === Hipas.AssignedNs ? hostAttributesOf(lo) : 0,
  };
  const size = entrySize(level);
  if (hasAddress) {
    fillTable(memory, space, table, (index) =>
      leafDescriptor(common, common.address + index * size, level, space.lpa2),
    );
  } else {
    const same = leafDescriptor(common, 0, level, space.lpa2);
    fillTable(memory, space, table, () => same);
  }
}
