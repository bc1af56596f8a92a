/** What a page costs that is read under another encryption context than it was written in. */
import { NODE_SERVICES } from '../../debug-adapter/session/node-services';
import { createContexts, internTag, reexpress } from '../../emulator/memory/mpe';
import { encryptionContext, Pas } from '../../emulator/memory/pas';
import { portableXts, type Xts } from '../../emulator/memory/xts';
import { type Measure, median, milliseconds } from './row';

const PAGES = 1000;

/** Microseconds for p ← D_new(E_old(p)). */
async function perPage(xts: Xts): Promise<number> {
  const contexts = createContexts(1n, 4, xts);
  const [from, to] = [1, 2].map((mecid) => internTag(contexts, encryptionContext(Pas.Realm, mecid), 0));
  const words = new Uint32Array(1024).map((_, index) => index);
  const times = await milliseconds(5, () => {
    for (let page = 0; page < PAGES; page++) reexpress(contexts, from ?? 0, to ?? 0, page, words, 0);
  });
  return (median(times) * 1000) / PAGES;
}

export const measure: Measure = async () => [
  { name: 'MPE: a page under another context, portable AES', value: await perPage(portableXts), unit: 'µs' },
  { name: "MPE: a page under another context, Node's AES", value: await perPage(NODE_SERVICES.xts), unit: 'µs' },
];
