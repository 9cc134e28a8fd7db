import { join, resolve } from 'node:path';
import { ChatLog, findChat, listChats, newChatName } from '../agents/conversation/chat-log.js';
import { Conversation, type ConversationOptions } from '../agents/conversation/conversation.js';
import type { Model } from '../agents/model.js';
import type { DataView, Workplace } from '../agents/workplace.js';
import { loadSettings, type Settings } from '../config/settings.js';
import { refuseOutputInData } from '../engine/output-folder.js';
import { isBids, proposePlan } from './make-plan.js';
import type { openMinds } from './minds.js';
import { NeuroClaw } from './neuroclaw.js';
import { packageVersion } from './version.js';

/** Opens conversations, each about one dataset and one output folder. */
export interface Assistant {
  /** What it works with. */
  readonly app: NeuroClaw;
  /** The port through which its conversations see data, plans and runs. */
  readonly workplace: Workplace;
  /** Begins a conversation, or goes on with the one of that name (its beginning is enough). */
  open(options?: OpenOptions): Conversation;
  /** Names of the conversations of an output folder, oldest first. */
  list(out?: string): string[];
  /** Ends warm workers. Conversations are closed on their own. */
  close(): Promise<void>;
}

export interface AssistantOptions {
  /** Environment variables that settings are read from, such as `process.env`; absent: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Settings that win over them. */
  readonly settings?: Partial<Settings>;
  /** A model of your own, instead of the one that the settings name. */
  readonly model?: Model;
}

export interface OpenOptions extends ConversationOptions {
  /** With `name`: fail where there is none of that name, rather than begin it. */
  readonly existing?: boolean;
}

/**
 * Makes an assistant for scripts. It works by rules, or with the model that the settings name. It never prompts: questions come back as replies, and what a policy asks about
 * is denied where nobody attends.
 *
 * ```ts
 * const assistant = createAssistant({ env: process.env });
 * const conversation = assistant.open({ data: '/data/ds', out: '/data/out' });
 * for await (const reply of conversation.say('check the quality of the T1w images')) console.log(reply.kind);
 * for await (const reply of conversation.approve()) if (reply.kind === 'results') console.log(reply.tables);
 * conversation.close();
 * await assistant.close();
 * ```
 */
export function createAssistant({ env = {}, settings = {}, model }: AssistantOptions = {}): Assistant {
  return assistantOf(new NeuroClaw(loadSettings({ env, flags: settings }), packageVersion()), model);
}

/** An assistant over what a command has opened already. */
export function assistantOf(app: NeuroClaw, model?: Model): Assistant {
  const work = workplaceOf(app, model);
  const folderOf = (out: string | undefined): string =>
    out === undefined ? join(app.settings.values.state, 'chats') : join(resolve(out), '.neuroclaw', 'chats');
  return {
    app,
    workplace: work,
    close: () => app.close(),
    list: (out) => listChats(folderOf(out)),
    open: ({ existing = false, ...options } = {}) => {
      const data = options.data === undefined ? undefined : resolve(options.data);
      const out = options.out === undefined ? undefined : resolve(options.out);
      if (data !== undefined && out !== undefined) refuseOutputInData(out, data);
      const folder = folderOf(out);
      const name =
        options.name === undefined
          ? newChatName(folder, new Date())
          : existing
            ? findChat(folder, options.name)
            : options.name;
      return new Conversation(new ChatLog(folder, name), work, { ...options, data, out });
    },
  };
}

function workplaceOf(app: NeuroClaw, model: Model | undefined): Workplace {
  let minds: ReturnType<typeof openMinds> | undefined;
  const { cpus, memoryMb, state } = app.settings.values;
  return {
    version: app.version,
    userHeads: app.userHeads,
    secrets: () => app.secrets(),
    cpus,
    memoryMb,
    state,
    look: (data) => look(data, app),
    propose: (request) => proposePlan(request, app),
    compile: (plan, stage) => app.compile(plan, stage),
    pipelines: async () => (await app.pipelines()).pipelines,
    skills: () => app.skills(),
    policy: () => app.policy(),
    environment: (name) => app.environmentState(name),
    world: () => app.world(),
    minds: async (spending = {}) => {
      minds ??= import('./minds.js').then((module) => module.openMinds(app, model));
      // What failed is tried again: a key may be there by then.
      minds.catch(() => (minds = undefined));
      return (await minds)?.(spending);
    },
    forget: () => app.datasets.forget(),
  };
}

async function look(data: string, app: NeuroClaw): Promise<DataView> {
  if (!(await isBids(data))) return { kind: 'dicom', scan: await app.datasets.dicom(data) };
  const [dataset, { summarizeDataset }] = await Promise.all([
    app.datasets.bids(data),
    import('../bids/summary.js'),
  ]);
  return { kind: 'bids', dataset, summary: await summarizeDataset(dataset) };
}
