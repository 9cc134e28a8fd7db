import { z } from 'zod';
import { parseBidsName } from '../bids/entities.js';
import type { Finding } from '../kernel/findings.js';
import { schemaValidatorFindings } from '../bids/schema-validator-findings.js';
import { isJsonObject } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

const none = z.strictObject({});

/** Checks of files as such, of JSON, of names and of a validator's report. */
export const textChecks: readonly Check[] = [
  defineCheck({
    name: 'file.nonempty',
    version: 1,
    catches: 'an empty file left by a tool that gave up',
    args: none,
    run: async ({ path }, _args, facts) => {
      const bytes = await facts.size(path);
      const findings = bytes > 0 ? [] : [problem('file.nonempty', path, 'the file is empty', 'some content')];
      return { findings, values: { bytes } };
    },
  }),
  defineCheck({
    name: 'text.utf8',
    version: 1,
    catches: 'text in an encoding that the next reader takes for something else',
    args: none,
    run: async ({ path }, _args, facts) => {
      await facts.text(path);
      return { findings: [] };
    },
  }),
  defineCheck({
    name: 'json.valid',
    version: 1,
    catches: 'a JSON file that is cut, or has NaN or comments in it',
    args: none,
    run: async ({ path }, _args, facts) => {
      await facts.json(path);
      return { findings: [] };
    },
  }),
  defineCheck({
    name: 'json.keys',
    version: 1,
    catches: 'a JSON file that is cut, or lacks what its readers need',
    args: z.strictObject({ required: z.array(z.string()).default([]) }),
    run: async ({ path }, { required }, facts) => {
      const value = await facts.json(path);
      if (!isJsonObject(value))
        return { findings: [problem('json.keys', path, 'not a JSON object', 'an object')] };
      const missing = required.filter((key) => value[key] === undefined || value[key] === null);
      return {
        findings: missing.map((key) => problem('json.keys', path, `${key} is missing`, `key ${key}`, key)),
      };
    },
  }),
  defineCheck({
    name: 'bids.name',
    version: 2,
    catches: 'a file whose name no BIDS reader understands',
    args: z.strictObject({
      /** Published name or path; absent: the name of the file itself. */
      name: z.string().min(1).optional(),
    }),
    run: ({ path }, { name }) => {
      const base = (name ?? path).split('/').pop() ?? '';
      const parsed = parseBidsName(base);
      const labels = Object.values(parsed?.entities ?? {});
      const sound =
        parsed?.entities['sub'] !== undefined &&
        parsed.suffix !== '' &&
        parsed.extension !== '' &&
        labels.every((label) => /^[0-9a-zA-Z+]+$/.test(label));
      const expected = 'sub-<label>_..._<suffix>.<extension>, labels of letters and digits';
      return Promise.resolve({
        findings: sound ? [] : [problem('bids.name', path, `${base} is no BIDS name`, expected)],
      });
    },
  }),
  defineCheck({
    name: 'dataset.valid',
    version: 2,
    catches: 'a dataset that breaks the BIDS specification',
    args: none,
    run: async ({ path }, _args, facts) => {
      const report = await facts.json(path);
      const listed = isJsonObject(report) ? report['findings'] : undefined;
      if (!Array.isArray(listed) || !listed.every(isFinding)) {
        const expected = 'a list of findings, each with code, severity and message';
        return {
          findings: [
            problem('dataset.valid', path, 'the report has no list of findings', expected, 'findings'),
          ],
        };
      }
      const errors = listed.filter((finding) => finding.severity === 'error');
      return { findings: errors, values: { errors: errors.length, others: listed.length - errors.length } };
    },
  }),
  defineCheck({
    name: 'dataset.valid-schema',
    version: 1,
    catches: 'a dataset that breaks the BIDS schema',
    args: none,
    run: async ({ path }, _args, facts) => {
      const listed = schemaValidatorFindings(await facts.json(path));
      if (listed === undefined)
        return {
          findings: [
            problem('dataset.valid-schema', path, 'the report has no list of issues', 'issues', 'issues'),
          ],
        };
      const errors = listed.filter((finding) => finding.severity === 'error');
      return { findings: errors, values: { errors: errors.length, others: listed.length - errors.length } };
    },
  }),
];

function isFinding(value: unknown): value is Finding {
  return (
    isJsonObject(value) && ['code', 'severity', 'message'].every((key) => typeof value[key] === 'string')
  );
}
