import { expect, it } from 'vitest';
import { newRunId } from '../../../src/kernel/ids.js';

it('ids of runs sort by their time, also within one second', () => {
  const at = (ms: number): string => newRunId(new Date(Date.UTC(2026, 10, 24, 1, 53, 40, ms)));
  const ids = [0, 1, 9, 10, 217, 999].map(at);
  expect([...ids].sort()).toEqual(ids);
  expect(at(217)).toMatch(/^20261124T015340217Z-[0-9a-f]{6}$/);
});
