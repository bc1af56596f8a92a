import { pa } from '../../../address';
import { readBytes, writeBytes } from '../../../memory/memory';
import { RMM_CONTEXT, readField, writeField } from '../../memory';
import { bufferPa } from '../../realm-entry/buffer';
import { rdOf, spaceOf } from '../../realm-entry/guest';
import { RD_LAYOUT } from '../../structures/rd';
import { RSI_REALM_CONFIG } from '../../structures/structures';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, input, RSI_RESULT } from '../stages';
import { addressAlign, addressBound, bufferOf, bufferStages } from './buffer-stages';

export const realmConfig: CommandRow = {
  name: 'RSI_REALM_CONFIG',
  interface: 'rsi',
  fid: 0xc400_0196,
  versions: VERSION_SETS,
  summary: 'Write RsiRealmConfig into a Realm page.',
  ticks: 500,
  inputs: [input(1, 'addr', 'RsiRealmConfig', 'IPA of the Granule')],
  outputs: [RSI_RESULT],
  stages: [
    addressAlign(4096, '!AddrIsGranuleAligned(addr)'),
    addressBound(),
    ...bufferStages(),
    act('write', 'ipa_width, hash_algo and rpv', (context) => {
      const { memory } = context.machine;
      const rd = rdOf(context);
      const space = spaceOf(context);
      const page = bufferPa(bufferOf(context));
      const f = RSI_REALM_CONFIG.fields;
      const { rpv, hashAlgo } = RD_LAYOUT.fields;
      writeBytes(memory, space.context, page, new Uint8Array(RSI_REALM_CONFIG.size));
      writeField(memory, space.context, page, f.ipa_width, space.ipaWidth);
      writeField(memory, space.context, page, f.hash_algo, readField(memory, RMM_CONTEXT, rd, hashAlgo));
      const value = readBytes(memory, RMM_CONTEXT, pa(rd + rpv.offset), rpv.size);
      writeBytes(memory, space.context, pa(page + f.rpv.offset), value);
    }),
  ],
};
