import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Assistant, Conversation, Reply } from '../../../src/index.js';
import { createAssistant } from '../../../src/index.js';
import { writeDataset } from '../planning/support.js';

// Two real runs over one dataset, asked about in words.
let root = '';
let assistant: Assistant;
let conversation: Conversation;

async function say(words: string): Promise<Reply> {
  const replies: Reply[] = [];
  for await (const reply of conversation.say(words)) replies.push(reply);
  const last = replies.at(-1);
  if (last === undefined) throw new Error(`"${words}" gave nothing`);
  return last;
}

async function answer(words: string): Promise<Answer> {
  const reply = await say(words);
  if (reply.kind !== 'answer') throw new Error(`"${words}" gave ${JSON.stringify(reply)}`);
  return reply;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'neuroclaw answers '));
  const data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-02/func/sub-02_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-02/anat/sub-02_T1w.nii': { volumes: 1, tr: null },
    'participants.tsv': 'participant_id\tage\nsub-01\t20\nsub-02\t30\nsub-09\t40\n',
  });
  assistant = createAssistant({ env: { XDG_STATE_HOME: join(root, 'state') } });
  conversation = assistant.open({ data, out: join(root, 'out'), person: 'Ada' });
  await say('clean the BOLD runs');
  expect(await say('yes')).toMatchObject({ kind: 'results', outcome: 'finished' });
  await say('remember: exclude sub-02, moved');
  await say('clean the BOLD runs and smooth them by 8 mm');
  expect(await say('yes')).toMatchObject({ kind: 'results', outcome: 'finished' });
}, 60_000);

afterAll(async () => {
  await assistant.close();
  rmSync(root, { recursive: true });
});

describe('questions about runs', () => {
  it('what changed: the plans and the keys of the jobs', async () => {
    const { text, facts } = await answer('what changed between these two runs?');
    expect(text).toContain('clean: smoothing_fwhm_mm (mm): 6 -> 8');
    expect(text).toContain('params.sigma_mm: 2.5479654 -> 3.3972872');
    expect(facts).toMatchObject({
      sameJobs: 10,
      jobs: [
        { job: 'clean/smooth/sub-01_task-rest_bold', follows: [], results: 'other' },
        { job: 'clean/after-picture/sub-01_task-rest_bold', changes: [], follows: ['bold'] },
      ],
      onlyAfter: [],
    });
    expect((facts as { onlyBefore: string[] }).onlyBefore).toHaveLength(12);
  });

  it('why a participant is not there: plan, memory, data', async () => {
    const excluded = await answer('why was sub-02 excluded?');
    expect(excluded.text).toContain('sub-02 is not in the results');
    expect(excluded.text).toContain('as you had me remember: moved');
    expect(excluded.text).toContain('stage clean, excluded: moved');
    const listed = await answer('why is subject 9 missing');
    expect(listed.text).toContain('sub-09 is listed in participants.tsv and has no files');
    expect((await answer('why was sub-55 left out?')).text).toContain('the dataset has no sub-55');
    expect((await answer('why was sub-01 excluded?')).text).toContain('sub-01 was not excluded: 12 jobs');
    expect((await answer('what failed?')).text).toContain('nothing of run');
  });

  it('what would run again, by keys; by the names of the tools too', async () => {
    const same = await answer('what would rerun if I set smoothing_fwhm_mm to 8?');
    expect(same.text).toContain('nothing would run again, 12 committed results');
    const wider = await answer('what would rerun if I smooth 10 mm?');
    expect(wider.facts).toMatchObject({
      would_run: ['clean/smooth/sub-01_task-rest_bold', 'clean/after-picture/sub-01_task-rest_bold'],
      stay: 10,
    });
    const flag = await answer('what would rerun if i set fwhm 10?');
    expect(flag.facts).toMatchObject({ settings: { smoothing_fwhm_mm: '10' } });
    const filter = await answer('what happens if I change high_pass_s to 50');
    expect((filter.facts as { would_run: string[] }).would_run.length).toBeGreaterThan(1);
    // A sigma is no full width: the name of what is derived sets nothing.
    expect(await say('what would rerun if I set sigma_mm to 3?')).toMatchObject({ kind: 'note' });
    const none = await say('what would rerun if I set frobnication to 3?');
    expect(none).toMatchObject({
      kind: 'note',
      text: expect.stringContaining('smoothing_fwhm_mm') as string,
    });
    const wrong = await answer('what would rerun if I set smoothing_fwhm_mm to 400');
    expect(wrong.text).toContain('it cannot be set so');
  });

  it('who decided: from the trace', async () => {
    const { text, facts } = await answer('who approved what?');
    expect(text).toContain(`approved by Ada (conversation ${conversation.name})`);
    expect(text).toContain('planned by planner/rules');
    expect(facts).toHaveLength(2);
  });

  it('how many runs, and who has what', async () => {
    expect((await answer('which subjects have anatomical scans')).text).toContain(
      'anat: 1 of 2 have it (02), not 01',
    );
    expect((await answer('how many runs per subject')).text).toContain('1 run of task rest: everybody');
  });

  it('a run without a failure has nothing to repair', async () => {
    expect((await answer('can you fix it?')).text).toMatch(/^run \S+ has no failure$/);
  });

  it('what failed, after a run that did', { timeout: 30_000 }, async () => {
    await say('forget sub-02');
    // A header that says more voxels than there are: the file ends early.
    writeFileSync(join(root, 'bids', 'sub-02', 'func', 'sub-02_task-rest_bold.nii'), 'x');
    const refused = await say('clean the BOLD of sub-02');
    expect(refused).toMatchObject({
      kind: 'cannot',
      reasons: [expect.stringContaining('not a sound NIfTI image')],
    });
  });
});
