/**
 * The transport of `@vscode/debugadapter`. Its session class is left out on purpose: it answers requests nobody handles
 * with success, where an error is owed.
 */
export { Event, Response } from '@vscode/debugadapter/lib/messages';
export { ProtocolServer } from '@vscode/debugadapter/lib/protocol';
