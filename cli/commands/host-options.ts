/** Options that put a Host of real code into the machine. */
import type { HostFile, HostImageConfig, Poke } from '../../emulator/machine/boot/config';
import { parseAddress, parseFilePlace, parsePoke } from '../../emulator/machine/boot/notation';
import { readInput } from '../files';
import { numberOption, type OptionRow, type ParsedOptions } from '../options';
import { badOptionValue, contraryOptions, needsOption } from '../problems';
import { REALM_OPTIONS } from './realm-options';

export const HOST_IMAGE = '--host-image';
const MOST_RESETS = 1_000_000;

export const HOST_OPTIONS: readonly OptionRow[] = [
  {
    name: HOST_IMAGE,
    value: 'FILE[@ADDR]',
    summary: 'a Host of real code instead of the built-in one: A64, ELF or raw (raw: default 0x8800_0000)',
  },
  { name: '--load', value: 'FILE@ADDR', summary: 'another file into memory; may be repeated (ELF needs no address)' },
  { name: '--entry', value: 'ADDR', summary: 'where PE 0 starts (default: the entry of the image)' },
  {
    name: '--poke',
    value: 'ADDR=WORD',
    summary: 'a 32-bit word into memory, 64 bits when written with more than 8 hexadecimal digits; may be repeated',
  },
  { name: '--reset-limit', value: 'N', summary: 'system resets carried out before the run ends (default 1000)' },
];

/** What `run` shows of it. */
export const HOST_OUTPUT_OPTIONS: readonly OptionRow[] = [
  {
    name: '--uart',
    value: 'N=WHERE',
    summary: 'where UART N (0 to 3) of a Host image goes: stdout, none, or a file; may be repeated (default: stdout)',
  },
  { name: '--until', value: 'REGEX', summary: 'end well when a line that a shown UART prints matches' },
];

/** What only the built-in Host follows. */
const BUILT_IN_ONLY = [...REALM_OPTIONS.map(({ name }) => name), '--challenge', '--realms', '--token-out'];

/** `FILE@ADDR`, or a file alone. */
function fileOption(text: string): HostFile {
  const place = parseFilePlace(text);
  if (place === undefined) {
    throw badOptionValue('FILE@ADDR', text, 'an address of up to 52 bits, such as 0x88000000');
  }
  return { ...place, bytes: readInput(place.name) };
}

const WORD_FORM = 'ADDR=WORD, such as 0x80000000=0x1234 or 0x80000000=0x0000000000001234 for 64 bits';

function pokeOption(text: string): Poke {
  const poke = parsePoke(text);
  if (poke === undefined) throw badOptionValue('--poke', text, WORD_FORM);
  return poke;
}

/**
 * The Host that the options describe; undefined without `--host-image`.
 * @throws Problem when an option of it is given without, one of the built-in Host with it, and when a value or a file is bad
 */
export function hostImageOf(options: ParsedOptions): HostImageConfig | undefined {
  const image = options.values.get(HOST_IMAGE);
  if (image === undefined) {
    const alone = [...HOST_OPTIONS, ...HOST_OUTPUT_OPTIONS].find(({ name }) => options.values.has(name));
    if (alone !== undefined) throw needsOption(alone.name, HOST_IMAGE);
    return undefined;
  }
  const contrary = BUILT_IN_ONLY.find((name) => options.values.has(name) || options.switches.has(name));
  if (contrary !== undefined) throw contraryOptions(contrary, HOST_IMAGE);
  const entry = options.values.get('--entry');
  const address = entry === undefined ? undefined : parseAddress(entry);
  if (entry !== undefined && address === undefined) throw badOptionValue('--entry', entry, 'an address');
  const resetLimit = numberOption(options, '--reset-limit', 0, MOST_RESETS);
  return {
    image: fileOption(image),
    loads: (options.lists.get('--load') ?? []).map(fileOption),
    pokes: (options.lists.get('--poke') ?? []).map(pokeOption),
    ...(address === undefined ? {} : { entry: address }),
    ...(resetLimit === undefined ? {} : { resetLimit }),
  };
}
