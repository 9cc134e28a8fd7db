import { z } from 'zod';
import { streamMifVoxels } from '../imaging/mif-voxels.js';
import { streamVoxels } from '../imaging/voxel-stream.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { problem } from './problem.js';
import { isMif } from './space.js';

/** More values than any atlas has: then it is no label image. */
const MOST_LABELS = 100_000;

/** Voxels by label, 0 left out. Undefined: too many values for labels. */
async function countLabels(path: string, facts: FileFacts): Promise<Map<number, number> | undefined> {
  const counts = new Map<number, number>();
  let sound = true;
  const add = (values: Float64Array): void => {
    for (const value of values) {
      if (value === 0 || !sound) continue;
      counts.set(value, (counts.get(value) ?? 0) + 1);
      if (counts.size > MOST_LABELS) sound = false;
    }
  };
  if (isMif(path)) await streamMifVoxels(await facts.mif(path), add);
  else await streamVoxels(await facts.header(path), add);
  return sound ? counts : undefined;
}

/** Checks of label images and of fields that correct an image. */
export const labelChecks: readonly Check[] = [
  defineCheck({
    name: 'labels.subset',
    version: 1,
    catches:
      'labels that were interpolated: values between two labels, which name regions that are not there',
    args: z.strictObject({
      input: z.string(),
      /** Share of the labels of the input that may be lost (small ones vanish on a coarse grid). */
      max_lost: z.number().min(0).max(1).default(0.2),
      /** Flag of the skill without which the image holds no labels, and nothing is checked. */
      only_with: z.string().optional(),
    }),
    run: async (subject, { input, max_lost, only_with: flag }, facts) => {
      if (flag !== undefined && subject.params[flag] !== true) return { findings: [] };
      const own = await countLabels(subject.path, facts);
      const before = await countLabels(pathOf(subject, input), facts);
      const say = (message: string, expected: string): Finding[] => [
        problem('labels.subset', subject.path, message, expected),
      ];
      if (before === undefined) return { findings: say(`${input} is no image of labels`, 'whole numbers') };
      if (own === undefined) return { findings: say('it is no image of labels', `the labels of ${input}`) };
      const foreign = [...own.keys()].filter((label) => !before.has(label)).sort((a, b) => a - b);
      const lost = [...before.keys()].filter((label) => !own.has(label)).length;
      const values = { labels: own.size, labels_before: before.size, lost };
      if (foreign.length > 0) {
        const some = foreign.slice(0, 3).join(', ');
        return {
          findings: say(
            `it has ${foreign.length} labels that ${input} has not, such as ${some}`,
            `labels of ${input}`,
          ),
          values,
        };
      }
      if (lost > max_lost * before.size)
        return {
          findings: say(
            `${lost} of ${before.size} labels of ${input} are gone`,
            `at most ${Math.floor(max_lost * before.size)}: is this the right transform, and the grid fine enough?`,
          ),
          values,
        };
      return { findings: [], values };
    },
  }),
  defineCheck({
    name: 'labels.classes',
    version: 1,
    catches: 'a segmentation that lost a class, has others, or put nearly everything into one',
    args: z.strictObject({
      /** Parameter that says how many classes there are. */
      count: z.string(),
      /** Least share of the labelled voxels for each class. */
      min_fraction: z.number().min(0).max(0.5).default(0.01),
    }),
    run: async (subject, { count, min_fraction }, facts) => {
      const due = Number(subject.params[count]);
      const counts = await countLabels(subject.path, facts);
      const say = (message: string): Finding =>
        problem('labels.classes', subject.path, message, `1 to ${due}`);
      if (counts === undefined) return { findings: [say('it is no image of labels')] };
      const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
      const findings = [...counts.keys()]
        .filter((label) => !(Number.isInteger(label) && label >= 1 && label <= due))
        .slice(0, 3)
        .map((label) => say(`it has the label ${label}`));
      const shares: Record<string, number> = {};
      for (let label = 1; label <= due; label++) {
        const share = (counts.get(label) ?? 0) / (total || 1);
        shares[`class_${label}`] = Number(share.toFixed(4));
        if (share < min_fraction)
          findings.push(say(`class ${label} has ${(100 * share).toFixed(2)} % of the labelled voxels`));
      }
      return { findings, values: shares };
    },
  }),
  defineCheck({
    name: 'labels.cover',
    version: 1,
    catches:
      'a segmentation of another region than it was asked for: labels outside the mask, or holes within it',
    args: z.strictObject({ mask: z.string() }),
    run: async (subject, { mask }, facts) => {
      const inside = await support(pathOf(subject, mask), facts);
      const labelled = await support(subject.path, facts);
      if (inside.length !== labelled.length)
        return { findings: [problem('labels.cover', subject.path, `${mask} has another grid`, 'one grid')] };
      let [outside, holes] = [0, 0];
      for (let n = 0; n < inside.length; n++) {
        if (labelled[n] === 1 && inside[n] === 0) outside += 1;
        if (labelled[n] === 0 && inside[n] === 1) holes += 1;
      }
      const values = { outside, holes };
      if (outside + holes === 0) return { findings: [], values };
      const message = `${outside} labelled voxels lie outside ${mask}, ${holes} within it have no label`;
      return {
        findings: [problem('labels.cover', subject.path, message, `labels where ${mask} is`)],
        values,
      };
    },
  }),
  defineCheck({
    name: 'bias.explains',
    version: 1,
    catches:
      'a bias field that is not the one the image was corrected by: field times corrected image is not the image',
    args: z.strictObject({ image: z.string(), corrected: z.string() }),
    run: async (subject, { image, corrected }, facts) => {
      const [input, result, field] = await Promise.all(
        [pathOf(subject, image), pathOf(subject, corrected), subject.path].map(async (path) => {
          const header = await facts.header(path);
          const voxels = new Float32Array(header.dims.reduce((product, n) => product * n, 1));
          await streamVoxels(header, (values, first) => voxels.set(values, first));
          return voxels;
        }),
      );
      const largest = (await facts.scan(pathOf(subject, image))).maximum ?? 0;
      let wrong = 0;
      for (let n = 0; n < (field?.length ?? 0); n++) {
        // Voxels that were not corrected (outside a mask) are 0 in the result.
        const product = (result?.[n] ?? 0) * (field?.[n] ?? 0);
        if (product !== 0 && !(Math.abs(product - (input?.[n] ?? NaN)) <= 1e-3 * largest)) wrong += 1;
      }
      if (wrong === 0) return { findings: [] };
      const message = `at ${wrong} voxels the field times ${corrected} is not ${image}`;
      return {
        findings: [problem('bias.explains', subject.path, message, `${image} within 0.1 % of its maximum`)],
      };
    },
  }),
];

async function support(path: string, facts: FileFacts): Promise<Uint8Array> {
  const header = await facts.header(path);
  const voxels = new Uint8Array(header.dims.reduce((product, n) => product * n, 1));
  await streamVoxels(header, (values, first) => {
    for (let n = 0; n < values.length; n++) if (values[n] !== 0) voxels[first + n] = 1;
  });
  return voxels;
}
