import type { ChangedEventBody } from '../../debug-adapter/protocol';

/** What every view and panel shows, in the words of the panels. */
export type SessionState = 'none' | 'starting' | 'running' | 'stopped' | 'ended';

export interface SessionStatus {
  readonly state: SessionState;
  /** Name of the debug session, for titles and for "session ended". */
  readonly name: string;
  /** Grows whenever what was shown is out of date. */
  readonly generation: number;
}

export const NO_SESSION: SessionStatus = { state: 'none', name: '', generation: 0 };

/** The status after a `cca/changed` event. */
export function afterChange(status: SessionStatus, body: ChangedEventBody): SessionStatus {
  const state = body.reason === 'running' ? 'running' : body.reason === 'ended' ? 'ended' : 'stopped';
  return { ...status, state, generation: body.generation };
}
