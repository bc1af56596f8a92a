/** Options that put a Host of real code into the machine. */
import type { HostFile, HostImageConfig, Poke } from '../../emulator/machine/boot/config';
import { readInput } from '../files';
import { numberOption, type OptionRow, type ParsedOptions } from '../options';
import { badOptionValue, needsOption } from '../problems';

export const HOST_IMAGE = '--host-image';
const LARGEST_ADDRESS = 2 ** 52 - 1;
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

const addressIn = (text: string): number | undefined => {
  const plain = text.replaceAll('_', '');
  const value = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(plain) ? Number(plain) : Number.NaN;
  return Number.isSafeInteger(value) && value <= LARGEST_ADDRESS ? value : undefined;
};

/** `FILE@ADDR`, or a file alone. An `@` that no number follows belongs to the file's name. */
function fileOption(text: string): HostFile {
  const at = text.lastIndexOf('@');
  const behind = at < 0 ? '' : text.slice(at + 1);
  const address = at < 0 ? undefined : addressIn(behind);
  if (address === undefined && /^(0x|[0-9])/.test(behind)) {
    throw badOptionValue('FILE@ADDR', text, 'an address of up to 52 bits, such as 0x88000000');
  }
  const name = address === undefined ? text : text.slice(0, at);
  return { name, bytes: readInput(name), ...(address === undefined ? {} : { address }) };
}

const WORD_FORM = 'ADDR=WORD, such as 0x80000000=0x1234 or 0x80000000=0x0000000000001234 for 64 bits';

function pokeOption(text: string): Poke {
  const [, at = '', word = ''] = /^([^=]+)=(0x[0-9a-fA-F_]+|[0-9_]+)$/.exec(text) ?? [];
  const address = addressIn(at);
  const plain = word.replaceAll('_', '');
  if (address === undefined || plain === '') throw badOptionValue('--poke', text, WORD_FORM);
  const value = BigInt(plain);
  const digits = plain.startsWith('0x') ? plain.length - 2 : 0;
  const size = digits > 8 || value >= 2n ** 32n ? 8 : 4;
  if (value >= 2n ** 64n || digits > 16) throw badOptionValue('--poke', text, WORD_FORM);
  return { address, value, size };
}

/**
 * The Host that the options describe; undefined without `--host-image`.
 * @throws Problem when an option of it is given without, and when a value or a file is bad
 */
export function hostImageOf(options: ParsedOptions): HostImageConfig | undefined {
  const image = options.values.get(HOST_IMAGE);
  if (image === undefined) {
    const alone = [...HOST_OPTIONS, ...HOST_OUTPUT_OPTIONS].find(({ name }) => options.values.has(name));
    if (alone !== undefined) throw needsOption(alone.name, HOST_IMAGE);
    return undefined;
  }
  const entry = options.values.get('--entry');
  const address = entry === undefined ? undefined : addressIn(entry);
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
