import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Conversation, OpenOptions, Reply } from '../../../src/index.js';
import { createAssistant, type Assistant } from '../../../src/index.js';
import { readHeads } from '../../../src/trace/heads.js';
import { readTrace } from '../../../src/trace/reader.js';
import { verifyTrace } from '../../../src/trace/verify.js';
import { writeEventsDataset } from '../../support/events-dataset.js';
import { labSettings } from '../../support/cli.js';
import { temporaryFolder } from '../../support/temporary.js';
import { writeDataset } from '../planning/support.js';

const assistants: Assistant[] = [];
afterEach(async () => {
  for (const assistant of assistants.splice(0)) await assistant.close();
});

/** A dataset of two participants with anatomy and short BOLD runs, an assistant over it, and where its state is. */
function workplace(env: Record<string, string> = {}) {
  const root = temporaryFolder();
  const data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-02/func/sub-02_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-02/anat/sub-02_T1w.nii': { volumes: 1, tr: null },
  });
  const out = join(root, 'out');
  const assistant = createAssistant({ env: { XDG_STATE_HOME: join(root, 'state'), ...env } });
  assistants.push(assistant);
  const open = (options: OpenOptions = {}) => assistant.open({ data, out, ...options });
  return { root, data, out, assistant, open };
}

async function all(turn: AsyncIterable<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  for await (const reply of turn) if (reply.kind !== 'progress') replies.push(reply);
  return replies;
}

async function last<K extends Reply['kind']>(
  conversation: Conversation,
  words: string,
  kind: K,
): Promise<Extract<Reply, { kind: K }>> {
  const replies = await all(conversation.say(words));
  const reply = replies.at(-1);
  if (reply?.kind !== kind)
    throw new Error(`"${words}" gave ${JSON.stringify(replies).slice(0, 2000)}, not ${kind}`);
  return reply as Extract<Reply, { kind: K }>;
}

describe('a conversation by rules', () => {
  it('tells what the data are, as text and as data', async () => {
    const { open, data } = workplace();
    const answer = await last(open(), 'what is in this dataset?', 'answer');
    expect(answer.text).toContain('2 participants');
    expect(answer.text).toContain('func: 2 bold');
    expect(answer.facts).toMatchObject({ totals: { participants: 2 }, tasks: ['rest'] });
    expect(answer.sources).toEqual([{ kind: 'dataset', name: data }]);
  });

  it('asks, takes the answer, proposes, runs on a yes, and reports numbers of the committed files', async () => {
    const { open, out } = workplace();
    const conversation = open({ person: 'Ada' });
    const asked = await last(conversation, 'check the quality', 'question');
    expect(asked.questions[0]?.choices).toEqual(['functional/clean', 'structural/quality']);
    const proposal = await last(conversation, 'the functional one', 'plan');
    expect(proposal.plan.stages.map(({ pipeline }) => pipeline)).toEqual(['functional/clean']);
    expect(proposal.stages[0]?.jobs).toBeGreaterThan(10);
    const amended = await last(conversation, 'without smoothing, only sub-02', 'plan');
    expect(amended.plan.stages[0]).toMatchObject({ participants: ['02'], params: { smoothing_fwhm_mm: 0 } });
    expect(existsSync(join(out, '.neuroclaw', 'runs'))).toBe(false);

    const results = await last(conversation, 'yes please', 'results');
    expect([results.outcome, results.error]).toEqual(['finished', undefined]);
    const published = JSON.parse(
      readFileSync(
        join(out, 'derivatives/functional-clean/sub-02/func/sub-02_task-rest_desc-quality_measures.json'),
        'utf8',
      ),
    ) as Record<string, number>;
    expect(results.tables[0]?.rows).toHaveLength(1);
    expect(results.tables[0]?.rows[0]?.values).toMatchObject({
      volumes: published['volumes'],
      dvars_mean: published['dvars_mean'],
    });
    const events = [];
    for await (const event of readTrace(results.trace)) events.push(event);
    expect(events.find(({ type }) => type === 'run.approved')?.actor).toEqual({
      kind: 'human',
      id: `Ada (conversation ${conversation.name})`,
    });
    expect(events.find(({ type }) => type === 'run.planned')?.body).toMatchObject({
      request: 'check the quality',
    });
    const { heads } = await readHeads([join(out, '.neuroclaw', 'heads.jsonl')], results.run);
    expect((await verifyTrace(results.trace, heads)).findings).toEqual([]);
    const methods = await last(conversation, 'how was this done?', 'methods');
    expect(methods.text).toContain('No spatial smoothing was applied');
  });

  it('runs nothing without a yes: no, questions and other wishes leave the folder as it is', async () => {
    const { open, out } = workplace();
    const conversation = open();
    await last(conversation, 'clean the BOLD runs', 'plan');
    await last(conversation, 'what is odd here?', 'answer');
    expect(conversation.state.waiting?.for).toBe('approval');
    await last(conversation, 'no', 'note');
    expect((await last(conversation, 'yes', 'note')).text).toContain('nothing waits for a yes');
    expect(existsSync(join(out, '.neuroclaw', 'runs'))).toBe(false);
  });

  it('gives up the plan before it when another wish cannot be met: a yes then runs nothing', async () => {
    const { open } = workplace();
    const conversation = open();
    await last(conversation, 'clean the BOLD runs', 'plan');
    await last(conversation, 'source localisation of the MEG', 'cannot');
    await last(conversation, 'yes', 'note');
  });

  it('goes on by name after the object is gone, and takes turns back', async () => {
    const { open, out } = workplace();
    const first = open({ name: 'monday' });
    await last(first, 'clean the BOLD runs', 'plan');
    first.close();
    // A kill leaves half a line.
    const file = join(out, '.neuroclaw', 'chats', 'monday.jsonl');
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"v":1,"turn":2,"ty`);
    const again = open({ name: 'mon', existing: true });
    expect(again.state.waiting?.for).toBe('approval');
    expect(again.transcript().map(({ said }) => said)).toEqual(['clean the BOLD runs']);
    expect(await last(again, 'without smoothing', 'plan')).toMatchObject({
      plan: { stages: [{ params: { smoothing_fwhm_mm: 0 } }] },
    });
    expect((await last(again, 'undo', 'note')).text).toContain('"without smoothing" is taken back');
    expect(again.state.waiting).toMatchObject({ for: 'approval', plan: { stages: [{ params: {} }] } });
    expect((again.undo() as { text: string }).text).toContain('"clean the BOLD runs" is taken back');
    expect(again.state.waiting).toBeUndefined();
    expect((await last(again, 'undo', 'note')).text).toBe('there is nothing to take back');
  });

  it('lets one process at a time hold a conversation', () => {
    const { open } = workplace();
    open({ name: 'one' });
    expect(() => open({ name: 'one' })).toThrow('the conversation one is open in another process');
  });

  it('refuses an output folder inside the data before it writes there', () => {
    const { open, data } = workplace();
    expect(() => open({ out: join(data, 'results') })).toThrow(/lies inside the data/);
    expect(readdirSync(data)).not.toContain('results');
  });

  it('asks for the folders it was not given', async () => {
    const { assistant, data, out } = workplace();
    const conversation = assistant.open();
    expect((await last(conversation, 'clean the BOLD runs', 'question')).questions[0]?.id).toBe('data');
    expect((await last(conversation, data, 'question')).questions[0]?.id).toBe('out');
    const inside = await last(conversation, join(data, 'x'), 'cannot');
    expect(inside.reasons[0]).toContain('lies inside the data');
    await last(conversation, out, 'plan');
  });
});

describe('a failure', () => {
  it('is explained from the table of known ones; a repair that leaves nothing to do is no plan', async () => {
    const { open } = workplace();
    const conversation = open();
    await last(conversation, 'check the quality of the T1w images', 'plan');
    const failed = await last(conversation, 'yes', 'results');
    expect(failed.outcome).toBe('failed');
    const runs = failed.run;
    const replies = await all(conversation.say('can you fix it?'));
    expect(replies[0]).toMatchObject({ kind: 'answer', about: 'repair', sources: [{ name: runs }] });
    expect(replies[0]).toMatchObject({ text: expect.stringContaining('quality/measures/sub-02') as string });
    // The only participant with a T1w would be left out.
    expect(replies.slice(1).map(({ kind }) => kind)).toEqual(['cannot']);
    expect(conversation.state.waiting).toBeUndefined();
  });
});

describe('memory', () => {
  it('keeps what was confirmed in a file that people edit, and plans by it', async () => {
    const { open, out } = workplace();
    const conversation = open();
    await last(conversation, 'remember that sub-02 moved a lot, so exclude it', 'answer');
    const file = join(out, '.neuroclaw', 'memory.md');
    expect(readFileSync(file, 'utf8')).toContain('- exclude sub-02: moved a lot\n');
    const { plan } = await last(conversation, 'clean the BOLD runs', 'plan');
    expect(plan.stages[0]).toMatchObject({ exclude: [{ participant: '02', reason: 'moved a lot' }] });
    expect(plan.stages[0]?.participants).toBeUndefined();
    expect(plan.origin.reasons).toContain('sub-02 is left out, as you had me remember: moved a lot');
    const named = await last(conversation, 'clean the BOLD of sub-02', 'plan');
    expect(named.plan.stages[0]).toMatchObject({ participants: ['02'] });
    expect(named.plan.stages[0]?.exclude).toBeUndefined();
    writeFileSync(file, `${readFileSync(file, 'utf8')}- prefer smoothing_fwhm_mm=5\n`);
    const edited = await last(conversation, 'clean the BOLD runs', 'plan');
    expect(edited.plan.stages[0]?.params).toEqual({ smoothing_fwhm_mm: 5 });
    const amendedJobs = edited.stages[0]?.jobs;
    await last(conversation, 'forget sub-02', 'note');
    expect(readFileSync(file, 'utf8')).not.toContain('sub-02:');
    const all = await last(conversation, 'clean the BOLD runs', 'plan');
    expect(all.plan.stages[0]?.exclude).toBeUndefined();
    expect(all.stages[0]?.jobs).toBe(2 * (amendedJobs ?? 0));
  });

  it.each([
    'remember my api key is sk-proj-abcdefghijklmnop1234',
    'remember password: hunter2 for the scanner',
    'remember ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  ])('"%s" is refused', async (words) => {
    const { open, out } = workplace();
    const { reasons } = await last(open(), words, 'cannot');
    expect(reasons[0]).toContain('secret');
    expect(existsSync(join(out, '.neuroclaw', 'memory.md'))).toBe(false);
  });
});

describe('a plan that is shown', () => {
  const messages = (proposal: Extract<Reply, { kind: 'plan' }>): string =>
    proposal.stages.flatMap(({ findings }) => findings.map(({ message }) => message)).join('\n');

  it('tells which of its tools are not here, before the yes', async () => {
    const { root, open } = workplace();
    const lacking = workplace({ NEUROCLAW_LOCK: join(root, 'none.json') });
    const proposal = await last(lacking.open(), 'cortical thickness', 'plan');
    expect(messages(proposal)).toContain('freesurfer cannot be entered here, so that this cannot run yet');
    expect(messages(await last(open(), 'clean the BOLD runs', 'plan'))).not.toContain('cannot be entered');
  });

  it.each([
    ['deny', 'cannot'],
    ['ask', 'plan'],
  ] as const)('is held against the policy first: %s gives %s', async (rule, kind) => {
    const root = temporaryFolder();
    const file = join(root, 'policy.yaml');
    writeFileSync(file, `schema: neuroclaw/policy@1\nskills: { ${rule}: ['niimath/smooth'] }\n`);
    const { open } = workplace({ NEUROCLAW_POLICY: file });
    const reply = await last(open(), 'clean the BOLD runs', kind);
    const said = reply.kind === 'plan' ? messages(reply) : reply.reasons.join('\n');
    expect(said).toContain('the skill niimath/smooth');
  });

  it('tells who made it and why', async () => {
    const { open } = workplace();
    const conversation = open();
    await last(conversation, 'clean the BOLD runs', 'plan');
    const { text } = await last(conversation, 'who made this plan?', 'answer');
    expect(text).toContain(
      'asked for: "clean the BOLD runs"\n  planned by rules\n  - functional/clean, because',
    );
  });
});

describe('what the policy asks about', () => {
  const lab = async (options: OpenOptions) => {
    const { root, open } = workplace(labSettings);
    writeEventsDataset(join(root, 'events'), 1);
    const conversation = open({ data: join(root, 'events'), ...options });
    await last(conversation, 'run lab/short', 'plan');
    return { conversation, out: join(root, 'out') };
  };

  it('is denied where nobody attends, also with everything approved', { timeout: 30_000 }, async () => {
    for (const approveAll of [false, true]) {
      const { conversation } = await lab({ approveAll });
      const results = await last(conversation, 'yes', 'results');
      expect(results.error).toMatchObject({ code: 'policy.denied', exit: 4 });
      expect(results.error?.message).toContain('the policy asks about the runtime host');
      expect(results.counts).toEqual({});
    }
  });

  it('is asked where somebody attends, while more can be said', { timeout: 30_000 }, async () => {
    const { conversation } = await lab({ attended: true });
    const kinds: string[] = [];
    const running = (async () => {
      for await (const reply of conversation.say('yes')) {
        kinds.push(reply.kind);
        if (reply.kind !== 'plan') continue;
        expect(reply.findings.map(({ message }) => message).join()).toContain('the runtime host');
        await last(conversation, 'what is in this dataset?', 'answer');
        await last(conversation, 'yes', 'note');
      }
    })();
    await running;
    expect(kinds.filter((kind) => kind === 'plan')).toHaveLength(1);
    expect(kinds.at(-1)).toBe('results');
    expect(conversation.running).toBe(false);
  });
});
