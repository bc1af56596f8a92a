/** The built-in VMM as the rest of the machine and its users see it. */
export { DEFAULT_CHALLENGE, type HostConfig, type HostRealmConfig } from './config';
export { createHost, hostOutcome, hostTokens, restoreHost, saveHost } from './create';
export { type HostFrame, hostFrames, hostListing } from './frames';
export { type HostLayout, layOut, type RealmLayout } from './layout';
export { predictRim, predictSteps } from './predict';
export { stepHost, stepScript } from './seat';
export type { HostOutcome, HostState } from './state';
