import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { NeuroClawError, fromFileSystem, nodeErrorCode } from '../kernel/errors.js';
import { isJsonObject } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import { linksOf, pictureProtocols, picturesOf, type PictureProtocol } from './terminal.js';

const runtimeChoices = ['embedded', 'docker', 'venv', 'host'] as const;
type RuntimeChoice = (typeof runtimeChoices)[number];
const runtimeNames = 'embedded, docker, venv or host';

const shares = ['participants', 'dates', 'text'] as const;
type Share = (typeof shares)[number];

export interface Settings {
  /** Cpus that jobs may use together; undefined: all. */
  readonly cpus: number | undefined;
  /** Memory in MB that jobs may use together; undefined: nine tenths of the machine. */
  readonly memoryMb: number | undefined;
  /** Whether tools found on PATH may run without a container. */
  readonly allowHost: boolean;
  /** Further folders of skills, agents and environments, beside those of the product. */
  readonly skills: readonly string[];
  readonly agents: readonly string[];
  readonly environments: readonly string[];
  /** Where state without an output folder lives. */
  readonly state: string;
  /** Where what can be made again is kept, such as Python environments. */
  readonly cache: string;
  /** Address of the container engine; undefined: its default socket. */
  readonly dockerHost: string | undefined;
  /** Folder where rootless container engines listen. */
  readonly runtimeDir: string | undefined;
  /** neuroclaw.lock.json: the environments that may be entered by container. */
  readonly lock: string;
  /** Runtime to prefer where an environment can be entered by it; undefined: the usual order. */
  readonly runtime: RuntimeChoice | undefined;
  /** Licence file of FreeSurfer; undefined: none is configured. */
  readonly freesurferLicense: string | undefined;
  /** Folder of shared recordings that some tasks of the benchmark lock; undefined: those tasks are reported as missing. */
  readonly benchData: string | undefined;
  /** neuroclaw.policy.yaml: what may run, what needs a yes, what never runs. */
  readonly policy: string;
  readonly color: 'auto' | 'always' | 'never';
  /** How pictures are drawn in the terminal; as the variables of the terminal say, where nobody says it. */
  readonly pictures: PictureProtocol;
  /** Whether paths are links in the terminal; as the variables of the terminal say, where nobody says it. */
  readonly links: boolean;
  /** `provider:model` that conversations go to; undefined: rules plan, and nothing is sent anywhere. */
  readonly model: string | undefined;
  /** Address of the model's server, where it is not the provider's own. */
  readonly modelUrl: string | undefined;
  /** File of mode 0600 that holds the key of the provider; undefined: the provider's own variable. */
  readonly modelKeyFile: string | undefined;
  /** Seconds for one whole answer of a model. */
  readonly modelTimeoutS: number;
  /** Seconds without anything coming from a model. */
  readonly modelIdleS: number;
  /** JSON file with prices of models. */
  readonly modelPrices: string | undefined;
  /** What of the data may reach a model's provider beside counts and names of files. */
  readonly modelShares: readonly Share[];
  /** Whether the reviewer reads a plan that a model made before it is shown. */
  readonly modelReview: boolean;
  /** What language models may cost in one conversation; undefined: no limit. Money in the currency of the price file. */
  readonly budgetTokens: number | undefined;
  readonly budgetMoney: number | undefined;
  readonly budgetSeconds: number | undefined;
  /** What they may cost for one plan, with its changes and the repairs of its run; undefined: no limit. */
  readonly runBudgetTokens: number | undefined;
  readonly runBudgetMoney: number | undefined;
  /** Seconds that the jobs of a run may take together, by the clock; undefined: no limit. */
  readonly runBudgetSeconds: number | undefined;
  /** Recording of a model: replayed where the file is there, made where it is not. */
  readonly tape: string | undefined;
}

export type SettingName = keyof Settings;

export interface LoadedSettings {
  readonly values: Settings;
  /** Where each value came from: `default`, `environment NAME`, `config FILE`, `command line`. */
  readonly sources: Readonly<Record<SettingName, string>>;
}

interface SettingEntry {
  /** Environment variables that set it, the first that is there wins. */
  readonly env: readonly string[];
  /** Key in config.yaml; absent: not for the file. */
  readonly key?: string;
  readonly description: string;
}

/** The one table of settings: loader, `doctor` and the reference read it. */
export const settingTable: Readonly<Record<SettingName, SettingEntry>> = {
  cpus: { env: ['NEUROCLAW_CPUS'], key: 'cpus', description: 'cpus that jobs may use together' },
  memoryMb: {
    env: ['NEUROCLAW_MEMORY_MB'],
    key: 'memory_mb',
    description: 'memory in MB that jobs may use together',
  },
  allowHost: { env: ['NEUROCLAW_ALLOW_HOST'], key: 'allow_host', description: 'run tools found on PATH' },
  skills: { env: ['NEUROCLAW_SKILLS'], key: 'skills', description: 'further folders of skills' },
  agents: {
    env: ['NEUROCLAW_AGENTS'],
    key: 'agents',
    description: 'further folders of agents and pipelines',
  },
  environments: {
    env: ['NEUROCLAW_ENVIRONMENTS'],
    key: 'environments',
    description: 'further folders of environments',
  },
  state: { env: ['NEUROCLAW_STATE'], description: 'folder of state that belongs to no output folder' },
  cache: { env: ['NEUROCLAW_CACHE'], description: 'folder of what can be made again: Python environments' },
  dockerHost: { env: ['DOCKER_HOST'], key: 'docker_host', description: 'address of the container engine' },
  runtimeDir: { env: ['XDG_RUNTIME_DIR'], description: 'folder where rootless container engines listen' },
  lock: { env: ['NEUROCLAW_LOCK'], key: 'lock', description: 'lock file of container environments' },
  runtime: {
    env: ['NEUROCLAW_RUNTIME'],
    key: 'runtime',
    description: `runtime to prefer: ${runtimeNames}`,
  },
  freesurferLicense: {
    env: ['NEUROCLAW_FREESURFER_LICENSE', 'FS_LICENSE'],
    key: 'freesurfer_license',
    description: 'licence file of FreeSurfer',
  },
  benchData: {
    env: ['NEUROCLAW_BENCH_DATA'],
    key: 'bench_data',
    description: 'folder of recordings that tasks of the benchmark lock by their digest',
  },
  policy: { env: ['NEUROCLAW_POLICY'], key: 'policy', description: 'file that says what may run' },
  color: {
    env: ['NO_COLOR', 'FORCE_COLOR'],
    key: 'color',
    description: 'colour on a terminal: auto, always, never',
  },
  pictures: {
    env: ['NEUROCLAW_PICTURES'],
    key: 'pictures',
    description: `pictures in the terminal: auto, ${pictureProtocols.join(', ')}`,
  },
  links: {
    env: ['NEUROCLAW_LINKS', 'FORCE_HYPERLINK'],
    key: 'links',
    description: 'paths as links in the terminal: auto, yes, no',
  },
  model: {
    env: ['NEUROCLAW_MODEL'],
    key: 'model',
    description: 'provider:model for conversations, such as openai:gpt-5-mini; without it, rules plan',
  },
  modelUrl: {
    env: ['NEUROCLAW_MODEL_URL'],
    key: 'model_url',
    description: "address of the model's server, where it is not the provider's own",
  },
  modelKeyFile: {
    env: ['NEUROCLAW_MODEL_KEY_FILE'],
    key: 'model_key_file',
    description: 'file of mode 0600 with the key of the provider',
  },
  modelTimeoutS: {
    env: ['NEUROCLAW_MODEL_TIMEOUT_S'],
    key: 'model_timeout_s',
    description: 'seconds for one whole answer of a model',
  },
  modelIdleS: {
    env: ['NEUROCLAW_MODEL_IDLE_S'],
    key: 'model_idle_s',
    description: 'seconds without anything coming from a model',
  },
  modelPrices: {
    env: ['NEUROCLAW_MODEL_PRICES'],
    key: 'model_prices',
    description: 'JSON file with prices of models',
  },
  modelShares: {
    env: ['NEUROCLAW_MODEL_SHARES'],
    key: 'model_shares',
    description: `what of the data a model may see: any of ${shares.join(', ')}`,
  },
  modelReview: {
    env: ['NEUROCLAW_MODEL_REVIEW'],
    key: 'model_review',
    description: 'whether the reviewer reads plans of models before they are shown: yes (default) or no',
  },
  budgetTokens: {
    env: ['NEUROCLAW_BUDGET_TOKENS'],
    key: 'budget_tokens',
    description: 'tokens that language models may take in one conversation',
  },
  budgetMoney: {
    env: ['NEUROCLAW_BUDGET_MONEY'],
    key: 'budget_money',
    description: 'money that they may cost in one conversation, in the currency of the price file',
  },
  budgetSeconds: {
    env: ['NEUROCLAW_BUDGET_SECONDS'],
    key: 'budget_seconds',
    description: 'seconds that one conversation may wait for them in all',
  },
  runBudgetTokens: {
    env: ['NEUROCLAW_RUN_BUDGET_TOKENS'],
    key: 'run_budget_tokens',
    description: 'tokens that they may take for one plan, with its changes and the repairs of its run',
  },
  runBudgetMoney: {
    env: ['NEUROCLAW_RUN_BUDGET_MONEY'],
    key: 'run_budget_money',
    description: 'money that they may cost for one plan, with its changes and the repairs of its run',
  },
  runBudgetSeconds: {
    env: ['NEUROCLAW_RUN_BUDGET_SECONDS'],
    key: 'run_budget_seconds',
    description: 'seconds by the clock after which the jobs of a run are stopped; resume goes on',
  },
  tape: {
    env: ['NEUROCLAW_TAPE'],
    description: 'recording of a model: replayed where the file is there, made where it is not',
  },
};

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the command line; undefined members are not given. */
  readonly flags?: Partial<Settings>;
}

/** Settings from command line, environment, `$XDG_CONFIG_HOME/neuroclaw/config.yaml` and defaults, in this order. */
export function loadSettings({ env, flags = {} }: SettingSources): LoadedSettings {
  const file = join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'neuroclaw', 'config.yaml');
  const config = readConfig(file);
  const sources: Partial<Record<SettingName, string>> = {};
  const pick = (name: SettingName): { text: unknown; where: string } | undefined => {
    const { env: variables, key } = settingTable[name];
    if (flags[name] !== undefined) return { text: flags[name], where: 'command line' };
    const variable = variables.find((candidate) => env[candidate] !== undefined && env[candidate] !== '');
    if (variable !== undefined) return { text: env[variable], where: `environment ${variable}` };
    if (key !== undefined && config[key] !== undefined) return { text: config[key], where: `config ${file}` };
    return undefined;
  };
  const read = <T>(name: SettingName, fallback: T, convert: (value: unknown, where: string) => T): T => {
    const found = pick(name);
    sources[name] = found?.where ?? 'default';
    return found === undefined ? fallback : convert(found.text, found.where);
  };
  const values: Settings = {
    cpus: read('cpus', undefined, (value, where) => positive('cpus', value, where)),
    memoryMb: read('memoryMb', undefined, (value, where) => positive('memory_mb', value, where)),
    allowHost: read(
      'allowHost',
      false,
      (value) => value === true || value === '1' || value === 'true' || value === 'yes',
    ),
    skills: read('skills', [], folders),
    agents: read('agents', [], folders),
    environments: read('environments', [], folders),
    state: read(
      'state',
      join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'neuroclaw'),
      (value) => resolve(String(value)),
    ),
    cache: read('cache', join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'neuroclaw'), (value) =>
      resolve(String(value)),
    ),
    dockerHost: read('dockerHost', undefined, (value) => String(value)),
    runtimeDir: read('runtimeDir', undefined, (value) => String(value)),
    lock: read('lock', resolve('neuroclaw.lock.json'), (value) => resolve(String(value))),
    runtime: read('runtime', undefined, runtimeChoice),
    freesurferLicense: read('freesurferLicense', undefined, (value) => resolve(String(value))),
    benchData: read('benchData', undefined, (value) => resolve(String(value))),
    policy: read('policy', resolve('neuroclaw.policy.yaml'), (value) => resolve(String(value))),
    color: read('color', 'auto', (value, where) => colorChoice(value, where)),
    pictures: read('pictures', picturesOf(env), (value, where) =>
      value === 'auto' ? picturesOf(env) : pictureChoice(value, where),
    ),
    links: read('links', linksOf(env), (value, where) =>
      value === 'auto' ? linksOf(env) : yesNo('links', value, where),
    ),
    model: read('model', undefined, (value) => String(value)),
    modelUrl: read('modelUrl', undefined, (value) => String(value)),
    modelKeyFile: read('modelKeyFile', undefined, (value) => resolve(String(value))),
    modelTimeoutS: read('modelTimeoutS', 600, (value, where) => positive('model_timeout_s', value, where)),
    modelIdleS: read('modelIdleS', 120, (value, where) => positive('model_idle_s', value, where)),
    modelPrices: read('modelPrices', undefined, (value) => resolve(String(value))),
    modelShares: read('modelShares', [], shareList),
    modelReview: read('modelReview', true, (value, where) => yesNo('model_review', value, where)),
    budgetTokens: read('budgetTokens', undefined, (value, where) => positive('budget_tokens', value, where)),
    budgetMoney: read('budgetMoney', undefined, (value, where) => amount('budget_money', value, where)),
    budgetSeconds: read('budgetSeconds', undefined, (value, where) =>
      positive('budget_seconds', value, where),
    ),
    runBudgetTokens: read('runBudgetTokens', undefined, (value, where) =>
      positive('run_budget_tokens', value, where),
    ),
    runBudgetMoney: read('runBudgetMoney', undefined, (value, where) =>
      amount('run_budget_money', value, where),
    ),
    runBudgetSeconds: read('runBudgetSeconds', undefined, (value, where) =>
      positive('run_budget_seconds', value, where),
    ),
    tape: read('tape', undefined, (value) => resolve(String(value))),
  };
  return { values, sources: sources as Record<SettingName, string> };
}

function readConfig(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return {};
    throw fromFileSystem(error, file);
  }
  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new NeuroClawError('input.malformed', `${file} is not YAML: ${reason}`, {
      place: { file },
      cause: error,
    });
  }
  if (parsed === null || parsed === undefined) return {};
  if (!isJsonObject(parsed))
    throw new NeuroClawError('input.malformed', `${file} is not a list of settings`, { place: { file } });
  const known = Object.values(settingTable).flatMap((entry) => (entry.key === undefined ? [] : [entry.key]));
  for (const key of Object.keys(parsed)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    throw new NeuroClawError(
      'input.invalid',
      `unknown setting ${key}${near === undefined ? '' : `; did you mean ${near}?`}`,
      {
        place: { file, field: key },
        expected: known.join(', '),
      },
    );
  }
  return parsed;
}

function positive(name: string, value: unknown, where: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new NeuroClawError('input.invalid', `${name} is ${JSON.stringify(value)} (${where})`, {
    place: { field: name },
    expected: 'a whole number above 0',
  });
}

function amount(name: string, value: unknown, where: string): number {
  const number = Number(value);
  if (String(value).trim() !== '' && Number.isFinite(number) && number > 0) return number;
  throw new NeuroClawError('input.invalid', `${name} is ${JSON.stringify(value)} (${where})`, {
    place: { field: name },
    expected: 'an amount above 0, such as 2.50',
  });
}

function yesNo(name: string, value: unknown, where: string): boolean {
  const word = String(value).toLowerCase();
  if (['true', 'yes', '1', 'on'].includes(word)) return true;
  if (['false', 'no', '0', 'off'].includes(word)) return false;
  throw new NeuroClawError('input.invalid', `${name} is ${JSON.stringify(value)} (${where})`, {
    place: { field: name },
    expected: 'yes or no',
  });
}

function folders(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(String) : String(value).split(delimiter);
  return list.filter((folder) => folder !== '').map((folder) => resolve(folder));
}

function shareList(value: unknown, where: string): Share[] {
  const words = Array.isArray(value) ? value.map(String) : String(value).split(/[\s,]+/);
  return words
    .filter((word) => word !== '')
    .map((word) => {
      const share = shares.find((name) => name === word);
      if (share !== undefined) return share;
      throw new NeuroClawError('input.invalid', `model_shares holds ${JSON.stringify(word)} (${where})`, {
        place: { field: 'model_shares' },
        expected: shares.join(', '),
      });
    });
}

function runtimeChoice(value: unknown, where: string): RuntimeChoice {
  const choice = runtimeChoices.find((name) => name === value);
  if (choice !== undefined) return choice;
  throw new NeuroClawError('input.invalid', `runtime is ${JSON.stringify(value)} (${where})`, {
    place: { field: 'runtime' },
    expected: runtimeNames,
  });
}

function pictureChoice(value: unknown, where: string): PictureProtocol {
  const choice = pictureProtocols.find((name) => name === value);
  if (choice !== undefined) return choice;
  throw new NeuroClawError('input.invalid', `pictures is ${JSON.stringify(value)} (${where})`, {
    place: { field: 'pictures' },
    expected: `auto, ${pictureProtocols.join(', ')}`,
  });
}

function colorChoice(value: unknown, where: string): 'auto' | 'always' | 'never' {
  if (where === 'environment NO_COLOR') return 'never';
  if (where === 'environment FORCE_COLOR') return value === '0' ? 'never' : 'always';
  if (value === 'auto' || value === 'always' || value === 'never') return value;
  throw new NeuroClawError('input.invalid', `color is ${JSON.stringify(value)} (${where})`, {
    expected: 'auto, always or never',
  });
}
