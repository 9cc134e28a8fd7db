import { compareNatural } from '../../bids/natural-order.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import type { DatasetSource } from '../dataset-source.js';
import type { InputFile } from '../job.js';
import type { Plan } from '../plan.js';
import { selectDerivatives } from './derivative-inputs.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';
import { describeQuery, selectedParticipants, selectFiles } from './select-files.js';
import { selectSeries } from './select-series.js';
import { selectSubjectFolders } from './subject-folders.js';
import { publishedParticipants, type StageContext } from './stage-data.js';
import { wholeDataset } from './whole-dataset.js';

/** A pipeline over images given DICOMs, or the other way round. */
export function wrongData({ pipeline, input, stage }: StageContext): Finding[] {
  const wantsDicom = Object.values(pipeline.inputs).some((each) => 'dicom' in each);
  const place = { field: `stages.${stage.id}.data` };
  if (wantsDicom && 'bids' in input)
    return [
      errorFinding(
        'plan.invalid',
        `${pipeline.id} converts DICOMs, the stage has a BIDS dataset`,
        place,
        '{"dicom": folder}',
      ),
    ];
  if (!wantsDicom && 'dicom' in input)
    return [
      errorFinding(
        'plan.invalid',
        `${pipeline.id} works on a BIDS dataset, the stage has a folder of DICOMs`,
        place,
        'a stage of curation/dicom-to-bids before it',
      ),
    ];
  return [];
}

/** The items of each input of a pipeline that is found by query or is a series of DICOMs. */
export async function selectItems(
  plan: Plan,
  opened: StageContext,
  datasets: DatasetSource,
  findings: FindingList,
): Promise<Map<string, readonly Item[]>> {
  const { pipeline, stage, input } = opened;
  const wantFacts = pipeline.steps.some((step) => step.when?.includes('fact:') === true);
  const items = new Map<string, readonly Item[]>();
  if ('dicom' in input) {
    for (const [name, contract] of Object.entries(pipeline.inputs))
      if ('dicom' in contract) items.set(name, selectSeries(input.dicom, stage, findings));
    return items;
  }
  const known = input.bids.participants.flatMap(({ label, hasFolder }) => (hasFolder ? [label] : []));
  const participants = selectedParticipants(stage, known, findings);
  for (const [name, contract] of Object.entries(pipeline.inputs)) {
    if ('subject_folders' in contract)
      items.set(
        name,
        await selectSubjectFolders(name, contract, participants, opened, plan, datasets, findings),
      );
    if (!('query' in contract)) continue;
    if (known.length === 0)
      findings.add(
        errorFinding(
          'plan.cannot',
          `no ${describeQuery(contract.query)} file: the dataset has no participant`,
          {
            file: input.bids.root,
          },
        ),
      );
    else if (contract.from === 'derivatives')
      items.set(
        name,
        await selectDerivatives(name, contract, participants, opened, plan, datasets, findings),
      );
    else items.set(name, selectFiles(input.bids, contract, stage, participants, wantFacts, findings));
  }
  return items;
}

/** Every file of the dataset, for pipelines that take it as a folder. */
export async function wholeFolder(
  { pipeline, input }: StageContext,
  findings: FindingList,
): Promise<readonly InputFile[]> {
  if ('dicom' in input || !Object.values(pipeline.inputs).some((each) => 'dataset' in each)) return [];
  const { files, findings: problems } = await wholeDataset(input.bids.root);
  findings.add(...problems);
  return files;
}

/** Whom the dataset that a stage publishes will hold. */
export async function participantsOf(
  plan: Plan,
  { dataset }: StageContext,
  items: ReadonlyMap<string, readonly Item[]>,
): Promise<string[]> {
  const labels = [...items.values()].flat().flatMap((item) => item.entities['sub'] ?? []);
  // A dataset grows by one conversion after the other: its list of participants holds those before, too.
  const before = dataset.kind === 'raw' ? await publishedParticipants(plan, dataset.folder) : [];
  return [...new Set([...labels, ...before])].sort(compareNatural);
}
