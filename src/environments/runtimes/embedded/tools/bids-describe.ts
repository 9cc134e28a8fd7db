import { writeFileSync } from 'node:fs';
import { ToolUsageError, type EmbeddedTool } from '../tool.js';
import { readFlags } from './flags.js';

const bidsVersion = '1.10.0';

/**
 * `neuroclaw-bids-describe --name NAME --participant LABEL... --out FOLDER [--dataset-type raw|derivative]
 * [--author NAME]... [--license TEXT] [--readme TEXT]`: writes what makes a folder a BIDS dataset
 * (BIDS specification, "Modality agnostic files").
 */
export const run: EmbeddedTool = async (argv, io) => {
  const flags = readFlags(argv.slice(1), {
    '--name': 'value',
    '--dataset-type': 'value',
    '--participant': 'values',
    '--author': 'values',
    '--license': 'value',
    '--readme': 'value',
    '--out': 'value',
  });
  const out = flags.required('--out');
  const write = (name: string, text: string): void => writeFileSync(io.writePath(`${out}/${name}`), text);

  const name = flags.required('--name').trim();
  if (name === '') throw new ToolUsageError('--name is empty');
  const type = flags.optional('--dataset-type') ?? 'raw';
  if (type !== 'raw' && type !== 'derivative') {
    throw new ToolUsageError(`--dataset-type is ${type}; raw and derivative are known`);
  }
  const participants = participantIds(flags.values('--participant'));
  const authors = flags.values('--author');
  const license = flags.optional('--license');
  const description = {
    Name: name,
    BIDSVersion: bidsVersion,
    DatasetType: type,
    ...(license === undefined ? {} : { License: license }),
    ...(authors.length === 0 ? {} : { Authors: authors }),
    // A derivative dataset must say what made it.
    ...(type === 'derivative' ? { GeneratedBy: [{ Name: 'NeuroClaw' }] } : {}),
  };
  write('dataset_description.json', `${JSON.stringify(description, undefined, 2)}\n`);
  write('participants.tsv', ['participant_id', ...participants, ''].join('\n'));
  write('README', readme(name, participants.length, flags.optional('--readme')));
  return 0;
};

function participantIds(labels: readonly string[]): string[] {
  if (labels.length === 0) throw new ToolUsageError('--participant is missing');
  const wrong = labels.find((label) => !/^[A-Za-z0-9]+$/.test(label));
  if (wrong !== undefined) {
    throw new ToolUsageError(
      `the participant label ${JSON.stringify(wrong)} is not BIDS: letters and digits only`,
    );
  }
  const order = new Intl.Collator('en', { numeric: true });
  return [...new Set(labels)].sort(order.compare).map((label) => `sub-${label}`);
}

function readme(name: string, participants: number, text: string | undefined): string {
  if (text !== undefined && text.trim() !== '') return `${text.trimEnd()}\n`;
  const count = participants === 1 ? '1 participant' : `${participants} participants`;
  return `# ${name}\n\nA BIDS dataset of ${count}. Say here what was measured, how, and by whom.\n`;
}
