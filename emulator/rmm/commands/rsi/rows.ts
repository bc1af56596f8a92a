/** Rows of the Realm Services Interface, in the order of their FIDs. */
import type { CommandRow } from '../row';
import { attestationTokenContinue } from './attestation-token-continue';
import { attestationTokenInit } from './attestation-token-init';
import { rsiFeatures } from './features';
import { hostCall } from './host-call';
import { ipaStateGet } from './ipa-state-get';
import { ipaStateSet } from './ipa-state-set';
import { measurementExtend } from './measurement-extend';
import { measurementRead } from './measurement-read';
import { realmConfig } from './realm-config';
import { rsiVersion } from './version';

export const RSI_ROWS: readonly CommandRow[] = [
  rsiVersion,
  rsiFeatures,
  measurementRead,
  measurementExtend,
  attestationTokenInit,
  attestationTokenContinue,
  realmConfig,
  ipaStateSet,
  ipaStateGet,
  hostCall,
];
