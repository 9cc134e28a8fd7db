import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BidsDataset } from '../../bids/dataset.js';
import { compareNatural } from '../../bids/natural-order.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding } from '../../kernel/findings.js';
import type { DatasetSource } from '../dataset-source.js';
import type { Plan } from '../plan.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';
import { describeQuery, selectFiles, type QueryInput } from './select-files.js';
import type { StageContext } from './stage-data.js';

/**
 * Items of an input that comes from a derivative dataset: of the folder that the plan names, else of the datasets below
 * `derivatives/` of the dataset and of the output folder and those that were adopted, without whom adoption refused. Files of a participant in two of them are a question.
 * Sidecars and companions of such items are not looked up.
 */
export async function selectDerivatives(
  name: string,
  input: QueryInput,
  participants: readonly string[],
  opened: StageContext,
  plan: Plan,
  datasets: DatasetSource,
  findings: FindingList,
): Promise<Item[]> {
  const { stage, input: data } = opened;
  const named = stage.inputs[name];
  const roots =
    named === undefined
      ? await derivativeRoots([...('bids' in data ? [data.bids.root] : []), plan.out])
      : [named];
  const adopted = ((await datasets.adopted?.(plan.out)) ?? []).filter(({ kind }) => kind === 'bids');
  if (named === undefined) for (const { root } of adopted) if (!roots.includes(root)) roots.push(root);
  const found: { dataset: BidsDataset; items: Item[] }[] = [];
  for (const root of roots) {
    let dataset: BidsDataset;
    try {
      dataset = await datasets.bids(root);
    } catch (error) {
      if (!(error instanceof NeuroClawError) || named === undefined) {
        if (error instanceof NeuroClawError) continue;
        throw error;
      }
      findings.add(errorFinding(error.code, error.message, error.place, `a derivative dataset for ${name}`));
      return [];
    }
    const refused = adopted.find((one) => one.root === dataset.root)?.refused ?? [];
    const allowed = participants.filter((label) => !refused.includes(`sub-${label}`));
    const items = selectFiles(dataset, { ...input, optional: true }, stage, allowed, false, findings);
    if (items.length > 0) found.push({ dataset, items: items.map(({ source: _source, ...item }) => item) });
  }
  const what = describeQuery(input.query);
  const [first] = found;
  if (found.length > 1)
    findings.add({
      ...errorFinding(
        'plan.question',
        `${what} files for ${name} are in ${found.length} derivative datasets: ${found.map(({ dataset }) => dataset.root).join(', ')}`,
        { field: `inputs.${name}` },
        'one of them',
      ),
      suggestion: `--input ${name}=FOLDER`,
    });
  else if (first === undefined && !input.optional)
    findings.add({
      ...errorFinding(
        'plan.cannot',
        `no ${what} file in ${named ?? 'any derivative dataset that was found'}`,
        { field: `inputs.${name}` },
        input.description === '' ? `${what} files` : input.description,
      ),
      suggestion: `--input ${name}=FOLDER with a BIDS derivative dataset, or neuroclaw adopt FOLDER`,
    });
  if (first !== undefined && !input.optional) reportWithout(participants, first.items, what, name, findings);
  return first?.items ?? [];
}

function reportWithout(
  participants: readonly string[],
  items: readonly Item[],
  what: string,
  name: string,
  findings: FindingList,
): void {
  const have = new Set(items.map(({ entities }) => entities['sub']));
  const without = participants.filter((label) => !have.has(label)).map((label) => `sub-${label}`);
  if (without.length === 0) return;
  findings.add({
    code: 'plan.cannot',
    severity: 'warning',
    message: `no ${what} file (${name}) for ${without.slice(0, 10).join(', ')}${without.length > 10 ? ` and ${without.length - 10} more` : ''}: steps that need it are left out`,
    place: { field: `inputs.${name}` },
  });
}

async function derivativeRoots(parents: readonly string[]): Promise<string[]> {
  const roots: string[] = [];
  for (const parent of parents) {
    const folder = join(parent, 'derivatives');
    const names = await readdir(folder).catch(() => []);
    for (const name of names.sort(compareNatural)) {
      const root = join(folder, name);
      if (existsSync(join(root, 'dataset_description.json')) && !roots.includes(root)) roots.push(root);
    }
  }
  return roots;
}
