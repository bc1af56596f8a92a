/** Where the guest was when it last left for EL2: what to tell a person whose guest was stopped. */
import { formatAddress } from '../format';
import type { ElfImage } from '../host/image/image';
import { subscribe } from '../machine/event-ring';
import type { Machine } from '../machine/machine';

export interface Whereabouts {
  /** The PC; undefined before the first exit. */
  pc(): bigint | undefined;
  end(): void;
}

/** `exception` words: fromEl, toEl, esr, far, elr. */
const FROM_EL = 0;
const TO_EL = 1;
const ELR = 4;

export function watchWhereabouts(machine: Machine): Whereabouts {
  let pc: bigint | undefined;
  const end = subscribe(
    machine.events,
    ({ words }) => {
      if (words[TO_EL] === 2n && (words[FROM_EL] ?? 2n) < 2n) pc = words[ELR];
    },
    ['exception'],
  );
  return { pc: () => pc, end };
}

/** `main+0x10 (0x8000_0123)`, or the address alone where the image has no symbol for it. */
export function describePc(image: ElfImage, pc: bigint): string {
  let best: { readonly name: string; readonly address: bigint; readonly size: number } | undefined;
  for (const symbol of image.symbols) {
    if (symbol.kind === 'object' || symbol.address > pc) continue;
    if (symbol.size > 0 && pc >= symbol.address + BigInt(symbol.size)) continue;
    if (best === undefined || symbol.address >= best.address) best = symbol;
  }
  if (best === undefined) return formatAddress(pc);
  const offset = pc - best.address;
  return `${best.name}${offset === 0n ? '' : `+0x${offset.toString(16)}`} (${formatAddress(pc)})`;
}
