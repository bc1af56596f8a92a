/** Bytes of a file that are enough to tell what it is. */
export const ELF_HEADER_SIZE = 20;

/**
 * Whether a file is something to debug as a Realm guest: 64-bit little-endian ELF for AArch64, executable or
 * position-independent. The adapter reads the rest and says what is wrong with it.
 */
export function isGuestElf(header: Uint8Array): boolean {
  if (header.length < ELF_HEADER_SIZE) return false;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const type = view.getUint16(16, true);
  return (
    view.getUint32(0) === 0x7f454c46 && // \x7fELF
    view.getUint8(4) === 2 && // ELFCLASS64
    view.getUint8(5) === 1 && // ELFDATA2LSB
    (type === 2 || type === 3) && // ET_EXEC, ET_DYN
    view.getUint16(18, true) === 183 // EM_AARCH64
  );
}

/**
 * Guests in the order in which F5 should offer them: those nearest to the file being edited first, then by path.
 * Paths are absolute with forward slashes.
 */
export function orderGuests(guests: readonly string[], activeFile: string | undefined): string[] {
  return [...guests].sort((a, b) => distance(a, activeFile) - distance(b, activeFile) || a.localeCompare(b, 'en'));
}

/** Folders to go up from the active file and down again to reach the guest. */
function distance(guest: string, activeFile: string | undefined): number {
  if (activeFile === undefined) return 0;
  const from = activeFile.split('/').slice(0, -1);
  const to = guest.split('/').slice(0, -1);
  let common = 0;
  while (common < Math.min(from.length, to.length) && from[common] === to[common]) common++;
  return from.length - common + to.length - common;
}

/** The guests that are as near as the nearest. More than one: the user chooses. */
export function nearestGuests(guests: readonly string[], activeFile: string | undefined): string[] {
  const ordered = orderGuests(guests, activeFile);
  const best = ordered[0];
  if (best === undefined) return [];
  return ordered.filter((guest) => distance(guest, activeFile) === distance(best, activeFile));
}
