/** stackTrace, source, loadedSources, exceptionInfo. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatReference } from '../address-space/address-space';
import { noSuchSource } from '../problems';
import { peOfThread, stoppedTarget } from '../session/running';
import { localPath } from '../session/sources';
import { stackEntries } from '../session/stacks';
import { type Session, targetOf } from '../session/state';
import { COMMAND_FIDS } from './command-document';
import { commandSource, HOST_SOURCE, sourceOfFile, virtualText } from './virtual-sources';

export function stackTrace(
  session: Session,
  args: DebugProtocol.StackTraceArguments,
): DebugProtocol.StackTraceResponse['body'] {
  const target = stoppedTarget(session, 'stackTrace');
  const pe = peOfThread(target, args.threadId);
  const entries = stackEntries(session, target, pe);
  const start = args.startFrame ?? 0;
  const wanted = entries.slice(start, args.levels ? start + args.levels : undefined);
  const lineShift = session.clientLinesFrom1 ? 0 : 1;
  const columnShift = session.clientColumnsFrom1 ? 0 : 1;
  const stackFrames = wanted.map((entry): DebugProtocol.StackFrame => {
    const known = [...session.frames].find(([, frame]) => frame.entry === entry)?.[0];
    const id = known ?? session.nextFrame++;
    session.frames.set(id, { pe, entry });
    return {
      id,
      name: entry.name,
      ...(entry.source ? { source: entry.source } : {}),
      line: Math.max(0, entry.line - lineShift),
      column: Math.max(0, (entry.column || 1) - columnShift),
      ...(entry.instruction === undefined
        ? {}
        : { instructionPointerReference: formatReference({ space: { kind: 'focus' }, address: entry.instruction }) }),
      presentationHint: entry.hint,
    };
  });
  return { stackFrames, totalFrames: entries.length };
}

export function source(session: Session, args: DebugProtocol.SourceArguments): DebugProtocol.SourceResponse['body'] {
  const target = targetOf(session, 'source');
  const reference = args.source?.sourceReference ?? args.sourceReference;
  if (!reference) throw noSuchSource(reference);
  return { content: virtualText(target.machine, session.documents, reference), mimeType: 'text/plain' };
}

export function loadedSources(session: Session): DebugProtocol.LoadedSourcesResponse['body'] {
  const { target } = session;
  if (!target) return { sources: [] };
  const files = target.images.flatMap(({ program, sources }) =>
    [...program.lines.byFile.keys()].map((file) => sourceOfFile(file, localPath(sources, file))),
  );
  const commands = COMMAND_FIDS.map((fid) => commandSource(fid)).filter((each) => each !== undefined);
  return { sources: [...files, ...(target.host ? [HOST_SOURCE] : []), ...commands] };
}

export function exceptionInfo(session: Session): DebugProtocol.ExceptionInfoResponse['body'] {
  stoppedTarget(session, 'exceptionInfo');
  const exception = session.stop?.exception;
  if (!exception)
    return { exceptionId: 'none', breakMode: 'always', description: 'The guest did not stop on an exception.' };
  // VS Code's exception widget shows the description alone; a stack trace does not belong there.
  const lines = new Set([exception.text, ...(exception.details.includes('\n') ? [] : [exception.details])]);
  return {
    exceptionId: exception.id,
    description: [...lines].join(' · '),
    breakMode: 'always',
    details: { message: exception.details, typeName: exception.id },
  };
}
