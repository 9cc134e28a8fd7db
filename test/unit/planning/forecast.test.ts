import { describe, expect, it } from 'vitest';
import { forecast } from '../../../src/planning/forecast.js';
import { hasTestData, testData } from '../../support/data.js';
import { compile } from './support.js';

describe.skipIf(!hasTestData)('forecast', () => {
  const stage = () =>
    compile({ pipeline: 'functional/clean', data: { bids: testData('bids', 'haxby-slice') } });

  it('adds what the skills say of time where nothing was measured', async () => {
    const compiled = await stage();
    const usual = compiled.jobs.reduce((sum, { resources }) => sum + resources.typical_s, 0);
    expect(forecast(compiled)).toMatchObject({ seconds: usual, measured: 0 });
  });

  it('uses measured rates for the skills that have run, by the size of their inputs', async () => {
    const compiled = await stage();
    const smooth = compiled.jobs.filter(({ skill }) => skill === 'niimath/smooth');
    const others = compiled.jobs.filter(({ skill }) => skill !== 'niimath/smooth');
    const { seconds, measured } = forecast(compiled, { secondsPerMb: new Map([['niimath/smooth', 0.5]]) });
    expect(measured).toBe(smooth.length);
    const fromContracts = others.reduce((sum, { resources }) => sum + resources.typical_s, 0);
    expect(seconds).toBeGreaterThan(fromContracts);
    expect(seconds).toBeLessThan(fromContracts + 60);
  });

  it('is above the size of what is made, and not by orders of magnitude', async () => {
    const compiled = await stage();
    const { diskMb } = forecast(compiled);
    const scratch = Math.max(...compiled.jobs.map(({ resources }) => resources.scratch_mb));
    // Six runs of 0.5 MB at most, nine results of each, two of float32 in place of 16 bits.
    expect(diskMb - scratch).toBeGreaterThan(0.5);
    expect(diskMb - scratch).toBeLessThan(100);
  });

  it('two runs cost twice as much as one', async () => {
    const data = { bids: testData('bids', 'haxby-slice') };
    const one = forecast(await compile({ pipeline: 'functional/clean', data, select: { run: '01' } }));
    const two = forecast(
      await compile({ pipeline: 'functional/clean', data, select: { run: ['01', '02'] } }),
    );
    expect(two.seconds).toBeCloseTo(2 * one.seconds);
  });
});
