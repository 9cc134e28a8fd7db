import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from '../../checks/catalog.js';
import type { TaskCheck } from '../task/task.js';
import { sameContent } from './content.js';
import {
  compareRequestSchema,
  verifyRequestSchema,
  type CompareRequest,
  type Comparison,
  type Verdict,
  type VerifyRequest,
} from './request.js';

/**
 * The program of the verifier: started in a sandbox of its own with the artefacts, the inputs and the references
 * read-only, it runs the checks of the product and writes its verdicts.
 */
const input = '/in';
const output = '/out';
const asked: unknown = JSON.parse(readFileSync(join(input, 'request.json'), 'utf8'));
const comparing = compareRequestSchema.safeParse(asked);
const answer = comparing.success
  ? await compare(comparing.data)
  : { verdicts: await verdicts(verifyRequestSchema.parse(asked)) };
writeFileSync(join(output, 'answer.json'), JSON.stringify(answer));

async function verdicts(request: VerifyRequest): Promise<Verdict[]> {
  const made: Verdict[] = [];
  for (const check of request.checks) made.push(await verdictOf(check, request));
  return made;
}

async function compare(request: CompareRequest): Promise<Comparison> {
  const comparison: { same: string[]; different: string[] } = { same: [], different: [] };
  for (const { path, kind, mode } of request.compare) {
    const [before, after] = [join(input, 'artefacts', path), join(input, 'replayed', path)];
    const same = await sameContent(before, after, kind, mode).catch(() => false);
    comparison[same ? 'same' : 'different'].push(path);
  }
  return comparison;
}

async function verdictOf(check: TaskCheck, { artefacts }: VerifyRequest): Promise<Verdict> {
  const artefact = artefacts[check.file.slice('out/'.length)];
  if (artefact?.there !== true)
    return { id: check.id, ok: false, values: {}, evidence: [`${check.file} is not there`] };
  const [result] = await runChecks(
    {
      output: check.id,
      kind: artefact.kind,
      path: pathOf(check.file),
      inputs: Object.fromEntries(Object.entries(check.with).map(([role, place]) => [role, [pathOf(place)]])),
      outputs: {},
      params: {},
      sidecar: {},
    },
    [{ check: check.check, args: check.args }],
  );
  if (result === undefined) return { id: check.id, ok: false, values: {}, evidence: ['it was not run'] };
  const shown = (text: string): string =>
    text.replaceAll(`${input}/artefacts/`, 'out/').replaceAll(`${input}/`, '');
  return {
    id: check.id,
    ok: result.ok,
    values: { ...result.values },
    evidence: result.findings.map(({ message, expected }) =>
      shown(expected === undefined ? message : `${message}; expected ${expected}`),
    ),
  };
}

/** `out/x` of the task is `artefacts/x` of this sandbox. */
function pathOf(place: string): string {
  const [top = '', ...rest] = place.split('/');
  return join(input, top === 'out' ? 'artefacts' : top === 'in' ? 'inputs' : top, ...rest);
}
