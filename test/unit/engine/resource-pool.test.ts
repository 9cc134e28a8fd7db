import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourcePool } from '../../../src/engine/resource-pool.js';

const never = new AbortController().signal;

describe('ResourcePool', () => {
  it('never grants more than the machine has, and grants everything in the end', async () => {
    const demand = fc.record({
      cpus: fc.integer({ min: 1, max: 6 }),
      memoryMb: fc.integer({ min: 1, max: 60 }),
      priority: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(demand, { maxLength: 40 }), async (demands) => {
        const pool = new ResourcePool({ cpus: 4, memoryMb: 40 });
        let [cpus, memoryMb, granted] = [0, 0, 0];
        await Promise.all(
          demands.map(async (wanted) => {
            const given = await pool.acquire(wanted, never);
            cpus += given.cpus;
            memoryMb += given.memoryMb;
            granted += 1;
            expect(cpus).toBeLessThanOrEqual(4);
            expect(memoryMb).toBeLessThanOrEqual(40);
            await Promise.resolve();
            cpus -= given.cpus;
            memoryMb -= given.memoryMb;
            given.release();
          }),
        );
        expect(granted).toBe(demands.length);
      }),
      { numRuns: 50 },
    );
  });

  it('prefers deep jobs', async () => {
    const pool = new ResourcePool({ cpus: 1, memoryMb: 1 });
    const first = await pool.acquire({ cpus: 1, memoryMb: 1, priority: 0 }, never);
    const order: number[] = [];
    const waiting = [1, 5, 3].map((priority) =>
      pool.acquire({ cpus: 1, memoryMb: 1, priority }, never).then((given) => {
        order.push(priority);
        given.release();
      }),
    );
    first.release();
    await Promise.all(waiting);
    expect(order).toEqual([5, 3, 1]);
  });

  it('lets a waiting job go when the run is cancelled', async () => {
    const pool = new ResourcePool({ cpus: 1, memoryMb: 1 });
    await pool.acquire({ cpus: 1, memoryMb: 1, priority: 0 }, never);
    const controller = new AbortController();
    const waiting = pool.acquire({ cpus: 1, memoryMb: 1, priority: 0 }, controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });
});
