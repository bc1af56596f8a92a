/** Requests to the adapter, through the extension. */
import type { CustomRequests } from '../../../debug-adapter/protocol';
import type { PanelRequest, ToExtension, ToPanel } from '../messages';

interface CodeApi {
  postMessage(message: ToExtension): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): CodeApi;

export interface Extension {
  post(message: ToExtension): void;
  ask<N extends PanelRequest>(request: N, args: CustomRequests[N]['arguments']): Promise<CustomRequests[N]['response']>;
  /** What the panel looked at when it was last closed or hidden. */
  readonly saved: unknown;
  save(state: unknown): void;
}

type Notice = Extract<ToPanel, { type: 'status' | 'reveal' }>;

/** Connects to the extension. `listener` gets what is not an answer. */
export function connect(listener: (notice: Notice) => void): Extension {
  const api = acquireVsCodeApi();
  const waiting = new Map<number, { resolve: (body: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  globalThis.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => {
    if (data.type === 'answer' || data.type === 'refusal') {
      const request = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.type === 'answer') request?.resolve(data.body as never);
      else request?.reject(new Error(data.message));
    } else if (data.type === 'status' || data.type === 'reveal') listener(data);
  });
  return {
    post: (message) => api.postMessage(message),
    ask: (request, args) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        api.postMessage({ type: 'ask', id: last, request, arguments: args } as ToExtension);
      }),
    saved: api.getState(),
    save: (state) => api.setState(state),
  };
}
