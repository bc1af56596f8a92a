/**
 * What VS Code runs inside its extension host: every bundled *.spec.js beside this file, under Mocha. The harness reads
 * the report; a report without `end` means that the host died.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import type { Report } from './report';

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: 60_000, color: false });
  for (const file of readdirSync(__dirname).filter((name) => name.endsWith('.spec.js'))) {
    mocha.addFile(join(__dirname, file));
  }
  const report: Report = { passed: 0, failed: 0, skipped: 0, lines: [], end: false };
  const save = () => {
    const path = process.env['REALMSCOPE_TEST_REPORT'];
    if (path) writeFileSync(path, JSON.stringify(report));
  };
  save();
  return new Promise((done, fail) => {
    const runner = mocha.run((failures) => {
      report.end = true;
      save();
      if (failures > 0) fail(new Error(`${failures} tests failed`));
      else done();
    });
    runner.on('pass', (test) => {
      report.passed++;
      report.lines.push(`✔ ${test.fullTitle()} (${test.duration} ms)`);
      save();
    });
    runner.on('pending', (test) => {
      report.skipped++;
      report.lines.push(`- ${test.fullTitle()}`);
      save();
    });
    runner.on('fail', (test, error: Error) => {
      report.failed++;
      report.lines.push(`✖ ${test.fullTitle()}`, error.stack ?? String(error));
      save();
    });
  });
}
