/** The adapter's parts that need no machine: codec, launch configuration, expressions, hit counts, sources, handles. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../attestation/problem';
import {
  type AddressSpace,
  formatReference,
  offsetReference,
  parseReference,
} from '../../debug-adapter/address-space/address-space';
import { hitConditionHolds, isHitCondition } from '../../debug-adapter/breakpoints/hit-condition';
import { showHex, showSize } from '../../debug-adapter/format';
import { nearest } from '../../debug-adapter/nearest';
import { LAUNCH_ATTRIBUTES, launchSchema } from '../../debug-adapter/protocol';
import { readCommandStop, readLaunchConfiguration } from '../../debug-adapter/session/launch-configuration';
import { clientPath, createSourceMap, filesOfClient, localPath } from '../../debug-adapter/session/sources';
import { createHandles, nodeOf, referenceOf, renewHandles, variablesOf } from '../../debug-adapter/variables/handles';
import type { Node } from '../../debug-adapter/variables/node';
import { parseExpression } from '../../language/expression/parse';

const refusedWith =
  (code: string, words: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Problem, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };

test('a reference keeps its address space through formatting and arithmetic', () => {
  const space: fc.Arbitrary<AddressSpace> = fc.oneof(
    fc.constant<AddressSpace>({ kind: 'focus' }),
    fc.constant<AddressSpace>({ kind: 'bus' }),
    fc.record(
      {
        kind: fc.constant('va' as const),
        world: fc.constantFrom(0, 1, 2, 3),
        el: fc.constantFrom(0, 1, 2, 3),
        rd: fc.nat(2 ** 31),
      },
      { noNullPrototype: true },
    ) as fc.Arbitrary<AddressSpace>,
    fc.record({ kind: fc.constant('ipa' as const), rd: fc.nat(2 ** 31) }, { noNullPrototype: true }),
    fc.record(
      { kind: fc.constant('pa' as const), pas: fc.constantFrom(0, 1, 2, 3) },
      { noNullPrototype: true },
    ) as fc.Arbitrary<AddressSpace>,
    fc.record(
      {
        kind: fc.constant('pa' as const),
        pas: fc.constantFrom(0, 1, 2, 3),
        mecid: fc.nat(0xffff),
      },
      { noNullPrototype: true },
    ) as fc.Arbitrary<AddressSpace>,
  );
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  fc.assert(
    fc.property(space, u64, fc.bigInt({ min: -(1n << 63n), max: 1n << 63n }), (where, address, offset) => {
      const text = formatReference({ space: where, address });
      assert.match(text, /^0x[0-9a-f]+$/);
      assert.deepEqual(parseReference(text), { space: where, address });
      const moved = offsetReference({ space: where, address }, offset);
      assert.deepEqual(parseReference(formatReference(moved)).space, where);
    }),
  );
  assert.equal(formatReference({ space: { kind: 'focus' }, address: 0x8000_0000n }), '0x80000000');
});

test('a bad reference is refused', () => {
  for (const text of [
    '',
    'main',
    '0x',
    '-1',
    '0x1_0000',
    '1.5',
    `0x${'f'.repeat(80)}`,
    '0xf0000000000000000',
    '0x7000000000000000000',
  ]) {
    assert.throws(() => parseReference(text), refusedWith('bad-reference', /no address/), text);
  }
});

test('the launch configuration has defaults, and every default is valid', () => {
  const configuration = readLaunchConfiguration({
    program: 'a.elf',
    type: 'cca',
    request: 'launch',
    name: 'x',
    __sessionId: '1',
  });
  assert.equal(configuration.stopOnEntry, true);
  assert.equal(configuration.memorySize, 16 << 20);
  assert.equal(configuration.memoryLimit, 2 ** 30);
  assert.equal(configuration.challenge, undefined);
  assert.deepEqual(configuration.breakOn, []);
});

test('a bad launch attribute is refused by name, value and remedy', () => {
  const launch = (extra: object) => () => readLaunchConfiguration({ program: 'a.elf', ...extra });
  assert.throws(() => readLaunchConfiguration({}), refusedWith('launch-missing-attribute', /"program"/));
  assert.throws(launch({ program: 5 }), refusedWith('launch-bad-attribute', /"program" is 5.*text/));
  assert.throws(launch({ program: '' }), refusedWith('launch-bad-attribute', /"program"/));
  assert.throws(launch({ stopOnEntri: true }), refusedWith('launch-unknown-attribute', /"stopOnEntri".*"stopOnEntry"/));
  assert.throws(launch({ zzz: 1 }), refusedWith('launch-unknown-attribute', /Remove/));
  assert.throws(launch({ stopOnEntry: 'yes' }), refusedWith('launch-bad-attribute', /true or false/));
  assert.throws(launch({ ipaWidth: 99 }), refusedWith('launch-bad-attribute', /99.*32 to 52/));
  assert.throws(launch({ ipaWidth: 33.5 }), refusedWith('launch-bad-attribute', /whole number/));
  assert.throws(launch({ platform: 'fpv' }), refusedWith('launch-bad-attribute', /fvp/));
  assert.throws(launch({ memorySize: '16X' }), refusedWith('launch-bad-attribute', /16M/));
  assert.throws(launch({ memorySize: '4097' }), refusedWith('launch-bad-attribute', /2M/));
  assert.throws(launch({ challenge: 'zz' }), refusedWith('launch-bad-attribute', /hexadecimal/));
  assert.throws(launch({ breakOn: ['RMI_REALM_CRAETE'] }), refusedWith('unknown-command', /RMI_REALM_CREATE/));
  assert.throws(launch({ breakOn: 'RMI_VERSION' }), refusedWith('launch-bad-attribute', /list/));
  assert.throws(launch({ sourceMap: { a: 1 } }), refusedWith('launch-bad-attribute', /texts/));
});

test('the schema for package.json covers every attribute', () => {
  const schema = launchSchema();
  assert.deepEqual(Object.keys(schema.properties).sort(), LAUNCH_ATTRIBUTES.map(({ name }) => name).sort());
  assert.deepEqual(schema.anyOf, [{ required: ['program'] }, { required: ['host'] }]);
  for (const { description } of LAUNCH_ATTRIBUTES) assert.match(description, /\.$/);
});

test('command breakpoints are names with an optional time', () => {
  assert.deepEqual(readCommandStop('RMI_REC_ENTER'), { name: 'RMI_REC_ENTER', when: 'before' });
  assert.deepEqual(readCommandStop(' rsi_version  after '), { name: 'RSI_VERSION', when: 'after' });
  assert.throws(() => readCommandStop('RMI_REC_ENTER later'), refusedWith('unknown-command', /RMI_/));
});

test('expressions are parsed with the precedence of C', () => {
  const show = (text: string): string => {
    const render = (expression: ReturnType<typeof parseExpression>): string => {
      switch (expression.kind) {
        case 'number':
          return String(expression.value);
        case 'name':
          return expression.name;
        case 'register':
          return `$${expression.name}`;
        case 'space':
          return `${expression.space}:${render(expression.operand)}`;
        case 'unary':
          return `(${expression.operator}${render(expression.operand)})`;
        case 'binary':
          return `(${render(expression.left)}${expression.operator}${render(expression.right)})`;
        case 'member':
          return `${render(expression.object)}${expression.arrow ? '->' : '.'}${expression.name}`;
        case 'index':
          return `${render(expression.object)}[${render(expression.index)}]`;
      }
    };
    return render(parseExpression(text));
  };
  assert.equal(show('1 + 2 * 3 == 7 && x'), '(((1+(2*3))==7)&&x)');
  assert.equal(show('*p->next[2].x'), '(*p->next[2].x)');
  assert.equal(show('-x << 0x10 | ~$x0'), '(((-x)<<16)|(~$x0))');
  assert.equal(show("pa:0x9000_0000 + 'A'"), '(pa:2415919104+65)');
  for (const bad of ['', '1 +', '(1', 'a b', 'a.', '1..2', '#', '0x', `${'('.repeat(200)}1`]) {
    assert.throws(() => parseExpression(bad), refusedWith('bad-expression', /./), bad);
  }
});

test('any text is an expression or a Problem', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        parseExpression(text);
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('hit counts', () => {
  assert.ok(isHitCondition('5') && isHitCondition('>= 5') && isHitCondition('% 2'));
  assert.ok(!isHitCondition('x') && !isHitCondition('% 0') && !isHitCondition('5 5'));
  const hits = (text: string): number[] => [1, 2, 3, 4, 5, 6].filter((hit) => hitConditionHolds(text, hit));
  assert.deepEqual(hits('4'), [4, 5, 6]);
  assert.deepEqual(hits('== 4'), [4]);
  assert.deepEqual(hits('> 4'), [5, 6]);
  assert.deepEqual(hits('<= 2'), [1, 2]);
  assert.deepEqual(hits('% 3'), [3, 6]);
});

test('sources are found beside the ELF, through the source map, or by the end of their path', () => {
  const present = new Set([
    join('/project', 'guest', 'main.c'),
    join('/local', 'lib', 'rsi.c'),
    join('/project', 'shared', 'start.S'),
  ]);
  const map = createSourceMap(join('/project', 'guest', 'guest.elf'), { '/build': '/local' }, (path) =>
    present.has(path),
  );
  assert.equal(localPath(map, 'main.c'), join('/project', 'guest', 'main.c'));
  assert.equal(localPath(map, '/build/lib/rsi.c'), join('/local', 'lib', 'rsi.c'));
  assert.equal(localPath(map, '/builder/shared/start.S'), join('/project', 'shared', 'start.S'));
  assert.equal(localPath(map, '/nowhere/else.c'), undefined);
  assert.deepEqual(filesOfClient(map, '/project/guest/main.c', ['main.c', 'lib/main.c']), ['main.c']);
  assert.deepEqual(filesOfClient(map, 'vscode-remote://host%2B1/project/guest/main.c', ['main.c']), ['main.c']);
  assert.equal(clientPath('/a/b.c'), '/a/b.c');
});

test('handles follow a path of keys from stop to stop', () => {
  const handles = createHandles();
  let value = 1;
  const child = (): Node => ({
    name: 'child',
    value: String(value),
    children: () => [{ name: 'leaf', value: String(value) }],
  });
  const root = (): Node => ({ key: 'root', name: 'root', value: '', children: () => [child()] });
  const reference = referenceOf(handles, 0, root());
  const [first] = variablesOf(handles, reference);
  value = 2;
  renewHandles(handles);
  assert.throws(() => nodeOf(handles, first!.variablesReference), refusedWith('no-such-variable', /gone/));
  assert.equal(referenceOf(handles, 0, root()), reference, 'the same root has the same reference');
  assert.equal(
    variablesOf(handles, first!.variablesReference)[0]?.value,
    '2',
    'a child answers with the present value',
  );
  assert.throws(() => nodeOf(handles, 999), refusedWith('no-such-variable', /999/));
});

test('numbers as they are shown', () => {
  assert.equal(showHex(0x9004_4000), '0x9004_4000');
  assert.equal(showHex(0xfffn), '0xfff');
  assert.equal(showHex(0x1_0000n), '0x1_0000');
  assert.equal(showSize(4096), '4 KiB');
  assert.equal(showSize(0x20_0000), '2 MiB');
  assert.equal(showSize(100), '100 bytes');
  assert.equal(nearest('RMI_REALM_CRAETE', ['RMI_REALM_CREATE', 'RMI_REALM_DESTROY']), 'RMI_REALM_CREATE');
  assert.equal(nearest('abc', ['xyz']), undefined);
});
