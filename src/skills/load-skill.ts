import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding, type Place } from '../kernel/findings.js';
import { nearest } from '../kernel/text.js';
import { adapterVersions } from './adapters/versions.js';
import { readDescriptor } from './boutiques/read-descriptor.js';
import { skillContract, type SkillContract } from './contract.js';
import { readSkillDocument } from './front-matter.js';
import { readProgram } from './program-files.js';
import { schemaFindings } from './schema-findings.js';
import { Skill, type Evidence } from './skill.js';

export interface LoadedSkill {
  /** Absent where a file of it is broken. */
  readonly skill?: Skill;
  readonly findings: readonly Finding[];
}

/**
 * Loads one skill folder: SKILL.md, tool.json, skill.yaml and, where there is one, run.py with its modules. Problems are returned, each
 * with file, field and reason.
 *
 * @param id `family/skill`, as the folder says
 * @param moduleRoots folders of skills whose shared Python modules it may use, in order
 */
export async function loadSkill(
  id: string,
  folder: string,
  moduleRoots: readonly string[],
  evidence?: Evidence,
): Promise<LoadedSkill> {
  const [contractText, descriptorText, documentText] = await Promise.all([
    readText(join(folder, 'skill.yaml')),
    readText(join(folder, 'tool.json')),
    readText(join(folder, 'SKILL.md')),
  ]);
  const findings: Finding[] = [];
  const place = (name: string): Place => ({ file: join(folder, name), skill: id });
  const need = (text: FileText, name: string): string | undefined => {
    if (typeof text === 'string') return text;
    findings.push(errorFinding('skill.invalid', `${name} ${text.problem}`, place(name)));
    return undefined;
  };

  const contractSource = need(contractText, 'skill.yaml');
  const contract =
    contractSource === undefined
      ? undefined
      : readContract(contractSource, id, place('skill.yaml'), findings);
  const descriptorSource = need(descriptorText, 'tool.json');
  const read =
    descriptorSource === undefined ? undefined : readDescriptor(descriptorSource, place('tool.json'));
  findings.push(...(read?.findings ?? []));
  const documentSource = need(documentText, 'SKILL.md');
  const front =
    documentSource === undefined ? undefined : readSkillDocument(documentSource, place('SKILL.md'));
  findings.push(...(front?.findings ?? []));
  const program = contract && (await readProgram(folder, contract, moduleRoots));
  findings.push(...(program?.findings ?? []));

  const { descriptor } = read ?? {};
  const { document } = front ?? {};
  if (!contract || !descriptor || !document || !program || program.findings.length > 0) return { findings };
  const skill = new Skill({
    folder,
    contract,
    descriptor,
    ...document,
    evidence,
    program: program.files,
  });
  return { skill, findings };
}

function readContract(
  text: string,
  id: string,
  place: Place,
  findings: Finding[],
): SkillContract | undefined {
  // Lines are counted only where there is something to say of one: it takes a quarter of the time of reading.
  const yaml = parseDocument(text, { prettyErrors: false });
  const [problem] = yaml.errors.length > 0 ? parseDocument(text, { prettyErrors: true }).errors : [];
  if (problem) {
    const line = problem.linePos?.[0].line;
    const reason = problem.message.split('\n')[0] ?? problem.code;
    findings.push(
      errorFinding('skill.invalid', `not YAML: ${reason}`, {
        ...place,
        ...(line === undefined ? {} : { line }),
      }),
    );
    return undefined;
  }
  const document: unknown = yaml.toJS();
  const parsed = skillContract.safeParse(document);
  if (!parsed.success) {
    findings.push(...schemaFindings(parsed.error, document, place));
    return undefined;
  }
  const contract = parsed.data;
  const before = findings.length;
  if (contract.id !== id)
    findings.push(
      errorFinding(
        'skill.invalid',
        `the id is ${contract.id}`,
        { ...place, field: 'id' },
        `${id}, as its folder`,
      ),
    );
  if (contract.adapter !== undefined && !adapterVersions.has(contract.adapter)) {
    const near = nearest(contract.adapter, adapterVersions.keys());
    findings.push(
      errorFinding(
        'skill.invalid',
        `there is no adapter ${contract.adapter}`,
        { ...place, field: 'adapter' },
        near,
      ),
    );
  }
  return findings.length === before ? contract : undefined;
}

const missing = 'is missing';
type FileText = string | { readonly problem: string };

async function readText(path: string): Promise<FileText> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = nodeErrorCode(error);
    return { problem: code === 'ENOENT' ? missing : `cannot be read (${code ?? 'unknown reason'})` };
  }
}
