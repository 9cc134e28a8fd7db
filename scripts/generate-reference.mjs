// Writes docs/reference/ from what the code declares: commands, settings, exit codes, checks, skills, pipelines.
// `--check` writes nothing and fails where a file is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = (path) => import(join(project, 'dist', path));
const cell = (text) =>
  String(text ?? '')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
const page = (title, ...parts) =>
  `# ${title}\n\nGenerated from the code by \`npm run docs\`; do not edit.\n\n${parts.join('\n\n')}\n`;

async function commandsPage() {
  const { buildProgram } = await built('cli/program.js');
  const program = buildProgram('', async () => undefined);
  const parts = [];
  const visit = (command, path) => {
    for (const sub of command.commands) {
      const name = `${path} ${sub.name()}`;
      if (sub.commands.length > 0) visit(sub, name);
      else {
        const usage = sub.usage().replace('[options] ', '');
        const options = sub.options.map((option) => [`\`${option.flags}\``, option.description]);
        parts.push(
          `## \`${name}\``,
          sub.description(),
          `\`\`\`\n${name} [options] ${usage}\n\`\`\``,
          table(['option', 'meaning'], options),
        );
      }
    }
  };
  visit(program, 'neuroclaw');
  return page('Commands', ...parts);
}

async function settingsPage() {
  const { settingTable } = await built('config/settings.js');
  const rows = Object.entries(settingTable).map(([name, { env, key, description }]) => [
    `\`${name}\``,
    env.map((variable) => `\`${variable}\``).join(', '),
    key === undefined ? '' : `\`${key}\``,
    description,
  ]);
  const order =
    'A value on the command line wins over the environment, that over `$XDG_CONFIG_HOME/neuroclaw/config.yaml`. `neuroclaw doctor` shows every value and where it came from.';
  return page('Settings', order, table(['setting', 'environment', 'key in config.yaml', 'meaning'], rows));
}

async function errorsPage() {
  const { errorClasses, errorCodes } = await built('kernel/error-codes.js');
  const classes = Object.entries(errorClasses).map(([name, { exit, remedy }]) => [
    exit,
    `\`${name}\``,
    remedy,
  ]);
  const codes = Object.entries(errorCodes).map(([code, entry]) => [
    `\`${code}\``,
    entry.class,
    entry.reason,
    entry.hint ?? errorClasses[entry.class].remedy,
  ]);
  return page(
    'Exit codes and errors',
    '## Exit codes',
    table(['exit', 'class', 'what to do'], [[0, '', 'all went well'], ...classes]),
    '## Codes',
    table(['code', 'class', 'meaning', 'what to do'], codes),
  );
}

async function checksPage() {
  const { allChecks } = await built('checks/catalog.js');
  return page(
    'Checks',
    'What is verified before a result is committed.',
    table(
      ['check', 'the mistake it catches'],
      allChecks.map(({ name, catches }) => [`\`${name}\``, catches]),
    ),
  );
}

async function skillsPage() {
  const { loadSkills } = await built('skills/registry.js');
  const { skills } = await loadSkills([join(project, 'skills')]);
  const rows = [...skills.values()].map(({ id, contract, description, evidence }) => [
    `\`${id}\``,
    contract.environment,
    contract.capabilities.join(', '),
    evidence.evidence,
    description,
  ]);
  return page(
    'Skills',
    'Evidence: `executed`, a test ran the real tool and looked at the result; `command`, the command line was compared with an independent source; `declared`, neither yet.',
    table(['skill', 'environment', 'capabilities', 'evidence', 'what it does'], rows),
  );
}

async function pipelinesPage() {
  const { loadPipelines } = await built('planning/load-pipelines.js');
  const { pipelines } = await loadPipelines([join(project, 'agents')]);
  const parts = [...pipelines.values()].flatMap((pipeline) => {
    const parameters = Object.entries(pipeline.parameters).map(
      ([name, { type, default: value, unit, minimum, maximum, description }]) => [
        `\`${name}\``,
        type,
        value === undefined ? '' : `\`${JSON.stringify(value)}\``,
        [minimum, maximum].some((bound) => bound !== undefined) ? `${minimum ?? ''} to ${maximum ?? ''}` : '',
        unit,
        description,
      ],
    );
    const steps = pipeline.steps.map((step) => [
      `\`${step.id}\``,
      step.skill === undefined ? `provider of \`${step.capability}\`` : `\`${step.skill}\``,
      Object.keys(step.publish).join(', '),
    ]);
    const pictures = Object.values(pipeline.pictures).map(({ title, about }) => [title, about]);
    return [
      `## \`${pipeline.id}\` ${pipeline.version}`,
      pipeline.description,
      ...(parameters.length > 0
        ? [table(['parameter', 'type', 'default', 'range', 'unit', 'meaning'], parameters)]
        : []),
      table(['step', 'skill', 'publishes'], steps),
      ...(pictures.length > 0 ? [table(['picture', 'what to look for'], pictures)] : []),
    ];
  });
  return page('Pipelines', ...parts);
}

async function coveragePage() {
  const { loadTasks } = await built('bench/task/load-task.js');
  const { loadCoverage } = await built('bench/task/coverage.js');
  const tasks = await loadTasks([join(project, 'neurobench', 'tasks')]);
  const { originals } = await loadCoverage(join(project, 'neurobench', 'covers.yaml'), tasks);
  const count = (wanted) =>
    originals.filter(({ tasks: own }) => own.some(({ track }) => wanted(track))).length;
  const executed = count((track) => track === 'A');
  const planned = originals.filter(
    ({ tasks: own }) => own.length > 0 && own.every(({ track }) => track === 'P'),
  ).length;
  return page(
    'What the benchmark covers',
    `Of ${originals.length} original tasks, ${executed} have a task of ours that is executed (track A), ${planned} more have one whose plan is checked and nothing executed (track P), ${originals.length - executed - planned} have none, each with the reason. A task of class \`image\` was known by the tool it needs alone: ours stand for work with that tool.`,
    table(
      ['original', 'class', 'what it needs', 'ours, or why not'],
      originals.map(({ id, class: kind, asks, tasks: own, reason }) => [
        id,
        kind,
        asks,
        reason ?? own.map((task) => `\`${task.id}\` (${task.track})`).join(', '),
      ]),
    ),
  );
}

const pages = {
  'commands.md': await commandsPage(),
  'settings.md': await settingsPage(),
  'errors.md': await errorsPage(),
  'checks.md': await checksPage(),
  'skills.md': await skillsPage(),
  'pipelines.md': await pipelinesPage(),
  'benchmark-coverage.md': await coveragePage(),
};
const check = process.argv.includes('--check');
mkdirSync(join(project, 'docs', 'reference'), { recursive: true });
let stale = 0;
for (const [name, text] of Object.entries(pages)) {
  const file = join(project, 'docs', 'reference', name);
  const wanted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  let current = '';
  try {
    current = readFileSync(file, 'utf8');
  } catch {
    current = '';
  }
  if (current === wanted) continue;
  stale += 1;
  if (check) console.error(`docs/reference/${name} is out of date: run \`npm run docs\``);
  else writeFileSync(file, wanted);
}
process.exitCode = check && stale > 0 ? 1 : 0;
