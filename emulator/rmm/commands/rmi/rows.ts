/** Rows of the Realm Management Interface, in the order of the specification's FIDs. */
import type { CommandRow } from '../row';
import { dataCreate } from './data-create';
import { dataCreateUnknown } from './data-create-unknown';
import { dataDestroy } from './data-destroy';
import { rmiFeatures } from './features';
import { granuleDelegate } from './granule-delegate';
import { granuleUndelegate } from './granule-undelegate';
import { mecSetPrivate } from './mec-set-private';
import { mecSetShared } from './mec-set-shared';
import { psciComplete } from './psci-complete';
import { realmActivate } from './realm-activate';
import { realmCreate } from './realm-create';
import { realmDestroy } from './realm-destroy';
import { recAuxCount } from './rec-aux-count';
import { recCreate } from './rec-create';
import { recDestroy } from './rec-destroy';
import { recEnter } from './rec-enter';
import { rttCreate } from './rtt-create';
import { rttDestroy } from './rtt-destroy';
import { rttFold } from './rtt-fold';
import { rttInitRipas } from './rtt-init-ripas';
import { rttMapUnprotected } from './rtt-map-unprotected';
import { rttReadEntry } from './rtt-read-entry';
import { rttSetRipas } from './rtt-set-ripas';
import { rttUnmapUnprotected } from './rtt-unmap-unprotected';
import { rmiVersion } from './version';

export const RMI_ROWS: readonly CommandRow[] = [
  rmiVersion,
  granuleDelegate,
  granuleUndelegate,
  dataCreate,
  dataCreateUnknown,
  dataDestroy,
  realmActivate,
  realmCreate,
  realmDestroy,
  recCreate,
  recDestroy,
  recEnter,
  rttCreate,
  rttDestroy,
  rttMapUnprotected,
  rttReadEntry,
  rttUnmapUnprotected,
  psciComplete,
  rmiFeatures,
  rttFold,
  recAuxCount,
  rttInitRipas,
  rttSetRipas,
  mecSetShared,
  mecSetPrivate,
];
