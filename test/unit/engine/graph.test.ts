import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { walkGraph, type JobVerdict } from '../../../src/engine/graph.js';
import type { Job } from '../../../src/planning/job.js';

const job = (id: string, ...needs: string[]): Job => ({ id, needs }) as unknown as Job;
const ok: JobVerdict = { ok: true };

describe('walkGraph', () => {
  it('runs a job only after all that it needs', async () => {
    const order: string[] = [];
    const jobs = [job('a'), job('b', 'a'), job('c', 'a'), job('d', 'b', 'c')];
    await walkGraph(
      jobs,
      async ({ id }) => {
        await wait(id === 'b' ? 20 : 1);
        order.push(id);
        return ok;
      },
      () => expect.unreachable(),
      new AbortController().signal,
    );
    expect(order[0]).toBe('a');
    expect(order.at(-1)).toBe('d');
  });

  it('skips what follows a failure, naming its cause, and runs the rest', async () => {
    const ran: string[] = [];
    const skipped: [string, string][] = [];
    const jobs = [job('a'), job('b', 'a'), job('c', 'b'), job('x'), job('y', 'x')];
    await walkGraph(
      jobs,
      ({ id }) => {
        ran.push(id);
        return Promise.resolve(id === 'a' ? { ok: false, reason: 'failed' } : ok);
      },
      ({ id }, reason) => skipped.push([id, reason]),
      new AbortController().signal,
    );
    expect(ran.sort()).toEqual(['a', 'x', 'y']);
    expect(skipped).toEqual([
      ['b', 'a failed'],
      ['c', 'b was skipped'],
    ]);
  });

  it('hands out nothing after an abort and waits for what runs', async () => {
    const controller = new AbortController();
    const ended: string[] = [];
    await walkGraph(
      [job('a'), job('b', 'a')],
      async ({ id }) => {
        controller.abort();
        await wait(10);
        ended.push(id);
        return ok;
      },
      () => expect.unreachable(),
      controller.signal,
    );
    expect(ended).toEqual(['a']);
  });

  it('lets a defect through once everything under way has ended', async () => {
    let other = false;
    const walking = walkGraph(
      [job('a'), job('b')],
      async ({ id }) => {
        if (id === 'a') throw new Error('defect');
        await wait(20);
        other = true;
        return ok;
      },
      () => undefined,
      new AbortController().signal,
    );
    await expect(walking).rejects.toThrow('defect');
    expect(other).toBe(true);
  });
});
