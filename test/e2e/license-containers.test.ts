import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/kernel/events.js';
import { engineForTests, hosts } from '../integration/docker/support.js';
import { runCli, type CliResult } from '../support/cli.js';
import { writeEventsDataset } from '../support/events-dataset.js';
import { canRunAs } from '../support/ordinary-user.js';
import { eventsOf, suitesLock, suitesSettings, writePlan } from '../support/suites-lab.js';
import { temporaryFolder } from '../support/temporary.js';
import { hasTerminal, Terminal } from '../support/terminal.js';

const runtime = await engineForTests();
const lock = suitesLock();

/** Of nobody; in the form of FreeSurfer's. */
const LICENSE = 'jane.roexia@example.org\n73551\n *Cplantedlicence1\n FSplantedlicence2\n';
const planted = ['jane.roexia', 'Cplantedlicence1', 'FSplantedlicence2'];

let root: string;
let data: string;
let out: string;

const settings = (more: Record<string, string> = {}): Record<string, string> =>
  suitesSettings(root, lock, more);

afterAll(() => rmSync(dirname(lock), { recursive: true, force: true }));

beforeEach(() => {
  root = temporaryFolder();
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'state'));
  data = join(root, 'data');
  out = join(root, 'out');
  writeEventsDataset(data, 1);
});

const run = (pipelines: readonly string[], env: Record<string, string>): Promise<CliResult> =>
  runCli(['run', writePlan(root, pipelines), '--yes'], env);
const events = (): TraceEvent[] => eventsOf(out);

/** Everything below a folder that holds a planted word. */
function leaks(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    if (!statSync(path).isFile()) return [];
    const text = readFileSync(path, 'latin1');
    return planted.filter((word) => text.includes(word)).map((word) => `${name}: ${word}`);
  });
}

function license(text: string, mode = 0o644): string {
  const file = join(root, 'license.txt');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe.skipIf(runtime === undefined)(
  'the licence file of a tool in a container',
  { timeout: 240_000 },
  () => {
    beforeAll(async () => {
      root = temporaryFolder();
      const locked = await runCli(['env', 'lock', 'coreutils'], settings());
      expect([locked.stderr, locked.code]).toEqual(['', 0]);
    }, 600_000);

    it.each<[string, () => string | undefined, RegExp]>([
      ['is not configured', () => undefined, /no FreeSurfer licence is configured/],
      ['is not there', () => join(root, 'nothing.txt'), /licence file is not there/],
      ['is empty', () => license(''), /licence file is empty/],
      ['has blank lines alone', () => license('\n \n\t\n'), /licence file is empty/],
      ['is a folder', () => data, /licence is not a file/],
    ])('that %s is told before any job starts', async (_, make, message) => {
      const file = make();
      const { code, stderr } = await run(
        ['lab/tell'],
        settings(file === undefined ? {} : { FS_LICENSE: file }),
      );
      expect([code, message.test(stderr)]).toEqual([5, true]);
      expect(stderr).toContain('lab/tell');
      expect(stderr).toContain('registration.html');
      expect(events().filter(({ type }) => type.startsWith('job.'))).toEqual([]);
    });

    it('that another user alone may read is told as such, inside the container too', async () => {
      const file = license(LICENSE, 0o600);
      if (process.getuid?.() !== 0) return;
      // Root of this machine reads everything; root of a container without capabilities does not.
      expect(spawnSync('chown', ['65533:65533', file]).status).toBe(0);
      const { code, stderr } = await run(['lab/tell'], settings({ FS_LICENSE: file }));
      expect([code, /cannot be read inside the container/.test(stderr)]).toEqual([5, true]);
      expect(events().filter(({ type }) => type.startsWith('job.'))).toEqual([]);
      // Mended, it goes on.
      chmodSync(file, 0o644);
      expect((await run(['lab/tell'], settings({ FS_LICENSE: file }))).code).toBe(0);
    });

    it.skipIf(!canRunAs({ uid: 65534, gid: 65534 }))(
      'that an ordinary user may not read is told to them',
      async () => {
        const file = license(LICENSE, 0o600);
        const user = { uid: 65534, gid: statSync((hosts[0] ?? '').replace('unix://', '')).gid };
        for (const folder of [root, data, join(root, 'state')])
          expect(spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, folder]).status).toBe(0);
        expect(spawnSync('chown', ['0:0', file]).status).toBe(0);
        const plan = writePlan(root, ['lab/tell']);
        const env = settings({ FS_LICENSE: file });
        const { code, stderr } = await runCli(['run', plan, '--yes'], env, undefined, user);
        expect([code, /licence file may not be read by you/.test(stderr)]).toEqual([5, true]);
      },
    );

    it('that a later stage needs is asked for before the first job of the first stage', async () => {
      const { code, stderr } = await run(['lab/short', 'lab/tell'], settings());
      expect([code, /no FreeSurfer licence is configured/.test(stderr)]).toEqual([5, true]);
      expect(events().filter(({ type }) => type.startsWith('job.'))).toEqual([]);
    });

    it('reaches the tool, is in no key, and leaves with nothing', async () => {
      // Named in the file of settings, as most people do.
      const config = join(root, 'config');
      mkdirSync(join(config, 'neuroclaw'), { recursive: true });
      writeFileSync(join(config, 'neuroclaw', 'config.yaml'), `freesurfer_license: ${license(LICENSE)}\n`);
      const env = settings({ XDG_CONFIG_HOME: config });
      const first = await run(['lab/tell'], env);
      expect([first.stderr, first.code]).toEqual(['', 0]);
      const told = join(out, 'derivatives', 'lab-tell', 'sub-1', 'func', 'sub-1_task-x_desc-told_text.txt');
      const [events1 = '', license1] = readFileSync(told, 'utf8').trim().split('\n');
      expect(events1).toMatch(/^\/in\/file\/sub-1_task-x_events\.tsv:\d+$/);
      expect(license1).toBe(`/in/license/license.txt:${LICENSE.length}`);

      // Another licence is another person, not another result.
      license(LICENSE.replace('jane', 'joan'));
      const second = await run(['lab/tell'], env);
      expect([second.code, events().filter(({ type }) => type === 'job.reused')]).toEqual([
        0,
        [expect.anything()],
      ]);
      license(LICENSE);

      const given = join(root, 'given');
      for (const args of [
        ['export', 'crate', '--to', join(given, 'crate'), '--out', out],
        ['export', 'methods', '--to', join(given, 'methods'), '--out', out],
        ['report', '--out', out],
        ['explain', 'tell', '--out', out],
        ['trace', 'verify', '--out', out],
        ['doctor'],
        ['status', '--out', out],
      ]) {
        const { stdout, stderr } = await runCli(args, env);
        expect([args[0], planted.filter((word) => (stdout + stderr).includes(word))]).toEqual([args[0], []]);
      }
      // Store with preimages and logs, traces, plans, reproduce.sh, reports, derivatives; crate and methods; state.
      expect([...leaks(out), ...leaks(given), ...leaks(join(root, 'state'))]).toEqual([]);
      expect(existsSync(join(given, 'crate'))).toBe(true);
      // The scan sees what is planted.
      expect(leaks(root).length).toBe(planted.length);
    });

    it('that a tool quotes line by line when it fails is taken out of its logs, the trace and the message', async () => {
      const env = settings({ FS_LICENSE: license(LICENSE) });
      const { code, stdout, stderr } = await run(['lab/quote'], env);
      expect([code, stderr.includes('exited with status 1')]).toEqual([10, true]);
      expect(planted.filter((word) => (stdout + stderr).includes(word))).toEqual([]);
      const failed = join(out, '.neuroclaw', 'failed');
      const log = readFileSync(join(failed, readdirSync(failed)[0] ?? '', 'stderr.log'), 'utf8');
      expect(log).toContain('[redacted]');
      // The number beside it, too.
      expect(log).not.toContain('73551');
      await runCli(['report', '--out', out], env);
      expect(leaks(out)).toEqual([]);
    });

    it.skipIf(!hasTerminal)('that a tool quotes is in no conversation', async () => {
      const env = settings({ FS_LICENSE: license(LICENSE) });
      const terminal = new Terminal(['chat', '--data', data, '--out', out], env, root);
      try {
        await terminal.see('it plans by rules');
        terminal.type('quote the events\n');
        await terminal.see('run it? >');
        terminal.type('yes\n');
        await terminal.see('exited with status 1', 30_000);
        terminal.type('why did it fail?\n');
        await terminal.see(/it said: .*\[redacted\]/);
        terminal.key('C-d');
        expect(await terminal.ended()).toBe('0');
        expect(planted.filter((word) => terminal.screen().includes(word))).toEqual([]);
      } finally {
        terminal.close();
      }
      expect(readdirSync(join(out, '.neuroclaw', 'chats')).length).toBeGreaterThan(0);
      expect(leaks(out)).toEqual([]);
    });

    it('that a tool writes into its result is found, and the result is not committed', async () => {
      const { code, stderr } = await run(['lab/keep'], settings({ FS_LICENSE: license(LICENSE) }));
      expect(code).not.toBe(0);
      expect(stderr).toContain('holds text of the licence file');
      expect(planted.filter((word) => stderr.includes(word))).toEqual([]);
      expect(existsSync(join(out, 'derivatives', 'lab-keep', 'sub-1'))).toBe(false);
      expect(leaks(join(out, '.neuroclaw', 'store'))).toEqual([]);
    });
  },
);
