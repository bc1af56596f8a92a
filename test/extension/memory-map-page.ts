/** Stands in for VS Code around the memory ownership map: runs in the browser before the panel's own script. */
import type { ToExtension, ToPanel } from '../../extension/webview/messages';
import { FakeMachine } from './fake-machine';

const machine = new FakeMachine();
let state: unknown;
const posted: ToExtension[] = [];
const send = (message: ToPanel) => queueMicrotask(() => window.postMessage(message, '*'));

Object.assign(globalThis, {
  posted,
  machine,
  send,
  acquireVsCodeApi: () => ({
    getState: () => state,
    setState(next: unknown) {
      state = next;
    },
    postMessage(message: ToExtension) {
      posted.push(message);
      if (message.type !== 'ask') return;
      try {
        send({ type: 'answer', id: message.id, body: machine.answer(message.request, message.arguments as never) });
      } catch (error) {
        send({ type: 'refusal', id: message.id, message: String(error) });
      }
    },
  }),
});
