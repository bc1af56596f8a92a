/** All attacks, in the order they are listed in docs/attacks.md. */
import type { AttackGroup } from './attack';
import { ALIASING } from './host/aliasing';
import { ENTRY } from './host/entry';
import { EXITS } from './host/exits';
import { FORGED_GIC } from './host/gic';
import { MEC } from './host/mec';
import { OWNERSHIP } from './host/ownership';
import { PSCI } from './host/psci';
import { RACES } from './host/races';
import { REMAPPING } from './host/remapping';
import { RIPAS } from './host/ripas';
import { TABLES } from './host/tables';
import { REUSE, VIEWS } from './host/views';
import { OPERANDS } from './operands';
import { REALM_COMMANDS } from './realm/commands';
import { REALM_INSTRUCTIONS } from './realm/instructions';
import { REALM_MEMORY } from './realm/memory';

export const ATTACKS: readonly AttackGroup[] = [
  ALIASING,
  REMAPPING,
  OWNERSHIP,
  VIEWS,
  REUSE,
  FORGED_GIC,
  TABLES,
  RIPAS,
  RACES,
  OPERANDS,
  ENTRY,
  EXITS,
  PSCI,
  MEC,
  REALM_COMMANDS,
  REALM_MEMORY,
  REALM_INSTRUCTIONS,
];
