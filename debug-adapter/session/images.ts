/** The images whose code a session knows: the Host's, when it is one, and the Realm guest's. */
import { Pas } from '../../emulator/memory/pas';
import type { Guest } from '../stack/guest';
import { openProgram, type Program } from '../symbols/program';
import { createSourceMap, type SourceMap } from './sources';

/** An image with its symbols, and the world its code runs in. */
export interface Image {
  readonly world: Guest['world'];
  readonly program: Program;
  readonly sources: SourceMap;
}

const nothing = new Uint8Array(0);

/** Code of which nothing is known: firmware, a raw image, a Realm whose ELF was not given. */
const unknownImage = (world: Guest['world']): Image => ({
  world,
  program: openProgram({
    name: '(no symbols)',
    entry: 0n,
    segments: [],
    sections: [],
    symbols: [],
    mappings: [],
    bytes: nothing,
  }),
  sources: createSourceMap('/', {}),
});

const UNKNOWN: Readonly<Record<Guest['world'], Image>> = {
  [Pas.Realm]: unknownImage(Pas.Realm),
  [Pas.NonSecure]: unknownImage(Pas.NonSecure),
};

/** The image whose code runs in a world; one without symbols when there is none. */
export const imageOf = (holder: { readonly images: readonly Image[] }, world: Guest['world']): Image =>
  holder.images.find((image) => image.world === world) ?? UNKNOWN[world];
