/** Every message between the extension and its panels, declared once. */
import type { CustomRequests } from '../../debug-adapter/protocol';
import type { SessionStatus } from '../debug/session-state';

/** What a panel may ask the adapter, through the extension. */
export const PANEL_REQUESTS = ['cca/memoryMap', 'cca/granule', 'cca/realms', 'cca/gpt'] as const;
export type PanelRequest = (typeof PANEL_REQUESTS)[number];

export type AskMessage = {
  [N in PanelRequest]: {
    readonly type: 'ask';
    /** Comes back with the answer. */
    readonly id: number;
    readonly request: N;
    readonly arguments: CustomRequests[N]['arguments'];
  };
}[PanelRequest];

/** Commands of the extension that a panel offers as a button. */
export type PanelCommand = 'startAttestSample' | 'showAdapterLog';

export type ToExtension =
  /** The panel's script runs and wants the status. */
  | { readonly type: 'ready' }
  | AskMessage
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'command'; readonly command: PanelCommand };

export type ToPanel =
  | { readonly type: 'status'; readonly status: SessionStatus }
  | { readonly type: 'answer'; readonly id: number; readonly body: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly message: string }
  /** Show and select the granule at this PA. */
  | { readonly type: 'reveal'; readonly pa: string };
