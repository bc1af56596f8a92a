/** Commands of the Debug Console, beside expressions. */

import { evaluationLines, listRealms, predictCall } from '../../emulator/rmm/inspect';
import { parseExpression } from '../../language/expression/parse';
import { FOCUS, type Reference } from '../address-space/address-space';
import { explainAt, lastFaultText, textOfExplanation } from '../custom/explain';
import { granule } from '../custom/granule';
import { showHex, showSize } from '../format';
import { readPrefix } from '../memory/resolve';
import { CUSTOM_REQUESTS } from '../protocol';
import { mecidText, realmTitle } from '../variables/realms';
import { evaluate, integer, spaceNamed } from './evaluate';
import type { Place } from './names';

const HELP = [
  'Expressions are those of C: variables, members, pointers, arithmetic. Also:',
  '  $x0  sp  $ELR_EL1         a register of the selected frame, or a system register',
  '  pa:0x9000_0000            memory at a physical address; likewise ipa:, va:, bus:',
  'Commands:',
  '  help                      this text',
  '  x ADDRESS [COUNT]         dump memory; ADDRESS is an expression, with pa:, ipa:, va: or bus: where wanted',
  '  granule PA                who owns a granule',
  '  realms                    the Realms there are',
  '  explain [ADDRESS] [read|write|execute]',
  '                            each stage of an access and why it faults; without an address the last fault',
  '  command                   the command of the selected frame, stage by stage, with the values compared',
  'Custom requests of this adapter:',
  ...Object.entries(CUSTOM_REQUESTS).map(([name, summary]) => `  ${name.padEnd(24)}  ${summary}`),
].join('\n');

/** The answer of a command, or undefined when the text is none. */
export function replCommand(place: Place, text: string): string | undefined {
  const [word, ...rest] = text.split(/\s+/);
  const { session, target } = place;
  switch (word) {
    case 'help':
    case '?':
      return HELP;
    case 'realms': {
      const realms = listRealms(target.machine);
      return realms.length === 0
        ? 'No Realm exists yet.'
        : realms
            .map(
              (realm) =>
                `${realmTitle(target.machine, realm)}: RD ${showHex(realm.rd)}, ${realm.state}, VMID ${realm.vmid}, MECID ${mecidText(realm)}`,
            )
            .join('\n');
    }
    case 'granule': {
      if (rest.length === 0) return 'granule needs a physical address: granule 0x9000_0000';
      const address = integer(evaluate(place, parseExpression(rest.join(' ').replace(/^pa:/, ''))));
      const card = granule(session, { pa: `0x${BigInt.asUintN(64, address).toString(16)}` });
      return [
        card.sentence,
        ...card.gpt.map((step) => `  GPT level ${step.level}: ${step.descriptor} ${step.meaning}`),
        ...card.mappings.map(
          (each) => `  mapped at IPA ${each.ipa} of ${each.realm}, level ${each.level} ${each.hipas}`,
        ),
      ].join('\n');
    }
    case 'explain':
      return rest.length === 0 ? lastFaultText(target.machine) : explainWords(place, rest);
    case 'command':
      return rest.length === 0 ? callText(place) : undefined;
    case 'x':
      return rest.length === 0 ? 'x needs an address: x sp 64, x pa:0x9000_0000' : dump(place, rest);
    default:
      return undefined;
  }
}

/** `explain ipa:0x4000_0000 write`. */
function explainWords(place: Place, words: readonly string[]): string {
  const access = (['read', 'write', 'execute'] as const).find((each) => each === words.at(-1));
  const asked = (access === undefined ? words : words.slice(0, -1)).join(' ');
  if (asked === '')
    return `explain ${access} needs an address: explain sp ${access}, explain ipa:0x4000_0000 ${access}`;
  const expression = parseExpression(asked);
  const inSpace = expression.kind === 'space';
  const address = BigInt.asUintN(64, integer(evaluate(place, inSpace ? expression.operand : expression)));
  const space = inSpace ? spaceNamed(place, expression.space, address) : FOCUS;
  return textOfExplanation(explainAt(place, access === undefined ? {} : { access }, { space, address }));
}

/** The call of the selected frame, else the innermost one of the PE. */
function callText(place: Place): string {
  const { machine } = place.target;
  const { guestFrames, frames, finished } = machine.rmm;
  const call = place.entry?.call ?? (guestFrames[place.pe] ?? frames[place.pe] ?? finished[place.pe])?.call;
  const evaluation = call === undefined ? null : predictCall(machine, call);
  return evaluation === null ? 'No command was called so far.' : evaluationLines(evaluation).join('\n');
}

const MAX_DUMP = 4096;

function dump(place: Place, words: readonly string[]): string {
  const last = words.at(-1)!;
  const counted = words.length > 1 && /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(last);
  const count = Math.min(counted ? Number(last) : 64, MAX_DUMP);
  const expression = parseExpression((counted ? words.slice(0, -1) : words).join(' '));
  const inSpace = expression.kind === 'space';
  const address = integer(evaluate(place, inSpace ? expression.operand : expression));
  const space = spaceNamed(place, inSpace ? expression.space : 'va', address);
  const reference: Reference = { space, address: BigInt.asUintN(64, address) };
  const bytes = readPrefix(place, reference, count);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const digits = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${showHex(reference.address + BigInt(at))}  ${digits.padEnd(47)}  ${text}`);
  }
  if (bytes.length < count)
    lines.push(
      `${showHex(reference.address + BigInt(bytes.length))}  cannot be read (${showSize(count - bytes.length)} missing)`,
    );
  return lines.join('\n');
}
