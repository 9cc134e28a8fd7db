import { describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../src/environments/environment.js';
import type { LoadedEnvironment } from '../../../src/environments/registry.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { openOrStandIn } from '../../../src/environments/stand-in.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';

function environment(name: string, more: object = {}): LoadedEnvironment {
  const fields = { name, title: name, executables: ['python3'], license: 'MIT', runtimes: { host: {} } };
  return { ...environmentSchema.parse({ ...fields, ...more }), folder: `/environments/${name}` };
}

const first = environment('first', { python: ['nibabel', 'nilearn'] });
const second = environment('second', { python: ['nibabel'], stands_in_for: ['first'] });
const stranger = environment('stranger', { python: ['nibabel', 'nilearn'] });
const all = new Map([first, second, stranger].map((one) => [one.name, one]));

/** Runtimes where only some environments can be opened. */
function runtimes(available: readonly string[]): {
  open: (one: LoadedEnvironment) => Promise<OpenEnvironment>;
} {
  return {
    open: (one) =>
      available.includes(one.name)
        ? Promise.resolve({
            identity: { name: one.name, runtime: 'host', digest: 'd', details: {} },
            run: () => Promise.reject(new Error('not called')),
          })
        : Promise.reject(
            new NeuroClawError('preflight.environment', `${one.name} is not locked`, {
              hint: `lock ${one.name}`,
            }),
          ),
  };
}

const needs = (...python: string[]): Parameters<typeof openOrStandIn>[1] => ({
  environment: 'first',
  executables: ['python3'],
  python,
});

describe('an environment that is not available', () => {
  it('is not replaced where it is available', async () => {
    const { open, substitution } = await openOrStandIn(
      first,
      needs('nibabel'),
      all,
      runtimes(['first', 'second']),
    );
    expect([open.identity.name, substitution]).toEqual(['first', undefined]);
  });

  it('is replaced by one that declares it and has all that is needed, and that is said', async () => {
    const { open, substitution } = await openOrStandIn(
      first,
      needs('nibabel'),
      all,
      runtimes(['second', 'stranger']),
    );
    expect(open.identity.name).toBe('second');
    expect(substitution).toMatchObject({
      severity: 'warning',
      message: 'environment second takes the place of first: first is not locked',
      suggestion: expect.stringContaining('lock first') as string,
    });
  });

  it('is not replaced by one that lacks a package: the error says which, and what would mend it', async () => {
    await expect(
      openOrStandIn(first, needs('nibabel', 'nilearn'), all, runtimes(['second', 'stranger'])),
    ).rejects.toMatchObject({
      code: 'preflight.environment',
      hint: 'lock first; or second cannot take its place: it lacks nilearn',
    });
  });

  it('without any in its place names the commands for both', async () => {
    await expect(openOrStandIn(first, needs('nibabel'), all, runtimes([]))).rejects.toMatchObject({
      message: 'first is not locked',
      hint: 'lock first; or for second in its place: lock second',
    });
  });
});
