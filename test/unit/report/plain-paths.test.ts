import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { pathHider } from '../../../src/report/plain-paths.js';
import { planOf } from '../planning/support.js';

it('takes folders of this machine out of texts, and leaves what tools see', () => {
  const plan = planOf({
    pipeline: 'functional/clean',
    data: { bids: '/data/Jane Doe/study' },
    inputs: { template: '/data/templates/mni.nii.gz' },
  });
  const plain = pathHider(plan, '/data/out folder');
  expect(plain('no such file: /data/Jane Doe/study/sub-1/anat/x.nii')).toBe(
    'no such file: <data>/sub-1/anat/x.nii',
  );
  expect(plain("kept in '/data/out folder/.neuroclaw/failed/a1'")).toBe(
    "kept in '<out>/.neuroclaw/failed/a1'",
  );
  expect(plain('mrregister /in/a/b.nii /out/c.nii --template /data/templates/mni.nii.gz')).toBe(
    'mrregister /in/a/b.nii /out/c.nii --template mni.nii.gz',
  );
  expect(plain(`lock at ${homedir()}/x/y.json`)).toBe('lock at ~/x/y.json');
  expect(plain('(/srv/lab/projects/pain/lock.json) was read')).toBe('(…/lock.json) was read');
  expect(plain('1/2 of https://doi.org/10.1/a and sub-1/anat/b.nii')).toBe(
    '1/2 of https://doi.org/10.1/a and sub-1/anat/b.nii',
  );
});

it('names nothing below a folder of DICOMs', () => {
  const plan = planOf({ pipeline: 'curation/dicom-to-bids', data: { dicom: '/data/scans' } });
  const plain = pathHider(plan, '/data/out');
  expect(plain("'/data/scans/DOE JANE/IM 001' is cut; see /data/scans/DOE^JANE/IM2")).toBe(
    "'<data>' is cut; see <data>",
  );
  expect(plain('2 files (/data/scans/DOE_JANE/1.dcm), 1 more')).toBe('2 files (<data>), 1 more');
});
