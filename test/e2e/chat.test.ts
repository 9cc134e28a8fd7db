import { decode } from 'fast-png';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeSyntheticDataset } from '../../src/synthetic/dataset.js';
import { readHeads } from '../../src/trace/heads.js';
import { verifyTrace } from '../../src/trace/verify.js';
import { cliEnvironment, labSettings } from '../support/cli.js';
import { kittyPictures } from '../support/kitty-pictures.js';
import { chunk, goesQuiet, modelServer, says } from '../support/model-server.js';
import { writeEventsDataset } from '../support/events-dataset.js';
import { hasTerminal, Terminal } from '../support/terminal.js';
import { temporaryFolder } from '../support/temporary.js';

const open: Terminal[] = [];
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close();
});

function start(args: readonly string[], root: string, env: Record<string, string> = {}): Terminal {
  const terminal = new Terminal(args, cliEnvironment(join(root, 'state'), env), root);
  open.push(terminal);
  return terminal;
}

async function verified(out: string): Promise<void> {
  const runs = readdirSync(join(out, '.neuroclaw', 'runs'));
  for (const run of runs) {
    const { heads } = await readHeads([join(out, '.neuroclaw', 'heads.jsonl')], run);
    const trace = join(out, '.neuroclaw', 'runs', run, 'trace.jsonl');
    expect((await verifyTrace(trace, heads)).findings).toEqual([]);
  }
}

describe.skipIf(!hasTerminal)('the conversation in a terminal', () => {
  it('the demo data from question to results, talking while it runs', { timeout: 120_000 }, async () => {
    const root = temporaryFolder();
    await writeSyntheticDataset(join(root, 'bids'), { seed: 7, participants: 1 });
    const terminal = start(['chat', '--data', 'bids', '--out', 'study', '--chat', 'demo'], root);
    await terminal.see('no model is configured: it plans by rules');
    terminal.type('what is in this dataset?\n');
    await terminal.see('func: 1 bold, 1 events');
    terminal.type('clean the bold runs without smoothing\n');
    await terminal.see(/\d+ jobs, about/);
    await terminal.see('run it? >');
    terminal.type('yes\n');
    await terminal.see(/^\[\d+\/\d+\] >/m);
    // Half a question stays on its line while jobs report above it.
    terminal.type('what is ');
    await terminal.see(/done clean\/[\s\S]*\n\[\d+\/\d+\] > what is$/);
    terminal.type('odd?\n');
    await terminal.see('no field maps');
    await terminal.see(/finished {2}run/, 90_000);
    await terminal.see('tsnr_median');
    terminal.type('/show derivatives/functional-clean/dataset_description.json\n');
    await terminal.see('"DatasetType": "derivative"');
    terminal.record(join(root, 'sent'));
    terminal.type('/show\n');
    await terminal.see(
      /task-tapping {2}clean {2}tsnr {4}Temporal signal-to-noise ratio\n[\s\S]*show a picture/,
    );
    terminal.type('/show tsnr\n');
    await terminal.see(/\/show tsnr\n.*ratio\n\/.*\/out\/\S+\.svg\n>/);
    terminal.type('methods\n');
    await terminal.see('No spatial smoothing was applied.');
    // Inside tmux paths are links, and no picture is drawn that it would drop.
    const sent = readFileSync(join(root, 'sent'), 'utf8');
    expect(sent).toContain(`\x1b]8;;file://${hostname()}${encodeURI(join(root, 'study'))}/.neuroclaw/store/`);
    expect(sent).not.toMatch(/\x1b_G|\x1b\]1337/);
    terminal.key('C-d');
    expect(await terminal.ended()).toBe('0');
    expect(terminal.screen().match(/it plans by rules/g)).toHaveLength(1);
    await verified(join(root, 'study'));

    const again = start(['chat', '--out', 'study', '--chat', 'demo'], root, { NEUROCLAW_PICTURES: 'kitty' });
    await again.see('you said last: methods');
    again.record(join(root, 'drawn'));
    again.type('/show tsnr\n');
    await again.see(/\/show tsnr\n.*ratio\n\/.*\/out\/\S+\.svg\n\s*>/);
    const drawn = await vi.waitFor(
      () => {
        const pictures = kittyPictures(readFileSync(join(root, 'drawn'), 'utf8'));
        expect(pictures).toHaveLength(1);
        return pictures[0];
      },
      { timeout: 30_000 },
    );
    expect(decode(drawn ?? Buffer.alloc(0)).width).toBe(1200);
    again.type('how many subjects are there\n');
    await again.see('of 1 participant');
    again.key('C-d');
    expect(await again.ended()).toBe('0');
  });

  it('edits lines: several as one, history, completion, taking back', { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    await writeSyntheticDataset(join(root, 'bids'), { seed: 7, participants: 1 });
    const terminal = start(['chat', '--data', 'bids', '--out', 'study'], root);
    await terminal.see('/help lists');
    terminal.type('clean the bold runs\\\n');
    await terminal.see(/^\.\.\.$/m);
    terminal.type('without smoothing\n');
    await terminal.see('smoothing_fwhm_mm 0: without smoothing');
    terminal.type('undo\n');
    await terminal.see('is taken back');
    terminal.type('check the quality');
    terminal.key('M-Enter');
    terminal.type('of the T1w images\n');
    await terminal.see('stage quality  structural/quality');
    terminal.paste('smooth the bold runs\nby 8 mm');
    terminal.key('Enter');
    await terminal.see('smoothing_fwhm_mm 8');
    terminal.key('Up');
    await terminal.see(/> by 8 mm$/);
    terminal.key('C-c');
    await terminal.see(/run it\? >$/);
    terminal.type('/conv');
    terminal.key('Tab');
    await terminal.see(/> \/conversations$/);
    terminal.key('C-c');
    terminal.type('show me functional/cl');
    terminal.key('Tab');
    await terminal.see(/> show me functional\/clean$/);
    terminal.key('C-c');
    terminal.type('clean sub-');
    terminal.key('Tab');
    await terminal.see(/> clean sub-01$/);
    terminal.key('C-c');
    terminal.type('/modle\n');
    await terminal.see('did you mean /model?');
    terminal.key('C-d');
    expect(await terminal.ended()).toBe('0');
    expect(statSync(join(root, 'state', 'neuroclaw', 'chat-history')).mode & 0o777).toBe(0o600);
  });

  it('on a dumb terminal: one prompt, no escape sequences', { timeout: 30_000 }, async () => {
    const root = temporaryFolder();
    await writeSyntheticDataset(join(root, 'bids'), { seed: 7, participants: 1 });
    const terminal = start(['chat', '--data', 'bids', '--out', 'study'], root, { TERM: 'dumb' });
    terminal.record(join(root, 'sent'));
    await terminal.see(/Ctrl-D leaves\n>$/);
    terminal.type('what is odd?\n');
    await terminal.see(/\n> what is odd\?\nmissing: no field maps[\s\S]*\n>$/);
    terminal.type('clean the bold runs\n');
    const screen = await terminal.see(/run it\? >$/);
    expect(screen).not.toMatch(/> .*>/);
    terminal.key('C-d');
    expect(await terminal.ended()).toBe('0');
    expect(readFileSync(join(root, 'sent'), 'utf8')).not.toContain('\x1b');
  });

  it(
    'on a narrow screen lines break between words, and a long line that is typed stays whole',
    { timeout: 60_000 },
    async () => {
      const root = temporaryFolder();
      await writeSyntheticDataset(join(root, 'Daten 研究'), { seed: 7, participants: 1 });
      const size = { columns: 60, rows: 20 };
      const env = cliEnvironment(join(root, 'state'), { NO_COLOR: '1' });
      const terminal = new Terminal(['chat', '--data', 'Daten 研究', '--out', 'study'], env, root, size);
      open.push(terminal);
      await terminal.see('Daten 研究');
      terminal.type('/help\n');
      await terminal.see(
        / {2}\/plan \[WORDS\] {9}show the plan that waits, or make\n {24}one of the words by rules\n/,
      );
      const words =
        'clean the bold runs of sub-01 without smoothing but with everything else as it is usually done';
      terminal.type(words);
      await terminal.see(`> ${words}`);
      terminal.key('Enter');
      await terminal.see(/run it\? >$/);
      terminal.key('Up');
      await terminal.see(new RegExp(`run it\\? > ${words}$`));
      terminal.key('C-c');
      await terminal.see(/run it\? >$/);
      terminal.key('C-d');
      expect(await terminal.ended()).toBe('0');
      expect(terminal.raw()).not.toContain('\x1b[3');
    },
  );

  it('Ctrl-C stops the run and stays; the run goes on by a word', { timeout: 90_000 }, async () => {
    const root = temporaryFolder();
    await writeSyntheticDataset(join(root, 'bids'), { seed: 7, participants: 1 });
    const terminal = start(['chat', '--data', 'bids', '--out', 'study'], root, { NEUROCLAW_CPUS: '1' });
    await terminal.see('/help lists');
    terminal.type('clean the bold runs\n');
    await terminal.see('run it? >');
    terminal.type('yes\n');
    await terminal.see(/\d\/12 done clean/);
    terminal.key('C-c');
    await terminal.see('stopping the jobs under way');
    await terminal.see(/cancelled {2}run/);
    terminal.type('resume\n');
    await terminal.see(/finished {2}run/, 60_000);
    terminal.key('C-d');
    expect(await terminal.ended()).toBe('0');
    expect(readdirSync(join(root, 'study', '.neuroclaw', 'runs'))).toHaveLength(1);
    await verified(join(root, 'study'));
  });

  it(
    'streams the answer of a model; Ctrl-C stops it and the conversation stays',
    { timeout: 60_000 },
    async () => {
      const root = temporaryFolder();
      await writeSyntheticDataset(join(root, 'bids'), { seed: 7, participants: 1 });
      const half = [
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'The first line.\nThe sec' }),
      ];
      const server = await modelServer([goesQuiet(half), says('One head.\nNothing odd.')]);
      const terminal = start(['chat', '--data', 'bids', '--out', 'study'], root, {
        NEUROCLAW_MODEL: 'test-model',
        NEUROCLAW_MODEL_URL: server.url,
      });
      try {
        await terminal.see('test-model answers');
        terminal.type('tell me a story\n');
        // A whole line stands there while the answer is not complete.
        await terminal.see('The first line.');
        terminal.key('C-c');
        await terminal.see('stopped');
        terminal.type('and in short?\n');
        await terminal.see(/One head\.\nNothing odd\.\n/);
        terminal.type('/cost\n');
        await terminal.see(/2 answers.*price unknown/);
        terminal.key('C-d');
        expect(await terminal.ended()).toBe('0');
        expect(server.asked).toHaveLength(2);
      } finally {
        await server.close();
      }
    },
  );

  it('a kill in the middle of an approval loses nothing', { timeout: 90_000 }, async () => {
    const root = temporaryFolder();
    writeEventsDataset(join(root, 'events'), 2);
    const args = ['chat', '--data', 'events', '--out', 'study', '--chat', 'lab'];
    const terminal = start(args, root, labSettings);
    await terminal.see('/help lists');
    terminal.type('run lab/short\n');
    await terminal.see('run it? >');
    process.kill(terminal.pid, 'SIGKILL');
    await terminal.ended();
    expect(existsSync(join(root, 'study', '.neuroclaw', 'runs'))).toBe(false);

    const second = start(args, root, labSettings);
    await second.see('you said last: run lab/short');
    await second.see('run it? >');
    second.type('yes\n');
    // The policy asks about tools of the host: the run waits for a second yes, and is killed there.
    await second.see('the policy asks about the runtime host');
    process.kill(second.pid, 'SIGKILL');
    await second.ended();
    const log = readFileSync(join(root, 'study', '.neuroclaw', 'chats', 'lab.jsonl'), 'utf8');
    expect(log.match(/"type":"decided"/g)).toHaveLength(1);

    const third = start(args, root, labSettings);
    await third.see('you said last: yes');
    third.type('yes\n');
    await third.see(/the policy asks about the runtime host[\s\S]*run it\? >$/);
    third.type('yes\n');
    await third.see(/finished {2}run/, 60_000);
    third.key('C-d');
    expect(await third.ended()).toBe('0');
    expect(readdirSync(join(root, 'study', '.neuroclaw', 'runs'))).toHaveLength(1);
    await verified(join(root, 'study'));
  });
});
