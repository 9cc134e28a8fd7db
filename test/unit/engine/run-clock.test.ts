import { join } from 'node:path';
import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RunClock } from '../../../src/engine/run-clock.js';
import { cliEnvironment, labSettings, runCli } from '../../support/cli.js';
import { shortPlan, writeEventsDataset } from '../../support/events-dataset.js';
import { verifiedEvents } from '../../support/scripted-talk.js';
import { temporaryFolder } from '../../support/temporary.js';

const until = (signal: AbortSignal): Promise<string> =>
  new Promise((done) => signal.addEventListener('abort', () => done('stopped'), { once: true }));

describe('the clock of a run', () => {
  it('stops what runs when its time is over, and says so first', async () => {
    const told: string[] = [];
    const clock = new RunClock(new AbortController().signal, 0.02, ({ code }) => told.push(code));
    expect(await clock.time(() => until(clock.signal))).toBe('stopped');
    expect(told).toEqual(['budget.time']);
    expect((clock.signal.reason as Error).message).toContain('0.02 seconds');
  });

  it('stands still while nothing runs, and without a limit never stops anything', async () => {
    const clock = new RunClock(new AbortController().signal, 0.02);
    await clock.time(() => Promise.resolve());
    await new Promise((done) => setTimeout(done, 60));
    expect(clock.signal.aborted).toBe(false);
    const cancelled = new AbortController();
    const free = new RunClock(cancelled.signal, undefined);
    expect(free.signal).toBe(cancelled.signal);
  });

  it('passes a cancellation on', () => {
    const cancelled = new AbortController();
    const clock = new RunClock(cancelled.signal, 60);
    cancelled.abort(new Error('by the person'));
    expect(clock.signal.reason).toEqual(new Error('by the person'));
  });
});

it(
  'a run that took its time is stopped with exit 15, and resume finishes it',
  { timeout: 90_000 },
  async () => {
    const root = temporaryFolder();
    writeEventsDataset(join(root, 'bids'), 80);
    const out = join(root, 'out');
    writeFileSync(join(root, 'plan.json'), JSON.stringify(shortPlan(join(root, 'bids'), out)));
    const env = cliEnvironment(join(root, 'state'), { ...labSettings, NEUROCLAW_CPUS: '1' });
    const limit = { NEUROCLAW_RUN_BUDGET_SECONDS: '1' };
    const run = await runCli(['run', join(root, 'plan.json'), '--yes'], { ...env, ...limit });
    expect([run.code, run.stderr]).toEqual([
      15,
      expect.stringContaining('the jobs took the 1 seconds of this run'),
    ]);
    const events = await verifiedEvents(out);
    expect(events.at(-1)?.body).toMatchObject({ outcome: 'cancelled', error: { code: 'budget.time' } });
    const committed = readdirSync(join(out, '.neuroclaw', 'store')).length;
    expect(committed).toBeLessThan(240);
    const resumed = await runCli(['resume', '--out', out, '--yes'], env);
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
    expect(readdirSync(join(out, '.neuroclaw', 'store'))).toHaveLength(240);
    await verifiedEvents(out);
  },
);
