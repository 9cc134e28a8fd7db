import { describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { summarizeDataset } from '../../../src/bids/summary.js';
import { hasTestData, testData } from '../../support/data.js';
import { writeDataset, type Tree } from './tree.js';

async function summarize(root: string) {
  return await summarizeDataset(await indexDataset(root));
}
const real = (name: string) => summarize(testData('bids-examples', name));

/** Participants 1 to 5 with a T1w, two runs of a task with events, DWI with gradients, and a field map. */
function soundDataset(): Record<string, unknown> {
  const tree: Record<string, unknown> = {
    'task-x_bold.json': { RepetitionTime: 2 },
    'dwi.bval': '',
    'dwi.bvec': '',
  };
  for (const sub of ['sub-1', 'sub-2', 'sub-3', 'sub-4', 'sub-5']) {
    tree[`${sub}/anat/${sub}_T1w.nii.gz`] = '';
    tree[`${sub}/dwi/${sub}_dwi.nii.gz`] = '';
    tree[`${sub}/fmap/${sub}_dir-PA_epi.nii.gz`] = '';
    for (const run of ['1', '2']) {
      tree[`${sub}/func/${sub}_task-x_run-${run}_bold.nii.gz`] = '';
      tree[`${sub}/func/${sub}_task-x_run-${run}_events.tsv`] = 'onset\tduration\n';
    }
  }
  return tree;
}

async function notes(change: (tree: Record<string, unknown>) => Tree | undefined) {
  const tree = soundDataset();
  const { missing, odd } = await summarize(writeDataset(change(tree) ?? tree));
  return { missing, odd };
}

describe('summarizeDataset', () => {
  it('counts recordings, sessions, tasks and runs of each participant', async () => {
    const root = writeDataset({
      'sub-01/ses-b/func/sub-01_ses-b_task-x_run-1_echo-1_bold.nii.gz': '',
      'sub-01/ses-b/func/sub-01_ses-b_task-x_run-1_echo-1_bold.json': { RepetitionTime: 2 },
      'sub-01/ses-b/func/sub-01_ses-b_task-x_run-1_echo-2_bold.nii.gz': '',
      'sub-01/ses-b/func/sub-01_ses-b_task-x_run-2_echo-1_bold.nii.gz': '',
      'sub-01/ses-b/func/sub-01_ses-b_task-rest_bold.nii.gz': '',
      'sub-01/ses-a/eeg/sub-01_ses-a_task-x_eeg.vhdr': '',
      'sub-01/ses-a/eeg/sub-01_ses-a_task-x_eeg.vmrk': '',
      'sub-01/ses-a/eeg/sub-01_ses-a_task-x_eeg.eeg': '',
      'sub-01/ses-a/meg/sub-01_ses-a_task-x_meg.ds/a.meg4': '',
      'sub-01/notes.txt': '',
    });
    const summary = await summarize(root);
    expect(summary).toMatchObject({ name: 'test', bids_version: '1.10.0', type: 'raw', root });
    expect(summary.participants).toEqual([
      {
        participant: '01',
        sessions: ['a', 'b'],
        files: 10,
        datatypes: { eeg: { eeg: 1 }, meg: { meg: 1 }, func: { bold: 4 } },
        tasks: ['rest', 'x'],
        // The EEG and the MEG of session a were recorded at once.
        runs: { x: 3, rest: 1 },
      },
    ]);
    expect(summary.totals).toEqual({
      participants: 1,
      files: 12,
      datatypes: { eeg: { eeg: 1 }, meg: { meg: 1 }, func: { bold: 4 } },
    });
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it('has no notes on a sound dataset', async () => {
    expect(await notes(() => undefined)).toEqual({ missing: [], odd: [] });
  });

  it('notes what one participant lacks and most have', async () => {
    const { missing } = await notes((tree) => void delete tree['sub-3/dwi/sub-3_dwi.nii.gz']);
    expect(missing).toEqual(['no dwi/dwi of sub-3, which 4 of 5 participants have']);
  });

  it('notes a participant with fewer runs, and one without data', async () => {
    const found = await notes((tree) => {
      delete tree['sub-3/func/sub-3_task-x_run-2_bold.nii.gz'];
      tree['participants.tsv'] = 'participant_id\nsub-1\nsub-2\nsub-3\nsub-4\nsub-5\nsub-6\n';
      return tree;
    });
    expect(found).toEqual({
      missing: ['no data of sub-6'],
      odd: ['2 func/bold in most participants, but 1 in sub-3'],
    });
  });

  it('notes that there are no field maps; maps of the radio-frequency field are none', async () => {
    const { missing } = await notes((tree) =>
      Object.fromEntries(
        Object.entries(tree).map(([path, content]) => [path.replace('_dir-PA_epi', '_TB1map'), content]),
      ),
    );
    expect(missing).toEqual(['no field maps: the distortion of echo-planar images cannot be measured']);
  });

  it('notes DWI without gradients', async () => {
    const { odd } = await notes((tree) => {
      delete tree['dwi.bvec'];
      tree['sub-1/dwi/sub-1_dwi.bvec'] = '';
      return tree;
    });
    expect(odd).toEqual([
      '4 of 5 DWI have no bval and bvec: sub-2/dwi/sub-2_dwi.nii.gz, sub-3/dwi/sub-3_dwi.nii.gz, ' +
        'sub-4/dwi/sub-4_dwi.nii.gz, sub-5/dwi/sub-5_dwi.nii.gz',
    ]);
  });

  it('notes BOLD without RepetitionTime, also where the sidecar is broken', async () => {
    expect((await notes((tree) => void delete tree['task-x_bold.json'])).odd).toEqual([
      'all 10 BOLD have no RepetitionTime',
    ]);
    expect((await notes((tree) => ({ ...tree, 'task-x_bold.json': '{' }))).odd).toEqual([
      'all 10 BOLD have no RepetitionTime',
    ]);
    expect(
      (await notes((tree) => ({ ...tree, 'task-x_bold.json': { RepetitionTime: '2' } }))).odd,
    ).toHaveLength(1);
  });

  it('notes a run with another RepetitionTime than the others of its task', async () => {
    const slip = { 'sub-2/func/sub-2_task-x_run-1_bold.json': { RepetitionTime: 2.5 } };
    expect((await notes((tree) => ({ ...tree, ...slip }))).odd).toEqual([
      'RepetitionTime of x differs: 2 s in 9, 2.5 s in 1 (sub-2/func/sub-2_task-x_run-1_bold.nii.gz)',
    ]);
  });

  it('notes runs of a task without events, but not those at rest', async () => {
    const { odd } = await notes((tree) => {
      delete tree['sub-2/func/sub-2_task-x_run-1_events.tsv'];
      for (const sub of ['sub-1', 'sub-2', 'sub-3', 'sub-4', 'sub-5']) {
        tree[`${sub}/func/${sub}_task-rest_bold.nii.gz`] = '';
      }
      tree['task-rest_bold.json'] = { RepetitionTime: 1 };
      return tree;
    });
    expect(odd).toEqual([
      '2 func/events in most participants, but 1 in sub-2',
      '1 of 10 BOLD of task x has no events: sub-2/func/sub-2_task-x_run-1_bold.nii.gz',
    ]);
  });

  it('takes labels that are names of object members', async () => {
    const { participants } = await summarize(
      writeDataset({ 'sub-constructor/func/sub-constructor_task-toString_bold.nii': '' }),
    );
    expect(participants[0]).toMatchObject({ participant: 'constructor', runs: { toString: 1 } });
  });
});

describe.skipIf(!hasTestData)('summaries of real layouts', () => {
  it('ds001 has 16 participants with three runs each', async () => {
    const { participants, totals, odd } = await real('ds001');
    expect(participants).toHaveLength(16);
    for (const { datatypes, runs } of participants) {
      expect(datatypes).toEqual({ anat: { T1w: 1, inplaneT2: 1 }, func: { bold: 3, events: 3 } });
      expect(runs).toEqual({ balloonanalogrisktask: 3 });
    }
    expect(totals.datatypes['func']).toEqual({ bold: 48, events: 48 });
    expect(odd).toEqual([]);
  });

  it('ds114 has ten participants, two sessions and five tasks', async () => {
    const { participants, sessions, tasks } = await real('ds114');
    expect(participants).toHaveLength(10);
    expect(sessions).toEqual(['retest', 'test']);
    expect(tasks).toHaveLength(5);
  });

  it('notes what is really incomplete in 7t_trt, ds113b and ds210', async () => {
    expect((await real('7t_trt')).odd).toEqual([
      '4 fmap/magnitude2 in most participants, but 3 in sub-13',
      '6 func/physio in most participants, but 4 in sub-19',
    ]);
    expect((await real('ds113b')).odd[0]).toBe('8 func/bold in most participants, but 4 in sub-20');
    expect((await real('ds210')).odd).toEqual(['all 180 BOLD of task cuedSGT have no events']);
  });

  it('takes VolumeTiming for timing, where volumes are not acquired at one rate', async () => {
    expect((await real('volume_timing')).odd).toEqual([]);
  });

  it('counts PET, ASL, EEG, MEG and NIRS recordings', async () => {
    expect((await real('pet002')).totals.datatypes['pet']).toEqual({ pet: 4 });
    expect((await real('asl001')).totals.datatypes['perf']).toMatchObject({ asl: 1, aslcontext: 1 });
    expect((await real('eeg_matchingpennies')).totals.datatypes['eeg']).toMatchObject({ eeg: 7, events: 7 });
    expect((await real('ds000246')).totals.datatypes['meg']).toMatchObject({ meg: 3 });
    expect((await real('fnirs_tapping')).totals.datatypes['nirs']).toMatchObject({ nirs: 5 });
  });

  it('counts simultaneous EEG and fMRI as one run', async () => {
    expect((await real('eeg_rest_fmri')).participants[0]?.runs).toEqual({ rest: 1 });
  });
});
