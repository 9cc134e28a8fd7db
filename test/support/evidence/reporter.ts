import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Writes what the tests of a run showed to the file that NEUROCLAW_EVIDENCE names, for `scripts/evidence.mjs`:
 * `{shown: [{id, level, by}], files: [{by, complete}]}`. A test that did not pass shows nothing. A file is complete
 * where all of its tests passed and none was skipped.
 */
export default class EvidenceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const file = process.env['NEUROCLAW_EVIDENCE'];
    if (file === undefined || file === '') return;
    const shown = modules.flatMap((module) =>
      [...module.children.allTests('passed')].flatMap((test) =>
        (test.meta().evidence ?? []).map((entry) => ({ ...entry, by: module.relativeModuleId })),
      ),
    );
    const files = modules.map((module) => ({
      by: module.relativeModuleId,
      complete:
        module.state() === 'passed' &&
        [...module.children.allTests()].every((test) => test.result().state === 'passed'),
    }));
    writeFileSync(file, `${JSON.stringify({ shown, files }, null, 1)}\n`);
  }
}
