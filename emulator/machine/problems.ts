/** Named errors of the machine. */
import { Problem } from '../../attestation/problem';

export const snapshotVersion = (found: unknown, known: number): Problem =>
  new Problem({
    code: 'snapshot-version',
    what: `The snapshot has version ${String(found)}; this machine reads version ${known}.`,
    fix: 'Make it again with this version of Realmscope.',
    blame: 'usage',
  });

export const snapshotPlatform = (found: string, here: string): Problem =>
  new Problem({
    code: 'snapshot-platform',
    what: `The snapshot is of another platform ("${found}") than this machine ("${here}").`,
    fix: 'Restore it into a machine created with the same platform.',
    blame: 'usage',
  });

export const unknownPreset = (name: string, known: readonly string[]): Problem =>
  new Problem({
    code: 'platform-unknown',
    what: `There is no platform "${name}".`,
    fix: `Choose one of: ${known.join(', ')}.`,
    blame: 'usage',
  });
