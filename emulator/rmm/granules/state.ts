/** Granule states (RMM 1.0 A2.2), numbered as the tracking array stores them. */
export const GranuleState = { Undelegated: 0, Delegated: 1, Rd: 2, Rec: 3, RecAux: 4, Data: 5, Rtt: 6 } as const;
export type GranuleState = (typeof GranuleState)[keyof typeof GranuleState];

/** The specification's names, in the order of the numbers. */
export const GRANULE_STATE_NAMES = ['UNDELEGATED', 'DELEGATED', 'RD', 'REC', 'REC_AUX', 'DATA', 'RTT'] as const;
