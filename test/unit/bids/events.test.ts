import { describe, expect, it } from 'vitest';
import { parseEvents, readEvents } from '../../../src/bids/events.js';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { companionFor } from '../../../src/bids/inheritance.js';
import { queryFiles } from '../../../src/bids/query.js';
import { hasTestData, testData } from '../../support/data.js';
import { writeDataset } from './tree.js';

const place = { file: 'e.tsv' };
const found = (text: string) =>
  parseEvents(text, place).findings.map(({ message, severity, place: at }) => ({
    message,
    severity,
    line: at?.line,
    field: at?.field,
  }));

describe('parseEvents', () => {
  it('reads onset and duration in seconds and the type of the trial', () => {
    const text = 'onset\tduration\ttrial_type\n-1.5\t0\tface\n2\tn/a\tn/a\n3e0\t.5\thouse\n';
    expect(parseEvents(text, place)).toEqual({
      events: [
        { onset: -1.5, duration: 0, trialType: 'face' },
        { onset: 2, duration: undefined, trialType: undefined },
        { onset: 3, duration: 0.5, trialType: 'house' },
      ],
      columns: ['onset', 'duration', 'trial_type'],
      findings: [],
    });
  });

  it('tells of missing columns once, not of every row', () => {
    expect(found('time\tduration\n1\t2\n3\t4\n')).toEqual([
      { message: 'the column onset is missing', severity: 'error', line: 1, field: 'onset' },
    ]);
    expect(found('Onset\tDuration\n1\t2\n')).toHaveLength(2);
  });

  it.each(['n/a', 'abc', '', '1,5', '0x10', 'Infinity', 'NaN', '1 s'])('refuses the onset %j', (onset) => {
    const text = `onset\tduration\n0\t1\n${onset}\t1\n5\t1\n`;
    expect(parseEvents(text, place).events.map((event) => event.onset)).toEqual([0, 5]);
    expect(found(text)).toContainEqual({
      message: `onset is ${JSON.stringify(onset)}`,
      severity: 'error',
      line: 3,
      field: 'onset',
    });
  });

  it('refuses negative durations and such that are no numbers, with the line also after a broken row', () => {
    expect(found('onset\tduration\n0\n1\t-2\n2\tlong\n')).toEqual([
      { message: 'the row has 1 value', severity: 'error', line: 2, field: undefined },
      { message: 'duration is "-2"', severity: 'error', line: 3, field: 'duration' },
      { message: 'duration is "long"', severity: 'error', line: 4, field: 'duration' },
    ]);
  });

  it('tells once where onsets go back, as when runs were pasted together', () => {
    const text = 'onset\tduration\n0\t1\n10\t1\n10\t1\n0\t1\n5\t1\n';
    expect(found(text)).toEqual([
      { message: 'the onset 0 comes after 10', severity: 'warning', line: 5, field: 'onset' },
    ]);
    expect(parseEvents(text, place).events).toHaveLength(5);
  });
});

describe('readEvents', () => {
  it('tells of a file that is not text, and of one that is gone', async () => {
    const root = writeDataset({ 'sub-1/func/sub-1_task-x_events.tsv': '' });
    const { writeFileSync, rmSync } = await import('node:fs');
    const dataset = await indexDataset(root);
    const [file] = queryFiles(dataset, { suffix: 'events' });
    if (file === undefined) throw new Error('no events file');
    writeFileSync(`${root}/${file.path}`, Buffer.from([0x6f, 0xff, 0xfe]));
    expect((await readEvents(dataset, file)).findings).toMatchObject([
      { code: 'input.malformed', message: `${file.path} is not UTF-8 text` },
    ]);
    rmSync(`${root}/${file.path}`);
    expect((await readEvents(dataset, file)).findings).toMatchObject([{ code: 'input.not-found' }]);
  });
});

describe.skipIf(!hasTestData)('events of a real experiment', () => {
  it('show eight object categories in each of the six runs', async () => {
    const dataset = await indexDataset(testData('bids', 'haxby-slice'));
    const runs = queryFiles(dataset, { suffix: 'bold', extension: ['.nii', '.nii.gz'] });
    expect(runs).toHaveLength(6);
    for (const run of runs) {
      const file = companionFor(dataset, run, 'events');
      expect(file?.entities['run']).toBe(run.entities['run']);
      if (file === undefined) continue;
      const { events, findings } = await readEvents(dataset, file);
      expect(findings).toEqual([]);
      expect(new Set(events.map(({ trialType }) => trialType)).size).toBe(8);
    }
  });

  it('can be read in all datasets that have them', async () => {
    for (const name of ['ds001', 'ds114', 'ds105', 'eeg_matchingpennies', 'ds000248']) {
      const dataset = await indexDataset(testData('bids-examples', name));
      const files = queryFiles(dataset, { suffix: 'events', extension: '.tsv' });
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        const { events, findings } = await readEvents(dataset, file);
        expect({ file: file.path, errors: findings.filter(({ severity }) => severity === 'error') }).toEqual({
          file: file.path,
          errors: [],
        });
        expect(events.length).toBeGreaterThan(0);
      }
    }
  });
});
