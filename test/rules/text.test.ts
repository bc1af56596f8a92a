import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, filesBelow, sourceFiles, textOf } from './project';
import { LONGEST, machinePaths, switchedOff, textFiles, tooLong, unfinished } from './text-rules';

const self = 'snippet.ts';

test('the machine path rule sees homes and scratch folders, not URLs or relative paths', () => {
  const bad = [`cd /ho${'me'}/ann/x`, `"/wo${'rk'}/main"`, `C:\\Us${'ers'}\\ann`, `open /t${'mp'}/file`];
  const good = ['https://x.org/home/page', 'docs/home/plan.md', '$' + `{tmp}/home/x`, 'a/home/b'];
  assert.deepEqual(
    bad.map((line) => machinePaths(self, line).length),
    [1, 1, 1, 1],
  );
  assert.equal(describe(good.flatMap((line) => machinePaths(self, line))), '');
});

test('no committed file names a path of one machine', () => {
  const findings = textFiles().flatMap((file) => machinePaths(file, textOf(file)));
  assert.equal(describe(findings), '');
});

test('the rules for unfinished work see it', () => {
  assert.equal(
    unfinished(self, `// TO${'DO'}: later\n// FIX${'ME'}\n// @ts-${'ignore'}\n<<<<${'<<<'} HEAD\nfine`).length,
    4,
  );
  assert.equal(
    switchedOff(self, `test.sk${'ip'}('x')\nit.on${'ly'}(\n{ sk${'ip'}: true }\nassert(tr${'ue'})`).length,
    4,
  );
});

test('nothing committed is marked unfinished', () => {
  const code = textFiles().filter((file) => /\.(ts|mjs|c|h|S|sh)$/.test(file));
  assert.equal(describe(code.flatMap((file) => unfinished(file, textOf(file)))), '');
});

test('no test is switched off', () => {
  const files = filesBelow('test', '.ts');
  assert.equal(describe(files.flatMap((file) => switchedOff(file, textOf(file)))), '');
});

test('no source file is so long that it wants to be several', () => {
  assert.equal(tooLong(self, 'x\n'.repeat(LONGEST + 1)).length, 1);
  assert.equal(tooLong(self, 'x\n'.repeat(LONGEST)).length, 0);
  assert.equal(describe(sourceFiles().flatMap((file) => tooLong(file, textOf(file)))), '');
});
