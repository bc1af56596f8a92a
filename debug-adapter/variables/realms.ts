/** Every Realm: attributes, measurements, RECs. */
import type { Machine } from '../../emulator/machine/machine';
import { Pas } from '../../emulator/memory/pas';
import { listRealms, listRecs, type RealmInfo, type RecInfo } from '../../emulator/rmm/inspect';
import { formatReference } from '../address-space/address-space';
import type { Place } from '../evaluate/names';
import { showHex } from '../format';
import { group, leaf, type Node } from './node';
import { pstateNode } from './registers';

const readOnly = { hint: { attributes: ['readOnly' as const] } };

export const realmTitle = (machine: Machine, realm: RealmInfo): string =>
  realmName(machine, realm.rd) ?? `Realm ${showHex(realm.rd)}`;

/** The Host's name for a Realm: names are the Host's, the RMM knows none. */
export function realmName(machine: Machine, rd: number): string | undefined {
  return machine.host.layout?.realms.find((realm) => realm.rd === rd)?.name;
}

export function realmsNode(place: Place): Node {
  const { machine } = place.target;
  return {
    name: 'Realms',
    value: '',
    children: () => {
      const realms = listRealms(machine);
      return realms.length === 0
        ? [leaf('(none)', 'No Realm exists yet.', readOnly)]
        : realms.map((realm) => realmNode(machine, realm));
    },
  };
}

const granuleReference = (address: number): string =>
  formatReference({ space: { kind: 'pa', pas: Pas.Realm }, address: BigInt(address) });

/** MECID of a Realm as accesses carry it, and the number the Host gave it where that is another. */
export const mecidText = ({ mecid, namedMecid }: RealmInfo): string =>
  namedMecid === null ? String(mecid) : `${mecid} (${namedMecid} to the Host)`;

function realmNode(machine: Machine, realm: RealmInfo): Node {
  return {
    key: `realm:${realm.rd}`,
    name: realmTitle(machine, realm),
    value: `${realm.state}, VMID ${realm.vmid}, MECID ${mecidText(realm)}, ${realm.recs.length} REC${realm.recs.length === 1 ? '' : 's'}`,
    type: 'Realm',
    memoryReference: granuleReference(realm.rd),
    children: () => [
      leaf('RD', showHex(realm.rd), { ...readOnly, memoryReference: granuleReference(realm.rd) }),
      leaf('state', realm.state, readOnly),
      leaf('VMID', String(realm.vmid), readOnly),
      leaf('MECID', mecidText(realm), readOnly),
      leaf('IPA width', `${realm.ipaWidth} bits${realm.lpa2 ? ', LPA2' : ''}`, readOnly),
      leaf('hash algorithm', realm.hashAlgorithm, readOnly),
      leaf('RIM', realm.rim, { ...readOnly, type: 'Realm Initial Measurement' }),
      ...realm.rems.map((rem, i) => leaf(`REM[${i}]`, rem, { ...readOnly, type: 'Realm Extensible Measurement' })),
      leaf('RPV', realm.rpv, { ...readOnly, type: 'Realm Personalization Value' }),
      leaf(
        'RTT',
        `${realm.rttNumStart} table${realm.rttNumStart === 1 ? '' : 's'} of level ${realm.rttLevelStart} at ${showHex(realm.rttBase)}`,
        {
          ...readOnly,
          memoryReference: granuleReference(realm.rttBase),
        },
      ),
      group('RECs', String(realm.recs.length), () => listRecs(machine, realm.rd).map(recNode)),
    ],
  };
}

function recNode(rec: RecInfo): Node {
  const where = rec.runningOn === null ? rec.state : `running on PE ${rec.runningOn}`;
  const pending = [
    rec.psciPending && 'PSCI',
    rec.hostCallPending && 'host call',
    rec.ripasChange && 'RIPAS change',
  ].filter(Boolean);
  return {
    key: `rec:${rec.rec}`,
    name: `REC ${rec.index}`,
    value: `${where}${rec.runnable ? '' : ', not runnable'}${pending.length > 0 ? `, pending ${pending.join(', ')}` : ''}`,
    type: 'REC',
    memoryReference: granuleReference(rec.rec),
    children: () => [
      leaf('REC', showHex(rec.rec), { ...readOnly, memoryReference: granuleReference(rec.rec) }),
      leaf('state', where, readOnly),
      leaf('runnable', String(rec.runnable), readOnly),
      leaf('MPIDR', showHex(rec.mpidr), readOnly),
      leaf('pending', pending.length > 0 ? pending.join(', ') : 'nothing', readOnly),
      ...(rec.ripasChange
        ? [
            leaf(
              'RIPAS change',
              `${showHex(rec.ripasChange.base)} to ${showHex(rec.ripasChange.top)}: ${rec.ripasChange.value}`,
              readOnly,
            ),
          ]
        : []),
      leaf('attestation', rec.attestInProgress ? 'token in progress' : 'no token in progress', readOnly),
      leaf('auxiliary granules', rec.aux.map(showHex).join(', ') || 'none', readOnly),
      ...(rec.runningOn === null
        ? [
            group('saved registers', `PC ${showHex(rec.pc)}`, () => [
              ...rec.gprs.map((value, n) => leaf(`X${n}`, showHex(value), readOnly)),
              leaf('PC', showHex(rec.pc), readOnly),
              pstateNode(Number(BigInt.asUintN(32, rec.pstate)), 'saved PSTATE'),
            ]),
            group('saved system registers', String(rec.sysregs.length), () =>
              rec.sysregs.map(({ name, value }) => leaf(name, showHex(value), readOnly)),
            ),
          ]
        : []),
    ],
  };
}
