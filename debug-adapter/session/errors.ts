/** From whatever was thrown to what a DAP client is told. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Problem } from '../../attestation/problem';
import { errorId } from '../problems';

/** The sentence for a user. */
export function messageOfError(error: unknown): string {
  if (error instanceof Problem) return capitalised(error.message);
  return `Internal error: ${error instanceof Error ? error.message : String(error)}`;
}

const capitalised = (text: string): string => (/^[a-z]+ /.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text);

/**
 * The error of a response. Only what the user can mend in the launch configuration or the guest is shown in a dialog;
 * the rest goes to where the request came from.
 */
export function errorMessage(error: unknown, command: string): DebugProtocol.Message {
  const isProblem = error instanceof Problem;
  return {
    id: isProblem ? errorId(error.code) : 1,
    format: '{text}',
    variables: { text: messageOfError(error) },
    showUser: command === 'launch' || command === 'attach' || !isProblem,
  };
}

/** What a log needs of an unexpected error. */
export const detailsOfError = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
