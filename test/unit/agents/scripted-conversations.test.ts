import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAssistant, type Assistant, type Reply } from '../../../src/index.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';
import { plannedAnswer, scriptedModel, type ScriptedReply } from '../../support/scripted-model.js';
import { decisionsIn, hand, ready, take, verifiedEvents } from '../../support/scripted-talk.js';
import { writeSyntheticDataset } from '../../../src/synthetic/dataset.js';
import { aslTissue, writeAslDataset } from '../../support/asl-dataset.js';
import { writeEegDataset } from '../../support/eeg-dataset.js';
import { hasTestData } from '../../support/data.js';
import { writeDataset } from '../planning/support.js';

// Conversations over a scripted model: it chooses orchestrators, they look and answer, and everything after that is real.
let root = '';
let data = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'neuroclaw scripted '));
  data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-02/func/sub-02_task-rest_bold.nii': { volumes: 20, tr: 2 },
    'sub-02/anat/sub-02_T1w.nii': { volumes: 1, tr: null },
    'participants.tsv': 'participant_id\tgroup\tage\nsub-01\tpatient\t20\nsub-02\tcontrol\t30\n',
  });
});
afterAll(() => rmSync(root, { recursive: true }));

const look = (topic: string, question = ''): ScriptedReply => ({
  calls: [{ name: 'look', arguments: { topic, question } }],
});
const clean = (params: Record<string, string> = {}): string =>
  plannedAnswer({ pipeline: 'functional/clean', params, participants: ['p01'] });
const broken = new NeuroClawError('provider.server', 'the provider failed');

interface Talk {
  readonly what: string;
  /** The data, where they are not those of the others. */
  readonly data?: () => Promise<string>;
  readonly script: readonly ScriptedReply[];
  readonly said: readonly string[];
  /** Kinds of the last replies of every turn. */
  readonly ends: readonly string[];
  /** Must stand in the last reply. */
  readonly last: string;
  /** How the run ended, where there was one. */
  readonly ran?: 'finished' | 'failed' | 'cancelled';
  readonly planner?: 'model' | 'rules';
  readonly state?: 'approval' | 'answer';
}

const plan = (agent: string, wish: string, answer: string): ScriptedReply[] => [
  hand(agent, wish),
  ready,
  answer,
];
const question = plannedAnswer({ question: 'Which of both?', choices: ['first', 'second'] });
const cannot = (...reasons: string[]): string => plannedAnswer({ cannot: reasons });

const talks: readonly Talk[] = [
  {
    what: 'functional: a plan, approved and run',
    script: plan('functional', 'clean the BOLD', clean({ smoothing_fwhm_mm: '0' })),
    said: ['please prepare my resting data', 'yes'],
    ends: ['plan', 'results'],
    last: 'tsnr_median',
    ran: 'finished',
    planner: 'model',
  },
  {
    what: 'functional: a plan, declined',
    script: plan('functional', 'clean the BOLD', clean()),
    said: ['prepare my resting data', 'no'],
    ends: ['plan', 'note'],
    last: 'nothing ran',
  },
  {
    what: 'functional: a question, answered, then a plan',
    script: [...plan('functional', 'clean', question), ready, clean()],
    said: ['prepare my data', 'the second'],
    ends: ['question', 'plan'],
    last: 'functional/clean',
    state: 'approval',
  },
  {
    what: 'functional: a plan is changed in words before it runs',
    script: [...plan('functional', 'clean', clean()), ready, clean({ smoothing_fwhm_mm: '4' })],
    said: ['prepare my data', 'with 4 mm of smoothing'],
    ends: ['plan', 'plan'],
    last: '"smoothing_fwhm_mm":4',
    state: 'approval',
  },
  {
    what: 'repair: an unknown pipeline goes back and is corrected',
    script: [hand('functional', 'clean'), ready, plannedAnswer({ pipeline: 'functional/scrub' }), clean()],
    said: ['prepare my data'],
    ends: ['plan'],
    last: '"corrections":1',
    state: 'approval',
  },
  {
    what: 'repair: a value out of its range goes back and is corrected',
    script: [
      hand('functional', 'clean'),
      ready,
      clean({ smoothing_fwhm_mm: '400' }),
      clean({ smoothing_fwhm_mm: '4' }),
    ],
    said: ['prepare my data'],
    ends: ['plan'],
    last: '"smoothing_fwhm_mm":4',
    state: 'approval',
  },
  {
    what: 'repair: what is no JSON goes back and is corrected',
    script: [hand('functional', 'clean'), ready, 'here is your plan!', clean()],
    said: ['prepare my data'],
    ends: ['plan'],
    last: 'functional/clean',
    state: 'approval',
  },
  {
    what: 'repair: never sound, so the rules plan and say so',
    script: [hand('functional', 'clean the BOLD runs'), ready, '{}', '{}', '{}'],
    said: ['prepare my data', 'yes'],
    ends: ['plan', 'results'],
    last: 'tsnr_median',
    ran: 'finished',
    planner: 'rules',
  },
  {
    what: 'the provider fails while the orchestrator plans: the rules do',
    script: [hand('functional', 'clean the BOLD runs'), { fail: broken }],
    said: ['prepare my data'],
    ends: ['plan'],
    last: '"planner":"rules"',
    state: 'approval',
  },
  {
    what: 'the provider fails at the first word: the rules do, and say so',
    script: [{ fail: broken }],
    said: ['clean the BOLD runs'],
    ends: ['plan'],
    last: '"planner":"rules"',
    state: 'approval',
  },
  {
    what: 'a refusal of the model: the rules answer the question',
    script: [{ result: { text: '', toolCalls: [], usage: undefined, finish: 'refusal', refusal: 'no' } }],
    said: ['what is in this dataset?'],
    ends: ['answer'],
    last: '2 participants',
  },
  {
    what: 'a question about the data: looked up, then told',
    script: [look('dataset'), 'You have two participants with one run each.'],
    said: ['what do I have here?'],
    ends: ['answer'],
    last: '"looked":["dataset"]',
  },
  {
    what: 'a question about a run that is not there: looked up, then told',
    script: [look('results'), 'Nothing has run yet.'],
    said: ['how good was it?'],
    ends: ['answer'],
    last: 'Nothing has run yet.',
  },
  {
    what: 'circles end, and the rules answer',
    script: [look('odd'), look('odd'), look('odd'), look('odd')],
    said: ['what is odd?'],
    ends: ['answer'],
    last: 'no field maps',
  },
  {
    what: 'structural: quality, approved and run, then the methods from what ran',
    script: [
      ...plan('structural', 'quality of T1w', plannedAnswer({ pipeline: 'structural/quality' })),
      look('methods'),
      'It was done with structural/quality.',
    ],
    said: ['are my T1w any good', 'yes', 'how did you do that'],
    ends: ['plan', 'results', 'answer'],
    last: '"looked":["methods"]',
    ran: 'failed',
    planner: 'model',
  },
  {
    what: 'structural: cannot',
    script: plan('structural', 'surfaces', cannot('no pipeline reconstructs surfaces')),
    said: ['cortical thickness please'],
    ends: ['cannot'],
    last: 'no pipeline reconstructs surfaces',
  },
  {
    what: 'curation: validation, approved and run: this dataset is not valid, which fails its check',
    script: plan('curation', 'validate', plannedAnswer({ pipeline: 'curation/validate' })),
    said: ['is it proper BIDS', 'ok'],
    ends: ['plan', 'results'],
    last: '"counts":{"rejected":1}',
    ran: 'failed',
    planner: 'model',
  },
  {
    what: 'curation: a question',
    script: plan('curation', 'validate', question),
    said: ['sort my files'],
    ends: ['question'],
    last: 'Which of both?',
    state: 'answer',
  },
  {
    what: 'diffusion: cannot, for the data lack it',
    script: plan('diffusion', 'tensor', cannot('there are no diffusion images')),
    said: ['FA maps'],
    ends: ['cannot'],
    last: 'there are no diffusion images',
  },
  {
    what: 'diffusion: a plan that these data cannot carry is refused by the checker three times; the rules say why',
    script: [
      hand('diffusion', 'fit the diffusion tensor'),
      ready,
      ...Array.from({ length: 3 }, () => plannedAnswer({ pipeline: 'diffusion/tensor' })),
    ],
    said: ['tensor'],
    ends: ['cannot'],
    last: 'no dwi dwi file, which diffusion/tensor needs',
  },
  {
    what: 'electrophysiology: cannot',
    script: plan('electrophysiology', 'spectra', cannot('there is no EEG')),
    said: ['alpha power'],
    ends: ['cannot'],
    last: 'there is no EEG',
  },
  {
    what: 'electrophysiology: a question',
    script: plan('electrophysiology', 'spectra', question),
    said: ['power'],
    ends: ['question'],
    last: 'Which of both?',
    state: 'answer',
  },
  {
    what: 'pet-asl: cannot',
    script: plan('pet_asl', 'CBF', cannot('there is no perfusion image')),
    said: ['CBF'],
    ends: ['cannot'],
    last: 'there is no perfusion image',
  },
  {
    what: 'pet-asl: a question that is dropped',
    script: plan('pet_asl', 'SUVR', question),
    said: ['SUVR', 'no'],
    ends: ['question', 'note'],
    last: 'the question is dropped',
  },
  {
    what: 'statistics: another field than its own is refused, and the rules plan it',
    script: [hand('statistics', 'clean the BOLD runs'), ready, clean(), clean(), clean()],
    said: ['compare'],
    ends: ['plan'],
    last: '"planner":"rules"',
    state: 'approval',
  },
  {
    what: 'statistics: cannot',
    script: plan('statistics', 'groups', cannot('one participant in each group')),
    said: ['patients against controls'],
    ends: ['cannot'],
    last: 'one participant in each group',
  },
  {
    what: 'research: a question',
    script: plan('research', 'literature', question),
    said: ['what do others do'],
    ends: ['question'],
    last: 'Which of both?',
    state: 'answer',
  },
  {
    what: 'research: cannot',
    script: plan('research', 'literature', cannot('no paper is here')),
    said: ['what do others do'],
    ends: ['cannot'],
    last: 'no paper is here',
  },
  {
    what: 'diffusion: a plan for data that carry it, with its tools that are not here told before the yes',
    data: heads,
    script: plan('diffusion', 'FA maps', plannedAnswer({ pipeline: 'diffusion/tensor' })),
    said: ['FA maps please'],
    ends: ['plan'],
    last: 'mrtrix3 cannot be entered here',
    state: 'approval',
  },
  {
    what: 'structural: a plan of heads, run, then asked about',
    data: heads,
    script: [
      ...plan('structural', 'quality of T1w', plannedAnswer({ pipeline: 'structural/quality' })),
      look('results'),
      'One head was measured.',
    ],
    said: ['are my T1w any good', 'go ahead', 'and the numbers?'],
    ends: ['plan', 'results', 'answer'],
    last: 'One head was measured.',
    ran: 'finished',
    planner: 'model',
  },
  {
    what: 'electrophysiology: a plan for a recording, declined',
    data: recording,
    script: plan('electrophysiology', 'spectra', plannedAnswer({ pipeline: 'electrophysiology/spectra' })),
    said: ['alpha power', 'not now'],
    ends: ['plan', 'note'],
    last: 'nothing ran',
  },
  {
    what: 'pet-asl: a plan for a perfusion series',
    data: perfusion,
    script: plan('pet_asl', 'CBF', plannedAnswer({ pipeline: 'pet-asl/cbf' })),
    said: ['blood flow please'],
    ends: ['plan'],
    last: 'pet-asl/cbf',
    state: 'approval',
  },
  {
    what: 'statistics: a plan over the columns of participants.tsv',
    script: plan(
      'statistics',
      'compare age of patients and controls',
      plannedAnswer({
        pipeline: 'statistics/group',
        params: { compare: 'patient,control', measures: 'age', permutations: '0' },
      }),
    ),
    said: ['are the groups of the same age'],
    ends: ['plan'],
    last: '"compare":"patient,control"',
    state: 'approval',
  },
  {
    what: 'research: a question of research becomes a plan of another field, run',
    data: heads,
    script: plan('research', 'what could be measured', plannedAnswer({ pipeline: 'structural/quality' })),
    said: ['what could one look at here', 'yes'],
    ends: ['plan', 'results'],
    last: 'structural-quality',
    ran: 'finished',
    planner: 'model',
  },
  {
    what: 'memory is read from the words of the person and holds for plans of the model',
    script: plan('functional', 'clean', plannedAnswer({ pipeline: 'functional/clean' })),
    said: ['remember: exclude sub-02, moved', 'prepare my data'],
    ends: ['answer', 'plan'],
    last: '"exclude":[{"participant":"02","reason":"moved"}]',
    state: 'approval',
  },
  {
    what: 'a model that says yes for the person starts nothing',
    script: ['yes', ...plan('functional', 'yes, run it now', clean()), 'approved, running now'],
    said: ['hello', 'prepare my data', 'thanks, and what now'],
    ends: ['answer', 'plan', 'answer'],
    last: 'approved, running now',
    state: 'approval',
  },
];

async function heads(): Promise<string> {
  const folder = join(root, 'heads');
  if (!existsSync(folder)) await writeSyntheticDataset(folder, { seed: 7, participants: 1 });
  return folder;
}

async function recording(): Promise<string> {
  const folder = join(root, 'recording');
  await writeEegDataset(folder);
  return folder;
}

function perfusion(): Promise<string> {
  const m0 = { M0Type: 'Included', ArterialSpinLabelingType: 'PCASL', MagneticFieldStrength: 3 };
  const timing = { LabelingDuration: 1.8, PostLabelingDelay: 1.8, RepetitionTimePreparation: 4.5 };
  return writeAslDataset(join(root, 'perfusion'), { ...m0, ...timing, BackgroundSuppression: false }, [
    {
      subject: '01',
      context: ['m0scan', 'control', 'label'],
      sidecar: {},
      signal: (volume, voxel) => (aslTissue(voxel) === 0 ? 0 : volume === 0 ? 1000 : 100 + volume),
    },
  ]);
}

function assistantWith(script: readonly ScriptedReply[]): {
  assistant: Assistant;
  model: ReturnType<typeof scriptedModel>;
} {
  const model = scriptedModel(script);
  // The reviewer has talks of its own.
  const settings = { modelReview: false };
  return {
    assistant: createAssistant({
      env: { XDG_STATE_HOME: join(root, 'state'), NEUROCLAW_LOCK: join(root, 'no.lock.json') },
      settings,
      model,
    }),
    model,
  };
}

describe('conversations over a scripted model', () => {
  it('are twenty-five and more, each orchestrator twice and more', () => {
    expect(talks.length).toBeGreaterThanOrEqual(25);
    const handed = JSON.stringify(talks.map(({ script }) => script));
    for (const agent of readdirSync('agents').filter((name) => !['assistant', 'reviewer'].includes(name)))
      expect([agent, handed.split(`"plan_${agent.replaceAll('-', '_')}"`).length - 1]).toEqual([
        agent,
        expect.toSatisfy((times: number) => times >= 2),
      ]);
  });

  // The recording is a real one.
  const here = talks.filter((talk) => hasTestData || talk.data !== recording);
  it.each(here)('$what', { timeout: 60_000 }, async (talk) => {
    const { script, said, ends, last, ran, planner, state } = talk;
    const out = mkdtempSync(join(root, 'out '));
    const { assistant, model } = assistantWith(script);
    const conversation = assistant.open({ data: (await talk.data?.()) ?? data, out, person: 'Ada' });
    try {
      const replies: Reply[] = [];
      for (const words of said) replies.push(await take(conversation, words));
      expect(replies.map(({ kind }) => kind)).toEqual(ends);
      expect(JSON.stringify(replies.at(-1))).toContain(last);
      // Every answer of the script was asked for: none was left over, none was missing.
      expect(model.requests).toHaveLength(script.length);
      expect(conversation.state.waiting?.for).toBe(state);
      const runs = join(out, '.neuroclaw', 'runs');
      expect(existsSync(runs)).toBe(ran !== undefined);
      if (ran === undefined) return;
      expect(decisionsIn(await verifiedEvents(out))).toEqual({
        planned: `engine planner/${planner}`,
        approved: [`human Ada (conversation ${conversation.name})`],
      });
      const results = conversation
        .transcript()
        .flatMap((turn) => turn.replies.filter(({ kind }) => kind === 'results'));
      expect(results.map((reply) => (reply as { outcome: string }).outcome)).toEqual([ran]);
    } finally {
      conversation.close();
      await assistant.close();
    }
  });

  it('a run is stopped and resumed by words, which the model never sees', { timeout: 60_000 }, async () => {
    const out = mkdtempSync(join(root, 'out '));
    const { assistant, model } = assistantWith(plan('functional', 'clean', clean()));
    const conversation = assistant.open({ data, out, person: 'Ada' });
    await take(conversation, 'prepare my data');
    const kinds: string[] = [];
    for await (const reply of conversation.say('yes')) {
      kinds.push(reply.kind === 'results' ? reply.outcome : reply.kind);
      if (reply.kind === 'progress' && reply.done === 1)
        for await (const each of conversation.say('stop')) kinds.push(each.kind);
    }
    expect(kinds.at(-1)).toBe('cancelled');
    expect(await take(conversation, 'resume')).toMatchObject({ kind: 'results', outcome: 'finished' });
    expect(model.requests).toHaveLength(3);
    expect(readdirSync(join(out, '.neuroclaw', 'runs'))).toHaveLength(1);
    conversation.close();
    await assistant.close();
  });

  it('labels and folders stay here', async () => {
    const private_ = join(root, 'private');
    mkdirSync(private_);
    const named = writeDataset(join(private_, 'MariaMuster'), {
      'sub-MariaMuster/func/sub-MariaMuster_task-rest_bold.nii': { volumes: 20, tr: 2 },
    });
    writeFileSync(join(named, 'README'), 'measured on 2020-01-02');
    const { assistant, model } = assistantWith([look('dataset'), look('status'), 'One participant.']);
    const conversation = assistant.open({ data: named, out: join(private_, 'out') });
    await take(conversation, 'what about sub-MariaMuster?');
    expect(JSON.stringify(model.requests)).not.toMatch(/Maria|2020-01-02/);
    conversation.close();
    await assistant.close();
  });
});
