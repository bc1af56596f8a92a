import type { Platform } from '../../../machine/platform';
import { maxMecid } from '../../mec/pool';
import { type CommandRow, VERSION_SETS } from '../row';
import { act, input, output, RMI_RESULT, raw, setResult } from '../stages';

function featureRegister(platform: Platform, index: bigint): bigint {
  if (index === 0n) return platform.rmm.featureRegister0;
  return index === 1n && platform.rmm.versionSet !== '1.0' ? BigInt(maxMecid(platform)) : 0n;
}

export const rmiFeatures: CommandRow = {
  name: 'RMI_FEATURES',
  interface: 'rmi',
  fid: 0xc400_0165,
  versions: VERSION_SETS,
  summary: 'Read an RMI feature register.',
  ticks: 100,
  inputs: [input(1, 'index', 'UInt64', 'feature register number')],
  outputs: [
    RMI_RESULT,
    output(
      1,
      'value',
      'RmiFeatureRegister0',
      'register contents: 0 RmiFeatureRegister0; 1, from RMM 1.1 on, RmiFeatureRegister1; zero for any other index',
    ),
  ],
  stages: [
    act('read', 'value := feature register index', ({ machine, frame }) =>
      setResult(frame, 1, featureRegister(machine.platform, raw(frame, 1))),
    ),
  ],
  notes: ['Never fails.'],
};
