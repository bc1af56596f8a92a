/** The Host of real code that a launch configuration describes: its files, read and named. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ElfImage, readElf } from '../../emulator/host/image/elf';
import type { HostFile, HostImageConfig, Poke } from '../../emulator/machine/boot/config';
import { parseAddress, parseFilePlace, parsePoke } from '../../emulator/machine/boot/notation';
import { badAttribute, programMissing } from '../problems';
import type { LaunchConfiguration } from './launch-configuration';
import { clientPath } from './sources';

const ELF_MAGIC = 0x7f45_4c46;

const isElf = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) === ELF_MAGIC;

/** The bytes of a file that an attribute names. @throws Problem `program-missing` */
export function readProgram(path: string, attribute: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    throw programMissing(path, reasons[code ?? ''] ?? String(code), attribute);
  }
}

function fileOf(attribute: 'host' | 'load', text: string): HostFile {
  const place = parseFilePlace(text);
  if (place === undefined) throw badAttribute(attribute, text, 'FILE@ADDR, such as realm.bin@0x90000000');
  const name = resolve(clientPath(place.name));
  return { ...place, name, bytes: readProgram(name, attribute) };
}

function pokeOf(text: string): Poke {
  const poke = parsePoke(text);
  if (poke === undefined) throw badAttribute('poke', text, 'ADDR=WORD, such as 0x80000000=0x1234');
  return poke;
}

/** `elf`: the image with its symbols, when it is an ELF file that lies where it was linked. */
export function hostImageOf({ host = '', load, entry, poke, resetLimit }: LaunchConfiguration): {
  readonly hostImage: HostImageConfig;
  readonly elf: ElfImage | undefined;
  readonly path: string;
} {
  const image = fileOf('host', host);
  const start = entry === undefined ? undefined : parseAddress(entry);
  if (entry !== undefined && start === undefined) throw badAttribute('entry', entry, 'an address of up to 52 bits');
  const hostImage: HostImageConfig = {
    image,
    loads: load.map((text) => fileOf('load', text)),
    pokes: poke.map(pokeOf),
    ...(start === undefined ? {} : { entry: start }),
    ...(resetLimit === undefined ? {} : { resetLimit }),
  };
  return { hostImage, elf: isElf(image.bytes) ? readElf(image.bytes, image.name) : undefined, path: image.name };
}
