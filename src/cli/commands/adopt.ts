import { resolve } from 'node:path';
import { adopt } from '../../engine/adoption/adopt.js';
import {
  adoptionKinds,
  makersText,
  readAdoptions,
  type Adoption,
  type AdoptionKind,
} from '../../engine/adoption/adoption.js';
import { changesOf, type ChangedFile } from '../../engine/adoption/changes.js';
import { FileDigests } from '../../engine/digests.js';
import { outputLayout } from '../../engine/layout.js';
import { errorClasses } from '../../kernel/error-codes.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Finding } from '../../kernel/findings.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { printFindings } from '../render.js';

/** Not everybody was adopted, or something changed since. */
const REFUSED = errorClasses.verification.exit;

/** Verifies results that are there already and makes them usable by plans; without a folder, shows what was adopted. */
export async function run(
  context: CommandContext,
  [folder]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, cwd, signal } = context;
  const out = typeof options['out'] === 'string' ? resolve(cwd, options['out']) : undefined;
  if (folder === undefined) return showAdoptions(out ?? outFolder(context, options), io);
  const as = kindOf(options['as']);
  const adoption = await adopt({
    root: resolve(cwd, folder),
    out: out ?? outFolder(context, options),
    ...(as === undefined ? {} : { as }),
    ...(typeof options['name'] === 'string' ? { name: options['name'] } : {}),
    mixedVersions: options['mixedVersions'] === true,
    forceUnlock: options['forceUnlock'] === true,
    onProgress: (unit) => io.live([`looking at ${unit}`]),
    signal,
  });
  io.live([]);
  const code = adoption.refused.length === 0 && adoption.units.length > 0 ? 0 : REFUSED;
  if (io.json) io.data({ ...summaryOf(adoption), units: adoption.units, refused: adoption.refused });
  else show(adoption, io);
  return code;
}

function kindOf(value: unknown): AdoptionKind | undefined {
  if (value === undefined) return undefined;
  const given = String(value);
  const kind = given === 'fmriprep' ? 'bids' : adoptionKinds.find((one) => one === given);
  if (kind !== undefined) return kind;
  throw new NeuroClawError('usage.arguments', `nothing can be adopted as ${given}`, {
    expected: `one of ${[...adoptionKinds, 'fmriprep'].join(', ')}`,
  });
}

function summaryOf({ name, kind, root, adopted, key, makers, spaces, findings }: Adoption): object {
  return { name, kind, root, adopted, key, makers, spaces, findings };
}

function show(adoption: Adoption, io: Io): void {
  const { name, units, refused, makers, spaces, findings } = adoption;
  const by = makers.length === 0 ? '' : `, made by ${makersText(makers)}`;
  io.line(`${io.style('bold', name)}${by}${spaces.length === 0 ? '' : `, in ${spaces.join(', ')}`}`);
  printFindings(findings, io);
  for (const { folder, files, findings: warnings } of units) {
    io.line(`  ${io.style('green', 'adopted')}  ${folder}  ${files.length} files`);
    tell(warnings, io);
  }
  for (const { folder, findings: reasons } of refused) {
    io.line(`  ${io.style('red', 'refused')}  ${folder}`);
    tell(reasons, io);
  }
  if (units.length === 0 && refused.length === 0) io.line('  nobody is in it');
  if (units.length > 0)
    io.line(
      `${units.length} adopted${refused.length === 0 ? '' : `, ${refused.length} refused`}, key ${adoption.key.slice(0, 12)}: plans of this output folder find them; nothing was copied or changed`,
    );
}

function tell(findings: readonly Finding[], io: Io): void {
  for (const { message, place, expected, suggestion } of findings) {
    io.line(`             ${place?.file === undefined ? '' : `${place.file}: `}${message}`);
    if (expected !== undefined) io.line(`               expected: ${expected}`);
    if (suggestion !== undefined) io.line(`               to do: ${suggestion}`);
  }
}

/** What was adopted before, and whether it is still what it was. */
async function showAdoptions(out: string, io: Io): Promise<number> {
  const layout = outputLayout(out);
  const digests = new FileDigests(layout.digests);
  const states: { adoption: Adoption; changed: ChangedFile[] }[] = [];
  for (const adoption of readAdoptions(layout))
    states.push({ adoption, changed: await changesOf(adoption, digests) });
  const same = states.every(({ changed }) => changed.length === 0);
  if (io.json)
    io.data(
      states.map(({ adoption, changed }) => ({
        ...summaryOf(adoption),
        participants: adoption.units.map(({ folder }) => folder),
        refused: adoption.refused.map(({ folder }) => folder),
        changed,
      })),
    );
  else if (states.length === 0) io.line('nothing was adopted in this output folder');
  else for (const { adoption, changed } of states) showState(adoption, changed, io);
  return same ? 0 : REFUSED;
}

function showState(
  { name, root, makers, units, refused, adopted }: Adoption,
  changed: readonly ChangedFile[],
  io: Io,
): void {
  const state = changed.length === 0 ? io.style('green', 'the same') : io.style('red', 'changed since');
  const left = refused.length === 0 ? '' : `, ${refused.length} refused`;
  io.line(`${io.style('bold', name)}  ${root}  ${makersText(makers)}`);
  io.line(`  adopted on ${adopted.slice(0, 10)}, ${state}: ${units.length} adopted${left}`);
  for (const { path, how } of changed.slice(0, 20)) io.line(`  ${how}  ${path}`);
  if (changed.length > 20) io.line(`  ... and ${changed.length - 20} more (--json lists all)`);
  if (changed.length > 0) io.line(`  to do: neuroclaw adopt ${JSON.stringify(root)} looks at it again`);
}
