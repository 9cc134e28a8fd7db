import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAssistant, type Assistant, type Conversation, type Reply } from '../../../src/index.js';
import { tellStory } from '../../../src/trace/story.js';
import { labFolder, labSettings } from '../../support/cli.js';
import { beginDataset, writeAgent, writeImages } from '../../support/lab-copies.js';
import { plannedAnswer, scriptedModel, type ScriptedReply } from '../../support/scripted-model.js';
import {
  decisionsIn,
  hand,
  ready,
  take,
  turnOf,
  verdict,
  verifiedEvents,
} from '../../support/scripted-talk.js';
import { temporaryFolder } from '../../support/temporary.js';

// Repairs, substitutions and reviews by conversation, over programs of the machine: `dd` copies images, cut or whole.
let root = '';
let data = '';
let out = '';
const open: Assistant[] = [];
beforeEach(async () => {
  root = temporaryFolder();
  [data, out] = [join(root, 'bids'), join(root, 'out')];
  beginDataset(data);
  await writeImages(data, '01', false);
  writeAgent(root);
});
afterEach(async () => {
  for (const assistant of open.splice(0)) await assistant.close();
});

function talkWith(script: readonly ScriptedReply[], settings: Record<string, unknown> = {}) {
  const model = scriptedModel(script);
  const env = {
    ...labSettings,
    XDG_STATE_HOME: join(root, 'state'),
    NEUROCLAW_POLICY: join(root, 'policy.yaml'),
    NEUROCLAW_LOCK: join(root, 'neuroclaw.lock.json'),
  };
  const agents = [labSettings.NEUROCLAW_AGENTS, join(root, 'agents')];
  const assistant = createAssistant({ env, settings: { agents, ...settings }, model });
  open.push(assistant);
  return { conversation: assistant.open({ data, out, person: 'Ada' }), model };
}

const copy = (params: Record<string, string> = {}): string =>
  plannedAnswer({ pipeline: 'lab/copy-image', params });
const passed = [ready, verdict('pass')];
const planned = (answer: string): ScriptedReply[] => [
  hand('lab', 'copy the images'),
  ready,
  answer,
  ...passed,
];
const by = 'the agent lab (scripted:test)';

function storyOf(events: Awaited<ReturnType<typeof verifiedEvents>>): string {
  return tellStory(events)
    .map(({ text }) => text)
    .join('\n');
}

function repairsIn(events: Awaited<ReturnType<typeof verifiedEvents>>): unknown {
  return (events.find(({ type }) => type === 'run.planned')?.body['origin'] as { repairs?: unknown }).repairs;
}

async function outcome(conversation: Conversation, words: string): Promise<string> {
  const reply = await take(conversation, words);
  if (reply.kind !== 'results') throw new Error(JSON.stringify(reply));
  return reply.outcome;
}

describe('"fix it"', () => {
  it(
    'asks the orchestrator first: its plan is reviewed, approved, and finishes',
    { timeout: 60_000 },
    async () => {
      const script = [...planned(copy({ block: '100', count: '1' })), ready, copy(), ...passed];
      const { conversation, model } = talkWith(script);
      await take(conversation, 'copy my images');
      expect(await outcome(conversation, 'yes')).toBe('failed');
      const [failed] = readdirSync(join(out, '.neuroclaw', 'runs'));
      const replies = await turnOf(conversation, 'fix it');
      expect(replies.map(({ kind }) => kind)).toEqual(['answer', 'plan']);
      expect(replies[0]).toMatchObject({ text: expect.stringContaining(`proposed by ${by}`) as string });
      // The evidence went to it, not the talk.
      expect(JSON.stringify(model.requests[5]?.messages)).toContain('stage-1/copy/sub-');
      expect(await outcome(conversation, 'yes')).toBe('finished');
      expect(model.requests).toHaveLength(script.length);

      const events = await verifiedEvents(out, conversation.state.run?.id);
      expect(decisionsIn(events)).toEqual({
        planned: 'engine planner/model',
        approved: [`human Ada (conversation ${conversation.name})`],
      });
      expect(repairsIn(events)).toEqual([
        {
          run: failed,
          job: 'stage-1/copy/sub-01_T1w',
          code: 'job.verification',
          proposed_by: by,
          change: ['the script says so'],
        },
      ]);
      expect(storyOf(events)).toContain(`proposed by ${by}`);
    },
  );

  it('asks the table where the model cannot, and says why', { timeout: 60_000 }, async () => {
    await writeImages(data, '02', true);
    const cannot = plannedAnswer({ cannot: ['the image holds nothing'] });
    const { conversation } = talkWith([...planned(copy()), ready, cannot]);
    await take(conversation, 'copy my images');
    expect(await outcome(conversation, 'yes')).toBe('failed');
    const replies = await turnOf(conversation, 'can you repair that');
    expect(replies.map(({ kind }) => kind)).toEqual(['answer', 'note', 'plan']);
    expect(replies[1]).toMatchObject({ text: expect.stringContaining('the image holds nothing') as string });
    expect(await outcome(conversation, 'yes')).toBe('finished');
    const events = await verifiedEvents(out, conversation.state.run?.id);
    expect(decisionsIn(events).approved).toEqual([`human Ada (conversation ${conversation.name})`]);
    expect(repairsIn(events)).toMatchObject([
      {
        proposed_by: 'the table of known failures',
        changes: [{ change: 'exclude', participant: '02' }],
      },
    ]);
  });

  it('asks back, and hands the answer to the orchestrator', { timeout: 60_000 }, async () => {
    const script = [
      ...planned(copy({ block: '100', count: '1' })),
      ...[ready, plannedAnswer({ question: 'Whole images?', choices: ['whole', 'cut'] })],
      ...[ready, copy(), ...passed],
    ];
    const { conversation, model } = talkWith(script);
    await take(conversation, 'copy my images');
    await take(conversation, 'yes');
    expect((await take(conversation, 'fix it')).kind).toBe('question');
    expect((await take(conversation, 'whole')).kind).toBe('plan');
    expect(model.requests[7]?.messages[1]?.text).toContain('The person also said: whole');
    expect(await outcome(conversation, 'yes')).toBe('finished');
  });

  it('stops after three rounds, whoever proposed them', { timeout: 120_000 }, async () => {
    await writeImages(data, '02', true);
    const cannot = plannedAnswer({ cannot: ['I do not know'] });
    const script = [
      ...planned(copy()),
      ...[ready, copy({ block: '500' }), ...passed],
      ...[ready, cannot],
      ...[ready, copy({ block: '600' }), ...passed],
    ];
    const { conversation, model } = talkWith(script);
    await take(conversation, 'copy my images');
    expect(await outcome(conversation, 'yes')).toBe('failed');
    const proposers: unknown[] = [];
    for (const next of ['03', '04', '05']) {
      const reply = await take(conversation, 'fix it');
      if (reply.kind !== 'plan') throw new Error(JSON.stringify(reply));
      proposers.push(reply.plan.origin.repairs?.at(-1)?.proposed_by);
      // Whom the table left out stays out, also of plans of the model.
      if (next !== '03')
        expect(reply.plan.stages[0]?.exclude?.map(({ participant }) => participant)).toContain('02');
      await writeImages(data, next, true);
      expect(await outcome(conversation, 'yes')).toBe('failed');
    }
    expect(proposers).toEqual([by, 'the table of known failures', by]);
    const last = await turnOf(conversation, 'fix it');
    expect(last.map(({ kind }) => kind)).toEqual(['answer', 'note']);
    expect(last[1]).toMatchObject({ text: expect.stringContaining('repaired 3 times already') as string });
    expect(model.requests).toHaveLength(script.length);
    const ada = `human Ada (conversation ${conversation.name})`;
    const events = await verifiedEvents(out, conversation.state.run?.id);
    const told = repairsIn(events) as { approved_by?: string }[];
    expect(told.map((round) => round.approved_by)).toEqual([ada, ada, undefined]);
    expect(storyOf(events)).toContain(`approved by ${ada}`);
  });
});

describe('the model asks for a repair', () => {
  const cut = (block: string): string => copy({ block, count: '1' });
  const asks: ScriptedReply = { calls: [{ name: 'repair', arguments: { wish: 'whole images, please' } }] };

  it(
    'with its tool: what the person said goes to the orchestrator, and nothing runs before the yes',
    { timeout: 60_000 },
    async () => {
      const script = [...planned(cut('100')), asks, ready, copy(), ...passed];
      const { conversation, model } = talkWith(script);
      await take(conversation, 'copy my images');
      expect(await outcome(conversation, 'yes')).toBe('failed');
      const replies = await turnOf(conversation, 'hm, I wanted whole images, can that be done?');
      expect(replies.map(({ kind }) => kind)).toEqual(['answer', 'plan']);
      expect(model.requests[6]?.messages[1]?.text).toContain('The person also said: whole images, please');
      expect(readdirSync(join(out, '.neuroclaw', 'runs'))).toHaveLength(1);
      expect(await outcome(conversation, 'yes')).toBe('finished');
      const events = await verifiedEvents(out, conversation.state.run?.id);
      expect(decisionsIn(events).approved).toEqual([`human Ada (conversation ${conversation.name})`]);
      expect(repairsIn(events)).toMatchObject([{ proposed_by: by, job: 'stage-1/copy/sub-01_T1w' }]);
    },
  );

  it('where nothing ran, and is told so', async () => {
    const { conversation } = talkWith([asks]);
    expect(await take(conversation, 'make it right')).toMatchObject({
      kind: 'cannot',
      reasons: [expect.stringContaining('no run') as string, expect.anything()],
    });
  });
});

describe('a policy about repairs', () => {
  const allow = (): void =>
    writeFileSync(
      join(root, 'policy.yaml'),
      "schema: neuroclaw/policy@1\nruntimes: { allow: ['*'] }\nrepairs: allow\n",
    );
  const cut = (block: string): string => copy({ block, count: '1' });
  const round = (answer: string): ScriptedReply[] => [ready, answer, ...passed];

  it(
    'that allows them approves the repair of a run that failed, in its own name',
    { timeout: 60_000 },
    async () => {
      allow();
      const { conversation, model } = talkWith([...planned(cut('100')), ...round(copy())]);
      await take(conversation, 'copy my images');
      const replies = await turnOf(conversation, 'yes');
      expect(replies.map(({ kind }) => kind)).toEqual(['results', 'answer', 'plan', 'note', 'results']);
      expect(replies.at(-1)).toMatchObject({ outcome: 'finished' });
      expect(model.requests).toHaveLength(9);
      const [first, second] = readdirSync(join(out, '.neuroclaw', 'runs'));
      const approved = async (run: string | undefined) =>
        decisionsIn(await verifiedEvents(out, run)).approved;
      expect(await approved(first)).toEqual([`human Ada (conversation ${conversation.name})`]);
      expect(await approved(second)).toEqual(['engine policy/repairs']);
      expect(conversation.state.waiting).toBeUndefined();
    },
  );

  it('ends after three rounds', { timeout: 120_000 }, async () => {
    allow();
    const rounds = ['200', '300', '400'].flatMap((block) => round(cut(block)));
    const { conversation } = talkWith([...planned(cut('100')), ...rounds]);
    await take(conversation, 'copy my images');
    const replies = await turnOf(conversation, 'yes');
    const outcomes = replies.flatMap((reply) => (reply.kind === 'results' ? [reply.outcome] : []));
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(replies.at(-1)).toMatchObject({ text: expect.stringContaining('repaired 3 times') as string });
    const told = repairsIn(await verifiedEvents(out, conversation.state.run?.id)) as unknown[];
    const mine = 'engine policy/repairs';
    expect(told).toMatchObject([{ approved_by: mine }, { approved_by: mine }, { proposed_by: by }]);
  });

  it('that denies them proposes none', { timeout: 60_000 }, async () => {
    writeFileSync(
      join(root, 'policy.yaml'),
      "schema: neuroclaw/policy@1\nruntimes: { allow: ['*'] }\nrepairs: deny\n",
    );
    const { conversation, model } = talkWith(planned(cut('100')));
    await take(conversation, 'copy my images');
    expect(await outcome(conversation, 'yes')).toBe('failed');
    expect(await take(conversation, 'fix it')).toMatchObject({
      kind: 'cannot',
      reasons: ['the policy denies repairs', expect.anything()],
    });
    expect(model.requests).toHaveLength(5);
  });
});

describe('the reviewer', () => {
  const notes = (replies: readonly Reply[]): string[] =>
    replies.flatMap((reply) => (reply.kind === 'note' ? [reply.text] : []));
  const before: ScriptedReply[] = [hand('lab', 'copy'), ready, copy()];

  it('blocks a plan with its reason: nothing waits, nothing ran', async () => {
    const { conversation, model } = talkWith([
      ...before,
      ready,
      verdict('block', 'it copies the wrong image'),
    ]);
    expect(await take(conversation, 'copy my images')).toMatchObject({
      kind: 'cannot',
      reasons: ['the reviewer blocks the plan: it copies the wrong image'],
    });
    expect(conversation.state.waiting).toBeUndefined();
    expect(model.requests).toHaveLength(5);
    expect((await take(conversation, 'yes')).kind).toBe('note');
  });

  it('tells what it notes beside a plan', async () => {
    const { conversation } = talkWith([...before, ready, verdict('pass', 'the T2w is not copied')]);
    const replies = await turnOf(conversation, 'copy my images');
    expect(replies.at(-1)?.kind).toBe('plan');
    expect(notes(replies)).toEqual(['the reviewer notes: the T2w is not copied']);
  });

  it('is not asked where the settings say no', async () => {
    const { conversation, model } = talkWith(before, { modelReview: false });
    expect((await take(conversation, 'copy my images')).kind).toBe('plan');
    expect(model.requests).toHaveLength(3);
  });
});

describe('a substitution', () => {
  /** Two providers of a capability: the preferred one needs an environment that is not here. */
  function writeProviders(): string {
    const skills = join(root, 'skills');
    mkdirSync(join(skills, '.capabilities'), { recursive: true });
    writeFileSync(
      join(skills, '.capabilities', 'image-copy.yaml'),
      `schema: neuroclaw/capability@1
id: image-copy
title: A copy of an image
description: The same image once more.
inputs:
  image: { kind: nifti, description: an image }
outputs:
  copied: { kind: nifti, description: its copy }
prefer: [lab/copy-fsl, lab/copy-dd]
`,
    );
    for (const [name, from, to] of [
      ['copy-dd', 'executables: [env, dd]', 'executables: [env, dd]'],
      [
        'copy-fsl',
        'environment: coreutils\nexecutables: [env, dd]',
        'environment: fsl\nexecutables: [fslmaths]',
      ],
    ] as const) {
      const folder = join(skills, 'lab', name);
      cpSync(join(labFolder, 'skills', 'lab', 'copy-image'), folder, { recursive: true });
      for (const file of ['skill.yaml', 'tool.json', 'SKILL.md']) {
        const text = readFileSync(join(folder, file), 'utf8')
          .replace(from, to)
          .replaceAll('copy-image', name);
        writeFileSync(
          join(folder, file),
          file === 'skill.yaml'
            ? text
                .replace('capabilities: [copy]', 'capabilities: [image-copy]\nprovides: { image-copy: {} }')
                .replace('input: reference', 'input: image')
            : name === 'copy-fsl'
              ? text.replace('env [REFERENCE] dd [IMAGE]', 'fslmaths [REFERENCE] [IMAGE]')
              : text,
        );
      }
    }
    mkdirSync(join(root, 'agents', 'lab', 'pipelines'), { recursive: true });
    writeFileSync(
      join(root, 'agents', 'lab', 'pipelines', 'copy-any.yaml'),
      `schema: neuroclaw/pipeline@1
id: lab/copy-any
version: 1.0.0
title: A copy of each T1w image
description: Copies every T1w image by whatever is here.
publishes: derivative
inputs:
  t1w: { query: { suffix: T1w, extension: .nii.gz } }
steps:
  - id: copy
    capability: image-copy
    for_each: t1w
    inputs: { image: t1w }
    publish: { copied: { desc: copy } }
`,
    );
    return skills;
  }

  it('is shown before the yes and stands in the trace', { timeout: 60_000 }, async () => {
    const skills = [writeProviders(), labSettings.NEUROCLAW_SKILLS];
    const { conversation } = talkWith(planned(plannedAnswer({ pipeline: 'lab/copy-any' })), { skills });
    const shown = await take(conversation, 'copy my images');
    if (shown.kind !== 'plan') throw new Error(JSON.stringify(shown));
    expect(shown.stages[0]?.providers).toMatchObject([
      { capability: 'image-copy', skill: 'lab/copy-dd', instead_of: 'lab/copy-fsl' },
    ]);
    expect(JSON.stringify(shown.stages[0]?.findings)).toContain('lab/copy-dd instead of lab/copy-fsl');
    expect(await outcome(conversation, 'yes')).toBe('finished');
    const events = await verifiedEvents(out, conversation.state.run?.id);
    expect(events.filter(({ type }) => type === 'substitution').map(({ body }) => body)).toMatchObject([
      { skill: 'lab/copy-dd', instead_of: 'lab/copy-fsl' },
    ]);
    expect(decisionsIn(events)).toEqual({
      planned: 'engine planner/model',
      approved: [`human Ada (conversation ${conversation.name})`],
    });
  });
});
