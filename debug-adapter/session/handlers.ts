/** Every request by its name. A request that is not here is answered with an error. */
import {
  breakpointLocations,
  setBreakpoints,
  setExceptionBreakpoints,
  setFunctionBreakpoints,
  setInstructionBreakpoints,
} from '../breakpoints/set';
import { commands, consoleText } from '../custom/commands';
import { contexts } from '../custom/contexts';
import { explain } from '../custom/explain';
import { granule } from '../custom/granule';
import { memoryMap } from '../custom/memory-map';
import { gpt, realms, rtt } from '../custom/tables';
import { completions, evaluateRequest } from '../evaluate/requests';
import { disassembleRequest, readMemory } from '../memory/requests';
import { exceptionInfo, loadedSources, source, stackTrace } from '../stack/requests';
import { scopes, variables } from '../variables/scopes';
import { attach, configurationDone, disconnect, initialize, launch, restart, terminateRequest } from './lifecycle';
import { continueRequest, pause, stepRequest, threads } from './running';
import type { Handler } from './state';

export const HANDLERS: Readonly<Record<string, Handler>> = {
  initialize,
  launch,
  attach,
  configurationDone,
  restart,
  terminate: terminateRequest,
  disconnect,
  setBreakpoints,
  setFunctionBreakpoints,
  setInstructionBreakpoints,
  setExceptionBreakpoints,
  breakpointLocations,
  continue: continueRequest,
  next: stepRequest('over', 'next'),
  stepIn: stepRequest('in', 'stepIn'),
  stepOut: stepRequest('out', 'stepOut'),
  pause,
  threads,
  stackTrace,
  source,
  loadedSources,
  exceptionInfo,
  scopes,
  variables,
  evaluate: evaluateRequest,
  completions,
  readMemory,
  disassemble: disassembleRequest,
  'cca/memoryMap': memoryMap,
  'cca/granule': granule,
  'cca/realms': realms,
  'cca/gpt': gpt,
  'cca/rtt': rtt,
  'cca/contexts': contexts,
  'cca/explain': explain,
  'cca/commands': commands,
  'cca/console': consoleText,
};
