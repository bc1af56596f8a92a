/** Commands of the Debug Console, beside expressions. */

import { listRealms } from '../../emulator/rmm/inspect';
import { parseExpression } from '../../language/expression/parse';
import type { Reference } from '../address-space/address-space';
import { granule } from '../custom/granule';
import { showHex, showSize } from '../format';
import { readPrefix } from '../memory/resolve';
import { CUSTOM_REQUESTS } from '../protocol';
import { realmTitle } from '../variables/realms';
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
                `${realmTitle(target.machine, realm)}: RD ${showHex(realm.rd)}, ${realm.state}, VMID ${realm.vmid}, MECID ${realm.mecid}`,
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
    case 'x':
      return rest.length === 0 ? 'x needs an address: x sp 64, x pa:0x9000_0000' : dump(place, rest);
    default:
      return undefined;
  }
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
