/**
 * The custom requests and events of the adapter: what DAP has no word for. Any DAP client may use them; the panels of the
 * extension do. Requests may be sent while the guest runs: the answer is of the last slice boundary.
 */
import type { CommandsResponse, ConsoleArguments, ConsoleResponse } from './commands';
import type { Generation } from './common';
import type { ExplainArguments, ExplainResponse } from './explain';
import type { GranuleArguments, GranuleResponse, MemoryMapArguments, MemoryMapResponse } from './memory-map';
import type { ContextsResponse, GptArguments, GptResponse, RealmsResponse, RttArguments, RttResponse } from './tables';

/** Arguments and answer by request name. */
export interface CustomRequests {
  'cca/memoryMap': { arguments: MemoryMapArguments; response: MemoryMapResponse };
  'cca/granule': { arguments: GranuleArguments; response: GranuleResponse };
  'cca/realms': { arguments: Record<string, never>; response: RealmsResponse };
  'cca/gpt': { arguments: GptArguments; response: GptResponse };
  'cca/rtt': { arguments: RttArguments; response: RttResponse };
  'cca/contexts': { arguments: Record<string, never>; response: ContextsResponse };
  'cca/explain': { arguments: ExplainArguments; response: ExplainResponse };
  'cca/commands': { arguments: Record<string, never>; response: CommandsResponse };
  'cca/console': { arguments: ConsoleArguments; response: ConsoleResponse };
}

export type CustomRequestName = keyof CustomRequests;

/** One line a request, for the documentation and for the answer to an unknown request. */
export const CUSTOM_REQUESTS: Readonly<Record<CustomRequestName, string>> = {
  'cca/memoryMap': 'Physical memory as run-length coded cells by PAS, granule state, Realm or MECID.',
  'cca/granule': 'Everything known about one granule: state, GPT path, owner, encryption context, mappings.',
  'cca/realms': 'Every Realm with its RECs, measurements and properties, as rows of a tree.',
  'cca/gpt': 'GPT entries that cover a stretch of physical memory, as runs.',
  'cca/rtt': 'Entries of one RTT of a Realm, as runs.',
  'cca/contexts': 'MECIDs in use, their owners and the state of their encryption contexts.',
  'cca/explain': 'Why an access faults, or what it would reach: each stage with its descriptors; or the last fault.',
  'cca/commands': 'Every RMI, RSI and PSCI command, and which have breakpoints.',
  'cca/console': "The Realm's console output so far.",
};

/** Event `cca/changed`: what the panels show is out of date. Sent when the guest is resumed, at every stop, and at the end. */
export interface ChangedEventBody {
  readonly generation: Generation;
  /** `running`: the guest was resumed; `ended`: the last answers stay true as of now. */
  readonly reason: 'stopped' | 'running' | 'ended';
}

export const CHANGED_EVENT = 'cca/changed';
