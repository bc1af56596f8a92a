/** The scopes of a frame, by the world it is in. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Place } from '../evaluate/names';
import { frameOf } from '../session/stacks';
import { type Session, targetOf } from '../session/state';
import { callNode } from './call';
import { gptNode } from './gpt';
import { granulesNode } from './granules';
import { isGone, referenceOf, variablesOf } from './handles';
import { localNodes } from './locals';
import { mecNode } from './mec';
import type { Node } from './node';
import { realmsNode } from './realms';
import { registersNode } from './registers';
import { rttNode } from './rtt';
import { systemRegistersNode } from './system-registers';

interface ScopeRow {
  readonly name: string;
  readonly hint?: DebugProtocol.Scope['presentationHint'];
  /** Costs more than a glance: the client asks only when opened. */
  readonly expensive: boolean;
  readonly node: (place: Place) => Node | undefined;
}

const root = (name: string, children: () => readonly Node[]): Node => ({ name, value: '', children });

/** In the order shown. A scope that has nothing to say about a frame is left out. */
const SCOPES: readonly ScopeRow[] = [
  {
    name: 'Locals',
    hint: 'locals',
    expensive: false,
    node: (place) => (place.entry?.guest?.level ? root('Locals', () => localNodes(place)) : undefined),
  },
  { name: 'Call', hint: 'arguments', expensive: false, node: callNode },
  { name: 'Registers', hint: 'registers', expensive: false, node: registersNode },
  { name: 'System registers', hint: 'registers', expensive: true, node: systemRegistersNode },
  { name: 'Granules', expensive: true, node: granulesNode },
  { name: 'Realms', expensive: true, node: realmsNode },
  { name: 'RTT', expensive: true, node: rttNode },
  { name: 'GPT', expensive: true, node: gptNode },
  { name: 'MEC', expensive: true, node: mecNode },
];

/** Scopes about the machine as a whole have the same identity in every frame: their tree stays open. */
const MACHINE_WIDE = new Set(['Realms', 'RTT', 'GPT', 'MEC', 'System registers']);

/**
 * A frame of an earlier stop has no scopes: clients that ask late (VS Code after two quick steps) show a refusal as an
 * error although nothing is wrong.
 */
export function scopes(session: Session, args: DebugProtocol.ScopesArguments): DebugProtocol.ScopesResponse['body'] {
  const target = targetOf(session, 'scopes');
  const wasThere = args.frameId > 0 && args.frameId < session.nextFrame;
  if (wasThere && !session.frames.has(args.frameId)) return { scopes: [] };
  const { pe, entry } = frameOf(session, args.frameId);
  session.focus = args.frameId;
  const place: Place = { session, target, pe, entry };
  return {
    scopes: SCOPES.flatMap((row) => {
      const node = row.node(place);
      if (!node) return [];
      const key = MACHINE_WIDE.has(row.name) ? row.name : `${row.name}:${pe}:${entry.key}`;
      const variablesReference = referenceOf(session.handles, 0, { ...node, key });
      return [
        {
          name: row.name,
          variablesReference,
          expensive: row.expensive,
          ...(row.hint ? { presentationHint: row.hint } : {}),
          ...(node.elements ? { indexedVariables: node.elements.count } : {}),
        },
      ];
    }),
  };
}

export function variables(
  session: Session,
  args: DebugProtocol.VariablesArguments,
): DebugProtocol.VariablesResponse['body'] {
  targetOf(session, 'variables');
  // Asked of a guest that runs, or of something that is gone: as with scopes, there is nothing to show.
  if (session.status === 'running' || isGone(session.handles, args.variablesReference)) return { variables: [] };
  return { variables: variablesOf(session.handles, args.variablesReference, args.start ?? 0, args.count ?? 0) };
}
