/** The symbol table of an ELF file, sorted for look-ups. */
import type { ElfMapping, ElfSection, ElfSymbol, ElfSymbolKind } from './image';
import { stringAt } from './strings';

const SHT_SYMTAB = 2;
const SYMBOL_SIZE = 24;
const SHN_UNDEF = 0;
/** Section numbers from here on are reserved: SHN_ABS (constants of the linker script), SHN_COMMON. */
const SHN_LORESERVE = 0xff00;
const SHN_ABS = 0xfff1;

/** STT_NOTYPE, STT_OBJECT, STT_FUNC; every other type (sections, files, TLS) is not shown to a user. */
const KINDS: Readonly<Record<number, ElfSymbolKind>> = { 0: 'label', 1: 'object', 2: 'function' };

const byAddress = (a: { address: bigint }, b: { address: bigint }): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;

/** Reads every SHT_SYMTAB section. A table that is cut off in the middle of an entry loses that entry only. */
export function readSymbols(sections: readonly ElfSection[]): { symbols: ElfSymbol[]; mappings: ElfMapping[] } {
  const symbols: ElfSymbol[] = [];
  const mappings: ElfMapping[] = [];
  for (const table of sections) {
    if (table.type !== SHT_SYMTAB || table.compressed) continue;
    const names = sections[table.link]?.bytes ?? new Uint8Array(0);
    const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
    for (let at = SYMBOL_SIZE; at + SYMBOL_SIZE <= table.bytes.length; at += SYMBOL_SIZE) {
      const section = view.getUint16(at + 6, true);
      if (section === SHN_UNDEF || (section >= SHN_LORESERVE && section !== SHN_ABS)) continue;
      const info = view.getUint8(at + 4);
      const kind = KINDS[info % 16];
      const name = kind && stringAt(names, view.getUint32(at, true));
      if (!kind || !name) continue;
      const address = view.getBigUint64(at + 8, true);
      if (/^\$[xd](\.|$)/.test(name)) mappings.push({ address, kind: name[1] === 'x' ? 'code' : 'data' });
      else if (!name.startsWith('$')) {
        const size = view.getBigUint64(at + 16, true);
        symbols.push({ name, kind, address, size: size > 0xffff_ffffn ? 0 : Number(size), global: info >= 16 });
      }
    }
  }
  symbols.sort((a, b) => byAddress(a, b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  mappings.sort(byAddress);
  return { symbols, mappings };
}
