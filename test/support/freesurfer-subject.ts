import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** In the form that mri_segstats documents (https://surfer.nmr.mgh.harvard.edu/fswiki/mri_segstats). */
export const asegStats = (name = 'sub-01'): string => `# Title Segmentation Statistics
# subjectname ${name}
# Measure BrainSeg, BrainSegVol, Brain Segmentation Volume, 1193318.000000, mm^3
# Measure EstimatedTotalIntraCranialVol, eTIV, Estimated Total Intracranial Volume, 1577415.239904, mm^3
# NRows 2
# ColHeaders  Index SegId NVoxels Volume_mm3 StructName normMean normStdDev normMin normMax normRange
  1   4     9024     9272.7  Left-Lateral-Ventricle  36.0  12.2  12.0  84.0  72.0
  2  17     4120     4180.3  Left-Hippocampus        68.5   9.9  30.0  98.0  68.0
`;

export const aparcStats = (
  name = 'sub-01',
  hemi = 'lh',
): string => `# Table of FreeSurfer cortical parcellation anatomical statistics
# subjectname ${name}
# hemi ${hemi}
# Measure Cortex, MeanThickness, Mean Thickness, 2.41, mm
# ColHeaders StructName NumVert SurfArea GrayVol ThickAvg ThickStd MeanCurv GausCurv FoldInd CurvInd
bankssts                                    2    898   2265  2.509 0.492     0.111     0.023       10     1.3
cuneus                                      4   1489   2936  1.752 0.398     0.147     0.045       33     4.3
`;

/** As the head and the end of a real log; every call of recon-all appends such a part. */
export const reconAllLog = (
  name = 'sub-01',
  stamp = 'freesurfer-linux-ubuntu22_x86_64-7.4.1-20230614-7eb8460',
): string => `Tue Nov 24 08:00:01 UTC 2026
/subjects/${name}
/usr/local/freesurfer/bin/recon-all
-s ${name} -i /data/${name}_T1w.nii.gz -all
subjid ${name}
setenv SUBJECTS_DIR /subjects
FREESURFER_HOME /usr/local/freesurfer
Actual FREESURFER_HOME /usr/local/freesurfer
build-stamp.txt: ${stamp}
#@# MotionCor Tue Nov 24 08:00:05 UTC 2026
#@#%# recon-all-run-time-hours 5.120
recon-all -s ${name} finished without error at Tue Nov 24 13:07:12 UTC 2026
`;

export const octahedron = [0, 2, 4, 2, 1, 4, 1, 3, 4, 3, 0, 4, 2, 0, 5, 1, 2, 5, 3, 1, 5, 0, 3, 5];

/** A binary triangle surface: an octahedron of 120 mm, or what is made of it; `more` adds points that nothing uses. */
export function writeSurface(path: string, triangles = octahedron, scale = 60, more = 0): void {
  const points = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1].map((value) => value * scale);
  for (let n = 0; n < 3 * more; n += 1) points.push(0);
  const header = Buffer.from('\xff\xff\xfecreated by a test\n\n', 'latin1');
  const body = Buffer.alloc(8 + 4 * (points.length + triangles.length));
  body.writeInt32BE(points.length / 3, 0);
  body.writeInt32BE(triangles.length / 3, 4);
  points.forEach((value, n) => body.writeFloatBE(value, 8 + 4 * n));
  triangles.forEach((value, n) => body.writeInt32BE(value, 8 + 4 * (points.length + n)));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([header, body]));
}

/** A file of one value a point. */
export function writeVertexValues(
  path: string,
  values: readonly number[] = [2, 2.5, 3, 1.8, 2.2, 2.9],
): void {
  const bytes = Buffer.alloc(15 + 4 * values.length);
  bytes.writeUIntBE(0xffffff, 0, 3);
  [values.length, 8, 1].forEach((value, n) => bytes.writeInt32BE(value, 3 + 4 * n));
  values.forEach((value, n) => bytes.writeFloatBE(value, 15 + 4 * n));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** An annotation without colours: a label for each point. */
export function writeAnnotation(path: string, points = 6): void {
  const bytes = Buffer.alloc(8 + 8 * points);
  bytes.writeInt32BE(points, 0);
  for (let n = 0; n < points; n += 1)
    [n, 1639705].forEach((v, m) => bytes.writeInt32BE(v, 4 + 8 * n + 4 * m));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** An MGH image of 2x2x2 short integers. */
export function writeMgh(path: string, values: readonly number[] = [0, 2, 3, 4, 10, 17, 41, 42]): void {
  const bytes = Buffer.alloc(284 + 16);
  [1, 2, 2, 2, 1, 4, 0].forEach((value, n) => bytes.writeInt32BE(value, 4 * n));
  values.forEach((value, n) => bytes.writeInt16BE(value, 284 + 2 * n));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** Everything that recon-all leaves behind and that is looked at, small. Returns the folder. */
export function writeFreesurferSubject(folder: string, name = 'sub-01', own = name): string {
  const text = (file: string, content = `${own} ${file}`): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  };
  text('scripts/recon-all.log', reconAllLog(name));
  text('scripts/build-stamp.txt', 'freesurfer-linux-ubuntu22_x86_64-7.4.1-20230614-7eb8460\n');
  for (const image of [
    'orig',
    'nu',
    'T1',
    'brainmask',
    'aseg.presurf',
    'wm',
    'filled',
    'ribbon',
    'aparc+aseg',
  ])
    text(`mri/${image}.mgz`);
  text('mri/transforms/talairach.xfm');
  for (const image of ['aseg', 'T1', 'ribbon', 'aparc+aseg']) writeMgh(join(folder, `mri/${image}.mgz`));
  text('stats/aseg.stats', asegStats(name));
  for (const hemi of ['lh', 'rh']) {
    for (const surface of ['white', 'pial', 'inflated', 'sphere.reg'])
      writeSurface(join(folder, `surf/${hemi}.${surface}`));
    writeVertexValues(join(folder, `surf/${hemi}.thickness`));
    writeAnnotation(join(folder, `label/${hemi}.aparc.annot`));
    text(`label/${hemi}.cortex.label`);
    text(`stats/${hemi}.aparc.stats`, aparcStats(name, hemi));
  }
  return folder;
}
