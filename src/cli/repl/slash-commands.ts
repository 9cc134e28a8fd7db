import { note } from '../../agents/reply.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import type { Desk } from './desk.js';
import { costLine, modelLines } from './lines.js';
import { show } from './show.js';

export interface SlashCommand {
  readonly about: string;
  /** What follows it, for help: `FILE`, `[NAME]`. */
  readonly takes?: string;
  readonly run: (session: Desk, argument: string) => Promise<void> | void;
}

/** Says the same as words would. */
const says =
  (words: string) =>
  async (session: Desk): Promise<void> =>
    session.say(words);

/** Everything that begins with a slash, in the order of `/help`. */
export const slashCommands: Readonly<Record<string, SlashCommand>> = {
  plan: {
    about: 'show the plan that waits, or make one of the words by rules',
    takes: '[WORDS]',
    run: async (session, words) => {
      if (words !== '') return session.say(words, 'rules');
      const { waiting } = session.conversation.state;
      if (waiting === undefined || waiting.for === 'answer')
        return session.show(note('no plan waits: say what you want to do'));
      const { settle } = await import('../../agents/conversation/plan-draft.js');
      session.show(await settle(waiting.plan, [], session.workplace));
    },
  },
  run: { about: 'run the plan that waits: the same as yes', run: says('yes') },
  status: { about: 'what runs, what ran, what failed', run: says('status') },
  stop: { about: 'stop the run under way; "resume" continues it', run: says('stop') },
  explain: {
    about: 'why each job of the plan, or of the last run, would run or not',
    run: explain,
  },
  results: { about: 'quality numbers and datasets of the last run', run: says('show the results') },
  methods: { about: 'the methods paragraph of the last run', run: says('methods') },
  show: {
    about: 'pictures of the last run: a list, those of a name, or a file',
    takes: '[NAME|FILE]',
    run: show,
  },
  skills: {
    about: 'skills of a family, or the families',
    takes: '[FAMILY]',
    run: async (session, family) => showSkills(session, family),
  },
  data: {
    about: 'say which dataset or folder of DICOMs it is about',
    takes: 'FOLDER',
    run: (session, folder) => session.setFolder('data', folder),
  },
  out: {
    about: 'say where results go',
    takes: 'FOLDER',
    run: (session, folder) => session.setFolder('out', folder),
  },
  model: {
    about: 'who answers, and what leaves this machine',
    run: async (session) => session.print(await modelLines(await session.workplace.minds())),
  },
  cost: { about: 'what the model has cost', run: showCost },
  memory: { about: 'what you had it remember', run: says('what do you remember') },
  conversations: {
    about: 'the conversations of this folder, or go on with one',
    takes: '[NAME]',
    run: (session, name) => session.conversations(name),
  },
  undo: { about: 'take back the last turn', run: says('undo') },
  help: { about: 'this list', run: (session) => showHelp(session) },
  quit: { about: 'leave, as Ctrl-D does', run: (session) => session.leave() },
};

/** Runs a line that begins with a slash. */
export async function runSlash(session: Desk, line: string): Promise<void> {
  const [, name = '', argument = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const command = slashCommands[name];
  if (command === undefined) {
    const near = nearest(name, Object.keys(slashCommands));
    throw new NeuroClawError(
      'usage.arguments',
      `there is no /${name}${near === undefined ? '' : `; did you mean /${near}?`}`,
      { hint: '/help lists what there is' },
    );
  }
  await command.run(session, argument.trim());
}

function showHelp(session: Desk): void {
  const rows = Object.entries(slashCommands).map(
    ([name, { takes, about }]) =>
      `  ${`/${name}${takes === undefined ? '' : ` ${takes}`}`.padEnd(22)}${about}`,
  );
  const lines = [
    'say what you want in your own words: "what is in this dataset?", "clean the BOLD runs of sub-01"',
    ...rows,
    'a line that ends with \\ goes on in the next; so does Alt-Enter, and what is pasted',
    'Ctrl-C stops the answer, then the run; Ctrl-D leaves',
  ];
  session.print(lines.join('\n'));
}

async function explain(session: Desk): Promise<void> {
  const [{ explainPlan }, { showExplanation }, { findRun, planOfRun }] = await Promise.all([
    import('../../engine/explain.js'),
    import('../show-explanation.js'),
    import('../../engine/runs.js'),
  ]);
  const { waiting, out } = session.conversation.state;
  if (out === undefined) return session.show(note('no output folder yet: name one with /out FOLDER'));
  const plan =
    waiting !== undefined && waiting.for !== 'answer' ? waiting.plan : planOfRun(out, findRun(out).paths);
  for (const stage of await explainPlan(plan, await session.workplace.world()))
    showExplanation(stage, session.io);
}

async function showCost(session: Desk): Promise<void> {
  // A model that cannot be asked now may have been asked before.
  const minds = await session.workplace.minds().catch(() => undefined);
  const spent = session.conversation.spent ?? minds?.budget.spent;
  session.print(
    spent === undefined ? 'nothing: no model is configured' : costLine(spent, minds?.budget.limits),
  );
}

async function showSkills(session: Desk, family: string): Promise<void> {
  const { skills } = await session.workplace.skills();
  const families = new Map<string, string[]>();
  for (const { id, contract } of skills.values())
    families.set(contract.family, [...(families.get(contract.family) ?? []), id]);
  if (family === '') {
    const rows = [...families].map(([name, ids]) => `  ${name.padEnd(20)}${ids.length}`);
    return session.print([...rows, '/skills FAMILY lists them'].join('\n'));
  }
  const ids = families.get(family) ?? [...skills.keys()].filter((id) => id.includes(family));
  if (ids.length === 0) {
    const near = nearest(family, families.keys());
    throw new NeuroClawError(
      'skill.unknown',
      `no skill or family ${family}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  session.print(ids.map((id) => `  ${id.padEnd(36)}${skills.get(id)?.description ?? ''}`).join('\n'));
}
