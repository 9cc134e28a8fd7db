/**
 * Memory and time of verifying one big image: a compressed series of about 1 GB is generated (and not kept), then all
 * its checks run over it in a process of their own, whose largest resident set is read at the end.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip, createGzip } from 'node:zlib';
import { runChecks } from '../dist/checks/catalog.js';
import { niftiBytes } from '../dist/imaging/nifti-write.js';

const dims = [128, 128, 64, 512];
const checks = [
  { check: 'file.nonempty', args: {} },
  { check: 'nifti.readable', args: {} },
  { check: 'nifti.affine', args: {} },
  { check: 'nifti.finite', args: {} },
  { check: 'nifti.non-constant', args: {} },
  { check: 'nifti.range', args: { min: 0, max: 4095 } },
  { check: 'nifti.integer', args: {} },
  { check: 'nifti.dimensions', args: { dims: 4 } },
];

export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw-bench-'));
  try {
    const path = join(folder, 'sub-01_task-rest_bold.nii.gz');
    await pipeline(Readable.from(image()), createGzip({ level: 1 }), createWriteStream(path));
    const started = performance.now();
    await pipeline(createReadStream(path), createGunzip({ chunkSize: 1_048_576 }), async (bytes) => {
      for await (const chunk of bytes) void chunk;
    });
    const gunzip = (performance.now() - started) / 1000;
    // execFileSync: the memory of this process, which made the image, is not what is measured.
    const child = JSON.parse(
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--verify', path]),
    );
    const megabytes = (bytes) => Math.round(bytes / 1e6);
    return {
      name: 'imaging-memory',
      figures: [
        { label: 'uncompressed', value: megabytes(352 + 2 * dims.reduce((a, b) => a * b)), unit: 'MB' },
        { label: 'compressed', value: megabytes(statSync(path).size), unit: 'MB' },
        { label: 'decompress only', value: Number(gunzip.toFixed(2)), unit: 's' },
        { label: `${checks.length} checks`, value: child.seconds, unit: 's' },
        { label: 'peak memory', value: megabytes(child.peak), unit: 'MB' },
        { label: 'peak memory before', value: megabytes(child.before), unit: 'MB' },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Header, then volumes of 12-bit noise over a ramp: as hard to compress as a scan. */
function* image() {
  const [x, y, z, t] = dims;
  const affine = [
    [-2, 0, 0, 127],
    [0, 2, 0, -127],
    [0, 0, 2, -63],
    [0, 0, 0, 1],
  ];
  const header = niftiBytes({
    dims: [1, 1, 1, 2],
    affine,
    datatype: 'int16',
    data: [0, 0],
    repetitionTimeS: 0.8,
  });
  dims.forEach((size, axis) => header.writeInt16LE(size, 42 + 2 * axis));
  yield header.subarray(0, 352);
  const volume = new Int16Array(x * y * z);
  let state = 1;
  for (let i = 0; i < volume.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    volume[i] = (i % 2048) + (state >>> 26);
  }
  for (let n = 0; n < t; n++) yield Buffer.from(volume.buffer);
}

async function verify(path) {
  const before = process.resourceUsage().maxRSS * 1024;
  const started = performance.now();
  const subject = { output: 'image', kind: 'nifti', path, inputs: {}, outputs: {}, params: {}, sidecar: {} };
  const results = await runChecks(subject, checks);
  const failed = results.filter((result) => !result.ok);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
  return { seconds, before, peak: process.resourceUsage().maxRSS * 1024 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [flag, path] = process.argv.slice(2);
  console.log(JSON.stringify(flag === '--verify' ? await verify(path) : await bench(), null, 1));
}
