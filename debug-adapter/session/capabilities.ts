/** What the adapter can do. Every line has a handler and a test; a table test keeps it so. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { EXCEPTION_FILTERS } from '../breakpoints/exception-filters';

export const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsBreakpointLocationsRequest: true,
  supportsExceptionFilterOptions: false,
  exceptionBreakpointFilters: EXCEPTION_FILTERS.map((filter) => ({ ...filter })),
  supportsExceptionInfoRequest: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['.', '$', ':'],
  supportsSteppingGranularity: true,
  supportsDelayedStackTraceLoading: true,
  supportsDisassembleRequest: true,
  supportsReadMemoryRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportsLoadedSourcesRequest: true,
};
