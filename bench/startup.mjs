// How soon it is there: `--version` and the first prompt of a conversation, in a real pseudo-terminal, each against an
// empty Node process, in turns. The pseudo-terminal is that of `script` (util-linux), whose own start counts too.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 15;
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

function timed(args) {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

/** Milliseconds until the prompt stands on the screen. */
function firstPrompt(out, env) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const command = [process.execPath, main, 'chat', '--out', out].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qfec', command, '/dev/null'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let screen = '';
    let seen;
    child.stdout.on('data', (chunk) => {
      screen += chunk;
      // The prompt comes after the greeting, with nothing behind it but the column that the cursor goes to.
      if (seen !== undefined || !/Ctrl-D leaves[\s\S]*\n[^\n]*> /.test(screen)) return;
      seen = performance.now() - start;
      child.stdin.write('\x04');
    });
    child.on('error', reject);
    child.on('close', () => (seen === undefined ? reject(new Error(`no prompt: ${screen}`)) : resolve(seen)));
  });
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function bench() {
  const root = await mkdtemp(join(tmpdir(), 'neuroclaw startup '));
  const env = { ...process.env, XDG_STATE_HOME: join(root, 'state'), TERM: 'xterm-256color' };
  const [bare, version, prompt] = [[], [], []];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(timed(['-e', '0']));
      version.push(timed([main, '--version']));
      prompt.push(await firstPrompt(join(root, 'study'), env));
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return {
    name: 'start-up, medians of processes in turns',
    figures: [
      { label: 'node -e 0', value: median(bare), unit: 'ms' },
      { label: '--version against node -e 0 (limit 1.5)', value: median(version) / median(bare), unit: '' },
      { label: 'first prompt against node -e 0 (limit 4)', value: median(prompt) / median(bare), unit: '' },
    ],
  };
}
