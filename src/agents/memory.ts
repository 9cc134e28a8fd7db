import { readFileSync } from 'node:fs';
import { writeAtomic } from '../engine/durable.js';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import type { Exclusion } from '../planning/plan-request.js';

/** What a person confirmed about a project: `memory.md`, one line each, to be read and edited by hand. */
export interface Memory {
  readonly file: string;
  /** Every line, without its bullet, in the order of the file. */
  readonly facts: readonly string[];
  /** Participants to leave out: lines `exclude sub-07: moved`. */
  readonly exclude: readonly Exclusion[];
  /** Values of parameters: lines `prefer smoothing_fwhm_mm=5`. */
  readonly prefer: Readonly<Record<string, string>>;
}

const HEAD = `# What NeuroClaw remembers of this project

Facts and preferences that you confirmed, one a line. Edit or delete them as you like.
\`exclude sub-07: moved\` leaves a participant out of plans, \`prefer smoothing_fwhm_mm=5\` sets a parameter.

`;

/** Reads the memory of a project. An absent file is an empty memory. */
export function readMemory(file: string): Memory {
  const facts = textOf(file)
    .split('\n')
    .flatMap((line) => /^\s*[-*]\s+(.+?)\s*$/.exec(line)?.[1] ?? []);
  const exclude: Exclusion[] = [];
  const prefer: Record<string, string> = {};
  for (const fact of facts) {
    const [, participant, reason] = /^exclude sub-([A-Za-z0-9]+)(?:\s*:\s*(.+))?$/i.exec(fact) ?? [];
    if (participant !== undefined) exclude.push({ participant, reason: reason ?? 'no reason given' });
    const [, name, value] = /^prefer ([a-z][a-z0-9_]*)\s*=\s*(\S+)$/i.exec(fact) ?? [];
    if (name !== undefined && value !== undefined) prefer[name] = value;
  }
  return { file, facts, exclude, prefer };
}

/** Keeps a fact; one that says the same is replaced. Throws policy.denied for what looks like a secret. */
export async function remember(file: string, fact: string): Promise<Memory> {
  refuseSecret(fact);
  const key = keyOf(fact);
  const kept = readMemory(file).facts.filter((each) => keyOf(each) !== key);
  await write(file, [...kept, fact]);
  return readMemory(file);
}

/** Drops the facts that contain every word of a text. Returns them. */
export async function forget(file: string, text: string): Promise<readonly string[]> {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9_]+/)
    .filter((word) => word.length > 1);
  const { facts } = readMemory(file);
  const dropped = facts.filter(
    (fact) => words.length > 0 && words.every((word) => fact.toLowerCase().includes(word)),
  );
  if (dropped.length > 0)
    await write(
      file,
      facts.filter((fact) => !dropped.includes(fact)),
    );
  return dropped;
}

/** The line of the memory that a sentence of a person stands for: exclusions and parameters in their own form. */
export function factOf(text: string): string {
  const plain = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[.\s]+$/, '');
  const label =
    /\bsub-([A-Za-z0-9]+)\b/i.exec(plain) ??
    /\b(?:participant|subject|patient)\s+([A-Za-z0-9]+)\b/i.exec(plain);
  if (label?.[1] !== undefined && /\b(exclud\w*|leave out|drop|skip|omit|without|ignore)\b/i.test(plain)) {
    const reason = plain
      .replace(label[0], ' ')
      .replace(
        /\b(please|always|from now on|to|should|must|be|is|has|and|so|that|because|exclud\w*|leave|out|drop|skip|omit|without|ignore|(?<=\s)it|him|her|them)\b/gi,
        ' ',
      )
      .replace(/[;:,]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    return `exclude sub-${label[1]}${reason === '' ? '' : `: ${reason}`}`;
  }
  const setting = /\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\s*(?:=|is|of|to)\s*(\S+)/i.exec(plain);
  return setting?.[1] === undefined ? plain : `prefer ${setting[1]}=${setting[2] ?? ''}`;
}

/** What two lines have in common that speak of the same thing. */
function keyOf(fact: string): string {
  return (/^(exclude sub-[a-z0-9]+|prefer [a-z0-9_]+)/i.exec(fact)?.[1] ?? fact).toLowerCase();
}

const SECRETS: readonly RegExp[] = [
  /\b(sk|pk|ghp|gho|glpat|xox[abp]|AKIA|AIza)[-_A-Za-z0-9]{10,}/,
  /\b(password|passwd|passphrase|secret|token|api[\s_-]?key|private key)\b\s*(is|=|:)/i,
  /-----BEGIN /,
  /\b(?=[A-Za-z0-9+/_-]*[0-9])(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{32,}\b/,
];

function refuseSecret(fact: string): void {
  if (!SECRETS.some((pattern) => pattern.test(fact))) return;
  throw new NeuroClawError('policy.denied', 'this looks like a secret, and secrets are not remembered', {
    expected: 'a fact about the project, such as "exclude sub-07: moved"',
    hint: 'keep keys in the environment or in a file that only you can read',
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return '';
    throw error;
  }
}

/** Everything that is not a fact stays as the person wrote it. */
async function write(file: string, facts: readonly string[]): Promise<void> {
  const before = textOf(file);
  const prose =
    before === ''
      ? HEAD
      : before
          .split('\n')
          .filter((line) => !/^\s*[-*]\s+\S/.test(line))
          .join('\n')
          .replace(/\n*$/, '\n\n');
  await writeAtomic(file, `${prose}${facts.map((fact) => `- ${fact}\n`).join('')}`);
}
