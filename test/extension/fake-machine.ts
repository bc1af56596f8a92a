/**
 * A machine for the panels' tests: 2 GiB in which a Host runs Realm attest and builds Realm inference, answering the
 * custom requests as the debug adapter does, from plain arrays.
 */
import type {
  ColourKey,
  CustomRequestName,
  CustomRequests,
  GptRun,
  GranuleResponse,
  MemoryMapArguments,
  MemoryMapChange,
  MemoryMapKey,
  MemoryMapResponse,
  MemoryMapRun,
  MemoryMapShared,
} from '../../debug-adapter/protocol';

const BASE = 0x8000_0000;
const SIZE = 0x8000_0000;
const GRANULE = 0x1000;
const GRANULES = SIZE / GRANULE;
const MOST_RUNS = 1500;

interface Value {
  readonly colour: ColourKey;
  readonly label: string;
}

const VALUES: Readonly<Record<MemoryMapKey, readonly Value[]>> = {
  pas: [
    { colour: 'pas.nonSecure', label: 'Non-secure PAS' },
    { colour: 'pas.secure', label: 'Secure PAS' },
    { colour: 'pas.realm', label: 'Realm PAS' },
    { colour: 'pas.root', label: 'Root PAS' },
  ],
  state: [
    { colour: 'granule.untouched', label: 'untouched' },
    { colour: 'granule.undelegated', label: 'UNDELEGATED' },
    { colour: 'granule.delegated', label: 'DELEGATED' },
    { colour: 'granule.rd', label: 'RD' },
    { colour: 'granule.rec', label: 'REC' },
    { colour: 'granule.recAux', label: 'REC_AUX' },
    { colour: 'granule.data', label: 'DATA' },
    { colour: 'granule.rtt', label: 'RTT' },
    { colour: 'granule.notTracked', label: 'not tracked' },
  ],
  realm: [
    { colour: 'realm.none', label: 'no Realm' },
    { colour: 'realm.1', label: 'attest' },
    { colour: 'realm.2', label: 'inference' },
  ],
  mecid: [
    { colour: 'mecid.0', label: 'MECID 0' },
    { colour: 'mecid.1', label: 'MECID 1' },
    { colour: 'mecid.2', label: 'MECID 2' },
  ],
};

const ROOT = 3;
const [UNDELEGATED, DELEGATED, RD, REC, AUX, DATA, RTT, NOT_TRACKED] = [1, 2, 3, 4, 5, 6, 7, 8];

export class FakeMachine {
  generation = 1;
  readonly asked: string[] = [];
  private readonly map: Record<MemoryMapKey, Uint8Array> = {
    pas: new Uint8Array(GRANULES),
    state: new Uint8Array(GRANULES),
    realm: new Uint8Array(GRANULES),
    mecid: new Uint8Array(GRANULES),
  };
  private changes: MemoryMapChange[] = [];

  constructor() {
    this.set(0x8800_0000, 0x120_0000, { state: UNDELEGATED });
    this.set(0xc000_0000, 0x2800_0000, { state: UNDELEGATED });
    for (let at = 0x8c00_0000; at < 0x8e00_0000; at += 0x5000) this.set(at, GRANULE, { state: UNDELEGATED });
    for (const [base, size, pas] of [
      [0xfc00_0000, 0x1c0_0000, 1],
      [0xfdc0_0000, 0x200_0000, 2],
      [0xffc0_0000, 0x40_0000, 3],
    ] as const)
      this.set(base, size, { state: NOT_TRACKED, pas });
    this.realm(0x9000_0000, 1, 2);
    this.realm(0x9008_0000, 2, 1);
    this.set(0x9020_0000, 0x304_0000, { state: DATA, pas: 2, realm: 1, mecid: 1 });
    this.set(0xa000_0000, 0x1b5c_8000, { state: DATA, pas: 2, realm: 2, mecid: 2 });
    this.set(0xbb5c_8000, 0x3_8000, { state: DELEGATED, pas: 2 });
    this.set(0xc800_0000, 0x200_0000, { state: DELEGATED, pas: 2 });
    this.set(0x9004_0000, 0x1_0000, { state: UNDELEGATED });
    this.set(0x9004_4000, GRANULE, { state: RTT, pas: 2, realm: 2, mecid: 2 });
    this.changes = [
      { base: '0x90044000', size: '0x1000', what: 'DELEGATED → RTT' },
      { base: '0x90008000', size: '0x1000', what: 'RTT entries written 56 times' },
      { base: '0xbb580000', size: '0x48000', what: 'DELEGATED → DATA' },
    ];
  }

  /** RD, three RTTs, a REC and its auxiliary granules, some more RTTs and spare DELEGATED ones. */
  private realm(base: number, realm: number, mecid: number): void {
    const owned = { pas: 2, realm, mecid };
    this.set(base, GRANULE, { ...owned, mecid: 0, state: RD });
    this.set(base + 0x1000, 0x3000, { ...owned, state: RTT });
    this.set(base + 0x4000, GRANULE, { ...owned, mecid: 0, state: REC });
    this.set(base + 0x5000, 0x1_0000, { ...owned, mecid: 0, state: AUX });
    this.set(base + 0x1_5000, 0x4000, { ...owned, state: RTT });
    this.set(base + 0x1_9000, 0x7000, { pas: 2, state: DELEGATED });
  }

  set(base: number, size: number, values: Partial<Record<MemoryMapKey, number | undefined>>): void {
    const from = (base - BASE) / GRANULE;
    for (const [key, value] of Object.entries(values))
      if (value !== undefined) this.map[key as MemoryMapKey].fill(value, from, from + size / GRANULE);
  }

  answer<N extends CustomRequestName>(request: N, args: CustomRequests[N]['arguments']): CustomRequests[N]['response'] {
    this.asked.push(request);
    const { generation } = this;
    const answers: Partial<Record<CustomRequestName, () => unknown>> = {
      'cca/memoryMap': () => this.memoryMap(args as MemoryMapArguments),
      'cca/granule': () => this.granule(Number((args as { pa: string }).pa)),
      'cca/gpt': () => ({ generation, runs: this.gpt(args as { base: string; size: string }) }),
    };
    const answer = answers[request];
    if (answer === undefined) throw new Error(`The fake machine has no answer to ${request}.`);
    return answer() as CustomRequests[N]['response'];
  }

  private memoryMap(args: MemoryMapArguments): MemoryMapResponse {
    const { cell = GRANULE, key = 'state' } = args;
    const base = Number(args.base ?? BASE);
    const size = Number(args.size ?? SIZE);
    const values = this.map[key];
    const counts = new Map<number, number>();
    const runs: MemoryMapRun[] = [];
    let next: string | undefined;
    for (let at = base; at < base + size; at += cell) {
      const { value, rare } = this.cell(values, at, cell, counts);
      const last = runs.at(-1);
      if (last !== undefined && last.value === value && last.rare === rare)
        runs[runs.length - 1] = { ...last, cells: last.cells + 1 };
      else if (runs.length === MOST_RUNS) {
        next = `0x${at.toString(16)}`;
        break;
      } else runs.push({ cells: 1, value, ...(rare === undefined ? {} : { rare }) });
    }
    return {
      generation: this.generation,
      base: `0x${base.toString(16)}`,
      size: `0x${size.toString(16)}`,
      cell,
      key,
      legend: VALUES[key].map((value, index) => ({ ...value, granules: counts.get(index) ?? 0 })),
      runs,
      banks: [
        { name: 'trusted SRAM', kind: 'firmware', base: '0x4000000', size: '0x40000' },
        { name: 'trusted DRAM', kind: 'firmware', base: '0x6000000', size: '0x2000000' },
        { name: 'DRAM bank 1', kind: 'dram', base: '0x80000000', size: '0x7c000000' },
        { name: 'firmware', kind: 'firmware', base: '0xfc000000', size: '0x4000000' },
      ],
      carveOuts: [
        { name: 'Secure', base: '0xfc000000', size: '0x1c00000' },
        { name: 'RMM', base: '0xfdc00000', size: '0x2000000' },
        { name: 'EL3', base: '0xffc00000', size: '0x300000' },
        { name: 'GPT', base: '0xfff00000', size: '0x100000' },
      ],
      changed: this.changes,
      changedGranules: this.changes.reduce((sum, { size }) => sum + Number(size) / GRANULE, 0),
      ...(key === 'state' && size <= 0x20_0000 ? { shared: this.shared(base, size) } : {}),
      ...(next === undefined ? {} : { next }),
    };
  }

  private shared(base: number, size: number): MemoryMapShared[] {
    const shared = { base: '0x90040000', size: '0x10000', realm: 'attest', ipa: '0x143800000' };
    return base <= 0x9004_0000 && base + size > 0x9004_0000 ? [shared] : [];
  }

  /** What is below the DRAM is the firmware's. */
  private valueAt(values: Uint8Array, granule: number): number {
    if (granule >= 0) return values[granule] ?? 0;
    return values === this.map.state ? NOT_TRACKED : values === this.map.pas ? ROOT : 0;
  }

  private cell(values: Uint8Array, at: number, cell: number, total: Map<number, number>) {
    const first = (at - BASE) / GRANULE;
    if (cell === GRANULE) {
      const value = this.valueAt(values, first);
      total.set(value, (total.get(value) ?? 0) + 1);
      return { value, rare: undefined };
    }
    const counts = new Map<number, number>();
    for (let granule = first; granule < Math.min(first + cell / GRANULE, GRANULES); granule++) {
      const value = this.valueAt(values, granule);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const [value, count] of counts) total.set(value, (total.get(value) ?? 0) + count);
    const byCount = [...counts].sort((a, b) => b[1] - a[1]);
    return { value: byCount[0]?.[0] ?? 0, rare: byCount.length > 1 ? byCount.at(-1)![0] : undefined };
  }

  private gpt({ base, size }: { base: string; size: string }): GptRun[] {
    const runs: GptRun[] = [];
    const GPI = [9, 8, 11, 10];
    for (let at = Number(base); at < Number(base) + Number(size); at += GRANULE) {
      const gpi = GPI[this.valueAt(this.map.pas, (at - BASE) / GRANULE)]!;
      const last = runs.at(-1);
      if (last !== undefined && last.gpi === gpi)
        runs[runs.length - 1] = { ...last, size: `0x${(Number(last.size) + GRANULE).toString(16)}` };
      else
        runs.push({
          base: `0x${at.toString(16)}`,
          size: '0x1000',
          level: 1,
          gpi,
          meaning: '',
          raw: `0x${gpi.toString(16).repeat(16)}`,
        });
    }
    return runs;
  }

  private granule(pa: number): GranuleResponse {
    const index = Math.floor((pa - BASE) / GRANULE);
    const of = (key: MemoryMapKey) => VALUES[key][this.map[key][index]!]!;
    const realm = this.map.realm[index]!;
    const first = index - (index % 16);
    const nibbles = Array.from({ length: 16 }, (_, n) => '98ba'[this.map.pas[first + 15 - n]!]).join('');
    return {
      generation: this.generation,
      pa: `0x${(pa - (pa % GRANULE)).toString(16)}`,
      sentence: `Granule, ${of('state').label}${realm === 0 ? '' : ` of ${of('realm').label}`}, ${of('pas').label}`,
      state: of('state').label,
      stateColour: of('state').colour,
      pas: of('pas').label,
      pasColour: of('pas').colour,
      gpt: [
        { level: 0, descriptorPa: '0x403e010', descriptor: '0xfff00003', meaning: 'Table at 0xFFF0_0000' },
        { level: 1, descriptorPa: '0xfff08020', descriptor: `0x${nibbles}`, meaning: '16 granules' },
      ],
      ...(realm === 0 ? {} : { realm: { id: `realm:${realm}`, name: of('realm').label, rd: '0x90080000' } }),
      context: { mecid: this.map.mecid[index]!, pas: of('pas').label, generation: 1 },
      mappings:
        pa >= 0x9004_0000 && pa < 0x9005_0000
          ? [
              {
                realm: 'attest',
                ipa: `0x1438${((pa % 0x10_0000) - 0x4_0000).toString(16).padStart(5, '0')}`,
                level: 3,
                hipas: 'ASSIGNED_NS',
              },
            ]
          : [],
      content: {
        owner: Array.from({ length: 64 }, (_, n) => ['ff', '07', '20', 'a0', '00', '00', '00', '00'][n % 8]).join(''),
        bus: Array.from({ length: 64 }, (_, n) => ((n * 151 + 94) % 256).toString(16).padStart(2, '0')).join(''),
      },
    };
  }
}
