import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findExecutables } from '../../../../src/environments/runtimes/host/find-executables.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'path with spaces-'));
  for (const name of ['one', 'two']) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(folder: string, name: string, mode = 0o755): string {
  const path = join(root, folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

describe('findExecutables', () => {
  it('takes the first folder that has it and lists all that are missing together', () => {
    const first = program('one', 'tool');
    program('two', 'tool');
    const { found, missing } = findExecutables(['tool', 'x', 'y'], `${root}/one:${root}/two`);
    expect(found).toEqual([{ name: 'tool', path: first, file: first }]);
    expect(missing).toEqual(['x', 'y']);
  });

  it('passes over folders, files that may not be started and relative entries', () => {
    mkdirSync(join(root, 'one', 'tool'));
    program('two', 'other', 0o644);
    const { missing } = findExecutables(['tool', 'other'], `${root}/one:${root}/two:.:bin`);
    expect(missing).toEqual(['tool', 'other']);
  });

  it('follows links to the file itself', () => {
    const file = program('two', 'tool-3.0');
    symlinkSync(file, join(root, 'one', 'tool'));
    expect(findExecutables(['tool'], `${root}/one`).found).toEqual([
      { name: 'tool', path: join(root, 'one', 'tool'), file },
    ]);
  });
});
