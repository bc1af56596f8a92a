/**
 * The RMM's state as a debugger shows it: decoded from emulated memory without changing it (no allocation, no
 * re-expression under another encryption context, no TLB change).
 */

export { GRANULE_STATE_NAMES } from './granules/state';
export { callInFlight, callNumbered, evaluationOf, rmiInFlight } from './inspect/calls';
export { listContexts } from './inspect/contexts';
export {
  type CallEvaluation,
  describeEvaluation,
  type EvaluatedRowStage,
  evaluateCall,
  evaluationLines,
  predictCall,
  resultText,
  type StageOutcome,
  stageText,
  valuesText,
} from './inspect/evaluation';
export {
  granuleInfo,
  granuleOwners,
  granuleStateName,
  granuleStates,
  hostMappings,
  mecidOf,
  whoMaps,
} from './inspect/granules';
export { listRealms, listRecs, readRealm, readRec } from './inspect/realms';
export { decodeRtte, readRttPage, walkRtt } from './inspect/rtt';
export type {
  CallInFlight,
  DecodedValue,
  EvaluatedCondition,
  GranuleInfo,
  GranuleStateName,
  HashName,
  Hipas,
  Mapping,
  MecContextInfo,
  RealmInfo,
  RealmStateName,
  RecInfo,
  Ripas,
  RtteInfo,
  RttWalk,
} from './inspect/types';
