/** The DAP endpoint: frames messages, finds the handler, and turns whatever happens into a response. */

import type { DebugProtocol } from '@vscode/debugprotocol';
import { Problem } from '../../attestation/problem';
import { unknownRequest } from '../problems';
import { terminate } from './end-of-run';
import { detailsOfError, errorMessage } from './errors';
import { HANDLERS } from './handlers';
import { tell } from './output';
import { Event, ProtocolServer, Response } from './protocol-server';
import { createSession, type Session } from './state';

export class Adapter extends ProtocolServer {
  private readonly session: Session;
  /** Events that a handler sent before its response: some clients want `initialized` after the answer. */
  private held: DebugProtocol.Event[] | undefined;
  /** Called when the client has disconnected or its stream has ended. */
  onClosed: () => void = () => {};

  constructor() {
    super();
    this.session = createSession((event, body) => this.emitEvent(event, body));
    this.on('close', () => this.onClosed());
    this.on('error', () => this.onClosed());
  }

  /** A defect outside any request: say so and end, instead of dying in silence. */
  fail(error: unknown): void {
    tell(this.session.send, `The debug adapter failed: ${detailsOfError(error)}`, 'important');
    terminate(this.session);
  }

  private emitEvent(event: string, body: object | undefined): void {
    const message = new Event(event, body);
    if (this.held) this.held.push(message);
    else this.sendEvent(message);
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const response: DebugProtocol.Response = new Response(request);
    this.held = [];
    try {
      const handler = Object.hasOwn(HANDLERS, request.command) ? HANDLERS[request.command] : undefined;
      if (!handler) throw unknownRequest(request.command);
      const body = handler(this.session, (request.arguments ?? {}) as never);
      if (body !== undefined) response.body = body;
    } catch (error) {
      if (!(error instanceof Problem))
        tell(this.session.send, `${request.command}: ${detailsOfError(error)}`, 'stderr');
      const message = errorMessage(error, request.command);
      response.success = false;
      response.message = message.variables?.['text'] ?? message.format;
      response.body = { error: message };
    }
    this.sendResponse(response);
    const held = this.held ?? [];
    this.held = undefined;
    for (const event of held) this.sendEvent(event);
    if (request.command === 'disconnect') this.onClosed();
  }
}
