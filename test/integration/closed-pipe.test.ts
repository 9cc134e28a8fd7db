import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFolder } from '../support/data.js';

it.each([[['--help']], [['skills', 'list']], [['__complete', '']]])(
  '%s ends quietly where its reader has seen enough',
  async (args) => {
    const main = join(projectFolder, 'dist', 'cli', 'main.js');
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, said]).toEqual([0, '']);
  },
);
