import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOperators } from './address-operators';
import { forbiddenImports } from './imports';
import { createProject, describe, fileOf, sourceFiles } from './project';
import { impurities, isPure } from './purity';

const IMPORTS = 'emulator/snippet-imports.ts';
const PURITY = 'emulator/snippet-purity.ts';
const CLEAN = 'emulator/snippet-clean.ts';
const ADDRESSES = 'emulator/snippet-addresses.ts';

const program = createProject({
  [IMPORTS]: `
    import { readFileSync } from 'node:fs';
    import type * as vscode from 'vscode';
    export * from '../debug-adapter/protocol';
    export type Late = import('../cli/main').Anything;
    export const late = () => import('../extension/extension');
    export const first = [readFileSync, null as unknown as typeof vscode];
    import '../attestation/problem';
    import './memory/pas';
    import '@noble/hashes/sha2.js';`,
  [PURITY]: `
    export const a = Date.now();
    export const b = new Date();
    export const c = Math.random();
    export const d = performance.now();
    export const e = process.env;
    export const f = setTimeout;
    export const g = typeof window;
    export const h = Buffer.from('x');
    export const { random } = Math;
    export const i = new Function('return 1');
    export const j = globalThis;
    export const k = crypto;
    export const l = { console };`,
  [CLEAN]: `
    export const a = new TextEncoder().encode('x');
    export const b = Math.floor(1.5);
    export const c = (name: string, process: number) => ({ name, process, status: 1, Date: 2 });
    export const d = new WebAssembly.Memory({ initial: 1 });
    export interface Row { readonly name: string; readonly performance: number; }
    export const e = (row: Row) => row.performance + row.name.length;`,
  [ADDRESSES]: `
    import { type Granule, type Ipa, pa } from './address';
    export const a = (granule: Granule) => granule & 1;
    export const b = (address: Ipa) => address >>> 12;
    export const c = () => ~pa(4096);
    export const d = (maybe: Ipa | undefined) => 1 << maybe!;
    export function e(address: Ipa) { let left = address; left |= 1 as never; return left; }
    export const fine = (address: Ipa, offset: number) => [address % 4096, address / 4096, offset & 4095];`,
});
const checker = program.getTypeChecker();
const lines = (findings: { readonly line: number }[]) => findings.map(({ line }) => line);

test('the import rule sees every way to import what a layer must not', () => {
  assert.deepEqual(lines(forbiddenImports(IMPORTS, fileOf(program, IMPORTS))), [2, 3, 4, 5, 6]);
  assert.equal(forbiddenImports('elsewhere/x.ts', fileOf(program, CLEAN)).length, 1);
});

test('layers import only the layers inside them', () => {
  const findings = sourceFiles().flatMap((file) => forbiddenImports(file, fileOf(program, file)));
  assert.equal(describe(findings), '');
});

test('the purity rule sees clocks, chance and hosts, and leaves names alone', () => {
  const bad = [...new Set(lines(impurities(PURITY, fileOf(program, PURITY), checker)))];
  assert.deepEqual(bad, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  assert.equal(describe(impurities(CLEAN, fileOf(program, CLEAN), checker)), '');
});

test('pure folders touch no host, clock or chance', () => {
  const pure = sourceFiles().filter(isPure);
  assert.ok(pure.length > 20);
  const findings = pure.flatMap((file) => impurities(file, fileOf(program, file), checker));
  assert.equal(describe(findings), '');
});

test('the address rule sees bit operators on branded addresses only', () => {
  assert.deepEqual(lines(addressOperators(ADDRESSES, fileOf(program, ADDRESSES), checker)), [3, 4, 5, 6, 7]);
});

test('no bit operator is used on an address', () => {
  const findings = sourceFiles().flatMap((file) => addressOperators(file, fileOf(program, file), checker));
  assert.equal(describe(findings), '');
});
