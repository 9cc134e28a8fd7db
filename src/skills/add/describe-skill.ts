import { stringify } from 'yaml';
import type { Descriptor } from '../boutiques/schema.js';
import { programName } from '../lint.js';
import { containerImage } from './container-image.js';
import { FROM_IMAGE, kebab, type Answers } from './questions.js';

/** The texts of a new skill, and of the environment that it brings. */
export interface SkillTexts {
  readonly contract: string;
  readonly document: string;
  /** Name and text of environment.yaml. */
  readonly environment?: { readonly name: string; readonly text: string };
}

export interface SkillSource {
  readonly family: string;
  /** The skill's own name, without family. */
  readonly name: string;
  readonly descriptor: Descriptor;
  readonly answers: Answers;
  readonly env: Readonly<Record<string, string>>;
  /** Name of a licence file that is copied beside it. */
  readonly licenseFile?: string | undefined;
}

/** Writes out `skill.yaml`, `SKILL.md` and, where the image of the descriptor is taken, `environment.yaml`. */
export function describeNewSkill(source: SkillSource): SkillTexts {
  const { descriptor, answers, family, name } = source;
  const answer = (key: string): string => answers.get(key) ?? '';
  const program = programName(descriptor);
  const fromImage = answer('environment') === FROM_IMAGE;
  const environment = fromImage ? kebab(`${family}-${name}`) : answer('environment');
  const files = descriptor.inputs.filter(({ type }) => type === 'File');
  const contract = {
    id: `${family}/${name}`,
    version: '1.0.0',
    family,
    environment,
    executables: [program],
    capabilities: [answer('capability')],
    determinism: answer('determinism'),
    network: answer('network'),
    inputs: Object.fromEntries(
      files.map(({ id, list, optional, description, name: title }) => [
        id,
        {
          kind: answer(`inputs.${id}.kind`),
          ...(list ? { list } : {}),
          ...(optional ? { optional } : {}),
          description: description ?? title,
          ...(/^[34]$/.test(answer(`inputs.${id}.dimensions`))
            ? { dimensions: Number(answer(`inputs.${id}.dimensions`)) }
            : {}),
        },
      ]),
    ),
    outputs: Object.fromEntries(
      descriptor['output-files'].map(({ id, optional, description, name: title }) => [
        id,
        {
          kind: answer(`outputs.${id}.kind`),
          ...(optional ? { optional } : {}),
          description: description ?? title,
          checks: checksOf(id, answer),
        },
      ]),
    ),
    ...(Object.keys(source.env).length === 0 ? {} : { env: source.env }),
    resources: {
      cpus: Number(answer('cpus')),
      memory_mb: Number(answer('memory_mb')),
      typical_s: Number(answer('typical_s')),
      walltime_s: Math.max(3600, 10 * Number(answer('typical_s'))),
    },
    citations: [{ text: answer('citation'), doi: answer('doi') }],
  };
  return {
    contract: stringify(contract, { lineWidth: 110 }),
    document: documentOf(source),
    ...(fromImage ? { environment: { name: environment, text: environmentOf(source, environment) } } : {}),
  };
}

function checksOf(id: string, answer: (key: string) => string): object[] {
  const names = answer(`outputs.${id}.checks`)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const grid = answer(`outputs.${id}.same_grid`);
  const same = answer(`outputs.${id}.kind`) === 'mif' ? 'mif.same-grid' : 'nifti.same-grid';
  return [
    ...names.map((check) => ({ check })),
    ...(grid === '' || grid === 'none' ? [] : [{ check: same, args: { input: grid } }]),
  ];
}

function documentOf({ descriptor, name, answers, licenseFile }: SkillSource): string {
  const short = descriptor.description.replace(/\s+/g, ' ').trim();
  const front = stringify(
    { name: name.replace(/[_.]/g, '-'), description: short.slice(0, 1024) },
    { lineWidth: 0 },
  );
  const text = (key: 'author' | 'url' | 'descriptor-url' | 'doi'): string | undefined => {
    const value = descriptor[key];
    return typeof value === 'string' ? value : undefined;
  };
  const parameters = descriptor.inputs
    .filter(({ type }) => type !== 'File')
    .map(({ id, description, name: title }) => `- \`${id}\`: ${(description ?? title).replace(/\s+/g, ' ')}`);
  const sources = [
    [`${descriptor.name} ${descriptor['tool-version']}`, text('author'), text('url')],
    ['Descriptor', text('descriptor-url'), text('doi')],
    ['Licence of what was copied', licenseFile],
  ].flatMap(([what, ...values]) => {
    const said = values.filter((value) => value !== undefined);
    return said.length === 0 && what !== `${descriptor.name} ${descriptor['tool-version']}`
      ? []
      : [`- ${[what, ...said].join(', ')}`];
  });
  return [
    `---\n${front}---`,
    descriptor.description.trim(),
    ...(parameters.length === 0 ? [] : ['## Parameters', parameters.join('\n')]),
    '## Source',
    sources.join('\n'),
    '## Citation',
    `- ${answers.get('citation') ?? ''}, doi ${answers.get('doi') ?? ''}`,
    '',
  ].join('\n\n');
}

function environmentOf({ descriptor, answers }: SkillSource, name: string): string {
  const image = containerImage(descriptor['container-image']);
  return stringify({
    name,
    title: `${descriptor.name} ${descriptor['tool-version']}`,
    license: answers.get('license') ?? '',
    executables: [programName(descriptor)],
    runtimes: {
      docker: {
        image: image?.reference,
        ...(image?.digest === undefined ? {} : { digest: image.digest }),
        source:
          typeof descriptor['descriptor-url'] === 'string' ? descriptor['descriptor-url'] : image?.reference,
        grade: image?.digest === undefined ? 'unverified' : 'resolved',
      },
    },
  });
}
