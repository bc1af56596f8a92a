/** Memory on demand: granules and tables for RAM that the Realm touches, given while it runs. */
import { formatAddress } from '../format';
import { BLOCK, PAGE } from './layout';
import type { HostBlock, ServiceCall } from './saved';
import { fault, type ServiceScope } from './scope';
import { down, tableSize, up } from './shape';
import { addPage, folded, foldedAt, tableAt, tableMade } from './tables';

const PAGES_OF_BLOCK = BLOCK / PAGE;

/** The next `count` free granules, from the first bank of memory and then from the second; undefined at its end. */
function takeGranules({ progress, host }: ServiceScope, count: number): number | undefined {
  const places = host.layout?.places;
  const align = count * PAGE;
  let at = up(progress.demand, align);
  if (places !== undefined && at < places.bank && at + align > places.end) at = up(bankStart(places.bank, host), align);
  const end = places === undefined || at < places.end ? places?.end : places.bankEnd;
  if (end !== undefined && at + align > end) return undefined;
  progress.demand = at + align;
  return at;
}

/** Shared memory may have taken the beginning of the second bank. */
function bankStart(bank: number, { layout }: ServiceScope['host']): number {
  const tops = layout?.realms.map(({ shared }) => (shared === undefined ? 0 : shared.pa + shared.size)) ?? [];
  return Math.max(bank, ...tops);
}

/** A page for the Realm, and the tables it needs. */
export function provide(scope: ServiceScope, page: number): void {
  const { progress, layout, own, realm } = scope;
  const tables = tableCalls(scope, down(page, BLOCK));
  const granule = granuleFor(scope, page);
  if (granule === undefined) {
    fault(own, `The guest touched ${formatAddress(page)}, and the Host has no memory left to give.`);
    return;
  }
  const text = `give the Realm a page at ${formatAddress(page)}`;
  progress.service.push(
    ...tables,
    { name: 'RMI_GRANULE_DELEGATE', args: [granule], effect: 'delegated', realm, text },
    { name: 'RMI_DATA_CREATE_UNKNOWN', args: [layout.rd, granule, page], effect: 'page', realm, text },
  );
}

/** With `fold`, the pages of a block lie in a block of memory, so that they become one when all are there. */
function granuleFor(scope: ServiceScope, page: number): number | undefined {
  const { layout, own } = scope;
  const block = down(page, BLOCK);
  if (!layout.fold || layout.leafTables.some(({ ipa }) => ipa === block)) return takeGranules(scope, 1);
  if (own.blocks[block] === undefined) {
    const pa = takeGranules(scope, PAGES_OF_BLOCK);
    if (pa === undefined) return takeGranules(scope, 1);
    own.blocks[block] = { pa, pages: 0 };
  }
  const { pa } = own.blocks[block] as HostBlock;
  return pa + (page - block);
}

/** Calls that make the tables which are missing down to the level 3 one of a block, upper ones first. */
export function tableCalls(scope: ServiceScope, block: number): ServiceCall[] {
  const { layout, own, realm } = scope;
  return [0, 1, 2, 3]
    .filter((level) => level > layout.startLevel)
    .flatMap((level) => {
      const ipa = down(block, tableSize(level));
      if (tableAt(own, ipa, level) !== undefined) return [];
      const spare = foldedAt(own, ipa, level)?.pa ?? own.spare.pop();
      const granule = spare ?? takeGranules(scope, 1) ?? 0;
      const text = `create level ${level} RTT for ${formatAddress(ipa)}`;
      const create: ServiceCall = {
        name: 'RMI_RTT_CREATE',
        args: [layout.rd, granule, ipa, level],
        effect: 'table',
        realm,
        text,
      };
      if (spare !== undefined) return [create];
      return [{ name: 'RMI_GRANULE_DELEGATE', args: [granule], effect: 'delegated', realm, text }, create];
    });
}

/** A call that gave or folded memory has succeeded. */
export function memoryDone(scope: ServiceScope, call: ServiceCall): void {
  const { own } = scope;
  const [first = 0, second = 0, third = 0, fourth = 0] = call.args;
  if (call.effect === 'delegated') own.delegated.push(first);
  else if (call.effect === 'table') tableMade(own, { pa: second, ipa: third, level: fourth });
  else if (call.effect === 'page') pageGiven(scope, second, third);
  else if (call.effect === 'fold') folded(own, second, third);
}

function pageGiven({ progress, layout, own, realm }: ServiceScope, pa: number, ipa: number): void {
  addPage(own, { pa, ipa });
  const base = down(ipa, BLOCK);
  const block = own.blocks[base];
  if (block === undefined) return;
  block.pages++;
  if (block.pages < PAGES_OF_BLOCK) return;
  const text = `fold the level 3 RTT of ${formatAddress(base)}`;
  progress.service.push({ name: 'RMI_RTT_FOLD', args: [layout.rd, base, 3], effect: 'fold', realm, text });
}
