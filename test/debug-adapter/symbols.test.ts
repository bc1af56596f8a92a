import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../attestation/problem';
import type { LineProgram } from '../../debug-adapter/symbols/dwarf/line-program';
import { resolve } from '../../debug-adapter/symbols/dwarf/types';
import { afterPrologue, createLineTable, lineAt, placesOfLine } from '../../debug-adapter/symbols/lines';
import {
  functionAt,
  functionsNamed,
  globalsNamed,
  openProgram,
  type Program,
  symbolAt,
  warningsOf,
} from '../../debug-adapter/symbols/program';
import { frameBaseOf, inlineLevels, locateVariable, variableOf, variablesAt } from '../../debug-adapter/symbols/scopes';
import { unwind } from '../../debug-adapter/symbols/unwind';
import { readElf } from '../../emulator/host/image/elf';

const FOLDER = 'test/debug-adapter/guests';
const GUESTS = readdirSync(FOLDER).filter((name) => /-O[02]\.elf$/.test(name));
const SOURCE = readFileSync(`${FOLDER}/steps.c`, 'utf8').split('\n');
/** Line of the marker `#NAME` in steps.c. */
const marker = (name: string): number => SOURCE.findIndex((line) => line.includes(`#${name} `)) + 1;

const open = (name: string): Program => openProgram(readElf(new Uint8Array(readFileSync(`${FOLDER}/${name}`)), name));
const scopeOf = (program: Program) => (address: bigint) => functionAt(program, address)?.entry;

assert.deepEqual(
  GUESTS.map((name) => name.replace('.elf', '')).sort(),
  ['clang', 'gcc'].flatMap((compiler) =>
    ['dwarf4-O0', 'dwarf4-O2', 'dwarf5-O0', 'dwarf5-O2'].map((kind) => `${compiler}-${kind}`),
  ),
);

for (const guest of GUESTS) {
  const optimised = guest.includes('-O2');

  test(`${guest}: units, lines and functions`, () => {
    const program = open(guest);
    assert.deepEqual(warningsOf(program), []);
    assert.deepEqual([...program.lines.byFile.keys()].sort(), ['start.S', 'steps.c']);
    const main = functionsNamed(program, 'main')[0]!;
    assert.equal(main.entry, program.image.symbols.find(({ name }) => name === 'main')?.address);
    assert.equal(functionAt(program, main.entry + 4n)?.name, 'main');
    assert.equal(lineAt(program.lines, main.entry)?.file, 'steps.c');
    assert.equal(functionAt(program, 0x8000_0000n)?.name, '_start');
    assert.equal(symbolAt(program, 0x8000_0004n)?.name, '_start');
    assert.equal(functionAt(program, 0x7000_0000n), undefined);
    assert.ok(afterPrologue(program.lines, main.entry) >= main.entry);
  });

  test(`${guest}: addresses of a line, and the line of those addresses`, () => {
    const program = open(guest);
    for (const name of ['LOOP', 'CALL']) {
      const place = placesOfLine(program.lines, 'steps.c', marker(name), scopeOf(program));
      assert.equal(place?.line, marker(name));
      for (const address of place.addresses) assert.equal(lineAt(program.lines, address)?.file, 'steps.c');
    }
    const assembly =
      readFileSync(`${FOLDER}/start.S`, 'utf8')
        .split('\n')
        .findIndex((line) => line.includes('#MAIN')) + 1;
    const call = placesOfLine(program.lines, 'start.S', assembly, scopeOf(program))!;
    assert.equal(lineAt(program.lines, call.addresses[0]!)?.line, assembly);
    assert.equal(placesOfLine(program.lines, 'steps.c', 1000, scopeOf(program)), undefined);
  });

  test(`${guest}: types of a structure with arrays, enumerations, unions and bit-fields`, () => {
    const program = open(guest);
    const die = globalsNamed(program, 'global_shape')[0]!;
    const { type } = variableOf(program, die)!;
    assert.equal(type.name, 'struct shape');
    const plain = resolve(type);
    assert.ok(plain.kind === 'record');
    const members = plain.members();
    assert.deepEqual(
      members.map(
        ({ name, bits, offset, type: each }) =>
          `${name} ${bits ? `bit ${bits.offset}:${bits.size}` : offset} ${each.name}`,
      ),
      [
        'name 0 const char *',
        'corners 8 struct point[3]',
        'colour 32 enum colour',
        'flags bit 288:3 unsigned int',
        'kind bit 291:5 unsigned int',
        'tag 40 union',
      ],
    );
    const colour = resolve(members[2]!.type);
    assert.ok(colour.kind === 'enum');
    assert.deepEqual(colour.values(), [
      { name: 'RED', value: 0n },
      { name: 'GREEN', value: 5n },
      { name: 'BLUE', value: 6n },
    ]);
  });

  test(`${guest}: parameters and locals have places`, () => {
    const program = open(guest);
    const info = functionsNamed(program, 'area')[0]!;
    const line = placesOfLine(program.lines, 'steps.c', marker('LOOP'), scopeOf(program))!;
    const pc = line.addresses.find((address) => functionAt(program, address)?.name === 'area')!;
    const levels = inlineLevels(program, info, pc);
    const variables = variablesAt(program, levels.at(-1)!.die, pc);
    const names = variables.map(({ name }) => name);
    for (const name of ['shape', 'scale', 'total']) assert.ok(names.includes(name), `${name} of ${names}`);
    assert.ok(variables.find(({ name }) => name === 'shape')!.isParameter);
    const memory = new Uint8Array(64);
    const frame = {
      pc,
      register: (number: number) => 0x1000n * BigInt(number),
      memory: (_: bigint, size: number) => memory.subarray(0, size),
      cfa: () => 0x9000n,
      frameBase: (): bigint | undefined => frameBaseOf(program, info, frame),
    };
    const total = locateVariable(program, variables.find(({ name }) => name === 'total')!, frame);
    assert.notEqual(total.kind, 'unavailable');
    if (!optimised) assert.equal(total.kind, 'memory');
  });
}

test('a loop on one line has its entry and its head, a line in two stretches has both', () => {
  const base = 0x8000_0000n;
  // 0: mov; 4: b 0xc; 8: add (head); c: cmp; 10: b.ne 8; 14: another line; 18: the loop's line again; 1c: bl 0.
  const words = [
    0xd280_0000, 0x1400_0002, 0x9100_0400, 0xeb01_001f, 0x54ff_ffc1, 0xd503_201f, 0xd503_201f, 0x97ff_fff9,
  ];
  const bytes = new Uint8Array(new Uint32Array(words).buffer);
  const open0 = readElf(new Uint8Array(readFileSync(`${FOLDER}/${GUESTS[0]}`)), 'guest');
  const segment = { ...open0.segments[0]!, virtualAddress: base, bytes, memorySize: bytes.length, executable: true };
  const row = (offset: bigint, line: number, isStatement = true, endSequence = false) => ({
    ...{ address: base + offset, file: 0, line, column: 1 },
    ...{ isStatement, endSequence, prologueEnd: false },
  });
  const rows = [row(0n, 7), row(8n, 7), row(12n, 7, false), row(0x14n, 8), row(0x18n, 7), row(0x20n, 9, true, true)];
  const table = createLineTable({ ...open0, segments: [segment] }, [{ files: ['a.c'], rows } as LineProgram]);
  const place = placesOfLine(table, 'a.c', 7, () => base - 0x10n);
  assert.deepEqual(place, { line: 7, addresses: [base, base + 8n, base + 0x18n] });
  assert.deepEqual(placesOfLine(table, 'a.c', 8, () => base - 0x10n)?.addresses, [base + 0x14n]);
});

test('an optimised build shows inlined calls, innermost first, with their call sites', () => {
  const program = open('clang-dwarf5-O2.elf');
  const span = program.lines.spans.find(({ file, line }) => file === 'steps.c' && line === marker('ADD'))!;
  const levels = inlineLevels(program, functionAt(program, span.low)!, span.low);
  assert.deepEqual(
    levels.map(({ name, calledFrom }) => [name, calledFrom?.line]),
    [
      ['add', marker('LOOP')],
      ['area', undefined],
    ],
  );
});

test('a frame without call frame information is found by its record, a leaf by LR', () => {
  const program = open('clang-dwarf5-O0.elf');
  const bare = { ...program, callFrames: [] };
  const area = functionsNamed(program, 'area')[0]!;
  const main = functionsNamed(program, 'main')[0]!;
  const stack = new DataView(new ArrayBuffer(64));
  stack.setBigUint64(0, 0n, true);
  stack.setBigUint64(8, main.entry + 0x40n, true);
  const image = program.image.segments[0]!;
  const read = (address: bigint, size: number): Uint8Array | undefined => {
    if (address >= 0x9000n && address + BigInt(size) <= 0x9040n)
      return new Uint8Array(stack.buffer, Number(address - 0x9000n), size);
    const at = Number(address - image.virtualAddress);
    return at >= 0 && at + size <= image.bytes.length ? image.bytes.subarray(at, at + size) : undefined;
  };
  const x = Array.from({ length: 32 }, () => 0n as bigint | undefined);
  x[29] = 0x9000n;
  x[30] = area.entry + 0x20n;
  x[31] = 0x9000n;
  const inBody = unwind(bare, { pc: area.entry + 0x30n, x }, read);
  assert.deepEqual(
    inBody.map((frame) => functionAt(program, frame.lookup)?.name),
    ['area', 'main'],
  );
  const atEntry = unwind(bare, { pc: functionsNamed(program, 'add')[0]!.entry, x }, read);
  assert.deepEqual(
    atEntry.map((frame) => functionAt(program, frame.lookup)?.name),
    ['add', 'area', 'main'],
  );
});

test('damaged debug information never throws, hangs or grows without bound', () => {
  const sources = GUESTS.map((name) => new Uint8Array(readFileSync(`${FOLDER}/${name}`)));
  const image = fc.nat(sources.length - 1);
  const changes = fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.nat(255)), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(image, changes, (which, flips) => {
      const bytes = sources[which]!.slice();
      const sections = readElf(sources[which]!, 'guest').sections.filter(
        ({ name }) => name.startsWith('.debug') || name === '.eh_frame',
      );
      for (const [at, value] of flips) {
        const section = sections[at % sections.length]!;
        if (section.bytes.length > 0)
          bytes[section.bytes.byteOffset - sources[which]!.byteOffset + (at % section.bytes.length)] = value;
      }
      const start = performance.now();
      try {
        const program = openProgram(readElf(bytes, 'damaged'));
        for (const { name, entry } of [...functionsNamed(program, 'main'), ...functionsNamed(program, 'area')]) {
          const info = functionAt(program, entry + 16n);
          const frame = {
            pc: entry + 16n,
            register: () => 1n,
            memory: (_: bigint, size: number) => new Uint8Array(size),
            cfa: () => 2n,
            frameBase: () => 3n,
          };
          for (const level of info ? inlineLevels(program, info, frame.pc) : []) {
            for (const variable of variablesAt(program, level.die, frame.pc)) locateVariable(program, variable, frame);
          }
          unwind(program, { pc: entry + 16n, x: Array.from({ length: 32 }, () => 0x8000_0000n) }, frame.memory, 8);
          assert.ok(name);
        }
      } catch (error) {
        assert.ok(error instanceof Problem, error instanceof Error ? error.stack : String(error));
      }
      assert.ok(performance.now() - start < 5000);
    }),
    { numRuns: 300 },
  );
});
