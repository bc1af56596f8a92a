/** The granules that the operands of the call in flight name. */
import { ipa, type Pa, pa } from '../../emulator/address';
import { GPI_NAMES, gpiOf } from '../../emulator/memory/gpt';
import { isRam } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { granuleInfo, readRealm, whoMaps } from '../../emulator/rmm/inspect';
import { formatReference } from '../address-space/address-space';
import type { Place } from '../evaluate/names';
import { showHex } from '../format';
import { callOfPlace } from './call';
import { leaf, type Node } from './node';

export function granulesNode(place: Place): Node | undefined {
  const { machine } = place.target;
  const call = callOfPlace(place);
  if (!call) return undefined;
  const operands = call.inputs.flatMap(({ name, type, value }) => {
    const usable =
      type === 'Address' &&
      name !== 'ipa' &&
      value !== null &&
      value < 1n << 52n &&
      isRam(machine.memory, Number(value));
    return usable ? [{ name, address: pa(Number(value)) }] : [];
  });
  if (operands.length === 0) return undefined;
  return {
    name: 'Granules',
    value: '',
    children: () => operands.map(({ name, address }) => granuleNode(place, name, address)),
  };
}

/** A granule: state, owner, GPI, MECID, who maps it. */
export function granuleNode(place: Place, name: string, address: Pa): Node {
  const { machine } = place.target;
  const info = granuleInfo(machine, address);
  const gpi = gpiOf(machine.memory, machine.platform, address);
  const readOnly: Partial<Node> = { hint: { attributes: ['readOnly'] } };
  const pas = gpi >= 8 && gpi <= 11 ? ((gpi - 8) as Pas) : Pas.NonSecure;
  return {
    name,
    value: `${showHex(address)} ${info.state ?? 'not tracked'}, ${GPI_NAMES[gpi] ?? 'invalid GPI'}${info.usedAs ? `: ${info.usedAs}` : ''}`,
    type: 'granule',
    memoryReference: formatReference({ space: { kind: 'pa', pas }, address: BigInt(address) }),
    children: () => [
      leaf('state', info.state ?? 'not tracked', readOnly),
      leaf('used as', info.usedAs || 'nothing', readOnly),
      leaf('GPI', `${showHex(gpi)} ${GPI_NAMES[gpi] ?? 'invalid'}`, readOnly),
      ...(info.rd === null
        ? []
        : [leaf('Realm', `RD ${showHex(info.rd)}, ${readRealm(machine, info.rd).state}`, readOnly)]),
      ...(info.mecid === null ? [] : [leaf('MECID', String(info.mecid), readOnly)]),
      ...whoMaps(machine, address).map((mapping, i) =>
        leaf(
          'mapped at',
          `IPA ${showHex(mapping.ipa)} of RD ${showHex(mapping.rd)}, level ${mapping.level} ${mapping.hipas}${mapping.ripas ? ` ${mapping.ripas}` : ''}`,
          {
            ...readOnly,
            key: `mapping${i}`,
            memoryReference: formatReference({
              space: { kind: 'ipa', rd: mapping.rd / 4096 },
              address: BigInt(ipa(mapping.ipa)),
            }),
          },
        ),
      ),
    ],
  };
}
