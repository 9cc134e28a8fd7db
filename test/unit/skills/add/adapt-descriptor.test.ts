import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.js';
import { adaptDescriptor } from '../../../../src/skills/add/adapt-descriptor.js';
import { containerImage } from '../../../../src/skills/add/container-image.js';
import { buildArgv } from '../../../../src/skills/boutiques/build-argv.js';
import { outputPaths } from '../../../../src/skills/boutiques/output-paths.js';
import { readDescriptor } from '../../../../src/skills/boutiques/read-descriptor.js';
import { projectFolder } from '../../../support/data.js';
import { descriptorDocument } from '../make-skill.js';

function fixture(name: string): JsonObject {
  return JSON.parse(
    readFileSync(join(projectFolder, 'test', 'fixtures', 'descriptors', name), 'utf8'),
  ) as JsonObject;
}

/** The call that an adapted descriptor makes. */
function call(
  document: JsonObject,
  values: Readonly<Record<string, JsonValue>>,
  drop: readonly string[] = [],
): { argv: string[]; paths: Record<string, string> } {
  const adapted = adaptDescriptor(document, 'tool.json', new Set(drop));
  expect(adapted.findings).toEqual([]);
  const { descriptor, findings } = readDescriptor(JSON.stringify(adapted.document), {});
  expect(findings).toEqual([]);
  const paths = outputPaths(descriptor!, values);
  return { argv: buildArgv(descriptor!, { inputs: values, outputs: paths }), paths };
}

describe('a descriptor as labs have it is made to write below /out', () => {
  it('where a text without a flag begins the paths of its outputs', () => {
    expect(
      call(fixture('brain-mask.json'), {
        infile: '/in/infile/t1.nii.gz',
        maskfile: 'brain',
        fraction: 0.5,
        center: [1, 2, 3],
      }),
    ).toEqual({
      argv: ['brainmask', '/in/infile/t1.nii.gz', '/out/brain', '-f', '0.5', '-c', '1', '2', '3'],
      paths: { brain: '/out/brain.nii.gz', mask: '/out/brain_mask.nii.gz', mesh: '/out/brain_mesh.vtk' },
    });
  });

  it('where a text with a flag is the path of its output', () => {
    expect(
      call(fixture('sort-table.json'), { table: '/in/table/a b.tsv', output_name: 'x.tsv', column: 2 }),
    ).toEqual({
      argv: ['sort', '-k2', '-o', '/out/x.tsv', '/in/table/a b.tsv'],
      paths: { sorted: '/out/x.tsv' },
    });
  });

  it('where the flag and the text are one word', () => {
    const document = descriptorDocument({
      'command-line': 'tool [OUT] --also=[OUT2]',
      inputs: [
        {
          id: 'a',
          name: 'a',
          type: 'String',
          'value-key': '[OUT]',
          'command-line-flag': '--to',
          'command-line-flag-separator': '=',
        },
        { id: 'b', name: 'b', type: 'String', 'value-key': '[OUT2]' },
      ],
      'output-files': [
        { id: 'x', name: 'x', 'path-template': '[OUT].txt' },
        { id: 'y', name: 'y', 'path-template': '[OUT2]/log.txt' },
      ],
    }) as JsonObject;
    expect(call(document, { a: 'one', b: 'two' })).toEqual({
      argv: ['tool', '--to=/out/one', '--also=/out/two'],
      paths: { x: '/out/one.txt', y: '/out/two/log.txt' },
    });
  });

  it('where the path of an output is itself on the command line, after the name of an input too', () => {
    const document = descriptorDocument({
      'command-line': 'tool [IN] [OUT]',
      inputs: [{ id: 'image', name: 'image', type: 'File', 'value-key': '[IN]' }],
      'output-files': [
        {
          id: 'x',
          name: 'x',
          'value-key': '[OUT]',
          'path-template': './[IN]_brain.nii.gz',
          'path-template-stripped-extensions': ['.nii.gz'],
        },
      ],
    }) as JsonObject;
    expect(call(document, { image: '/in/image/t1.nii.gz' })).toEqual({
      argv: ['tool', '/in/image/t1.nii.gz', '/out/t1_brain.nii.gz'],
      paths: { x: '/out/t1_brain.nii.gz' },
    });
  });

  it('keeps what Boutiques does not know, moves variables, and says so', () => {
    const { document, notes, env } = adaptDescriptor(fixture('sort-table.json'), 'x');
    expect(document['custom']).toEqual({ original: { 'lab-contact': 'table desk' } });
    expect([document['environment-variables'], env]).toEqual([undefined, { LC_ALL: 'C' }]);
    expect(notes).toEqual([
      expect.stringContaining('lab-contact moved to custom.original'),
      expect.stringContaining('LC_ALL moved'),
      expect.stringContaining('output_name is a name below /out now'),
    ]);
  });
});

describe('an output that cannot be kept is refused with the reason', () => {
  it.each([
    ['report.html', 'is written where the program stands (report.html), which is not kept'],
    ['[IN]_brain.nii.gz', 'is written beside the input image ([IN]_brain.nii.gz), which is read-only'],
    ['[OUT]/*.nii.gz', 'is a pattern ([OUT]/*.nii.gz)'],
    ['/home/lab/out.txt', 'is written to /home/lab/out.txt, and only /out is kept'],
  ])('%s', (template, reason) => {
    const document = descriptorDocument({
      'command-line': 'tool [IN] [OUT]',
      inputs: [
        { id: 'image', name: 'image', type: 'File', 'value-key': '[IN]' },
        { id: 'out', name: 'out', type: 'String', 'value-key': '[OUT]' },
      ],
      'output-files': [{ id: 'x', name: 'x', 'path-template': template }],
    }) as JsonObject;
    const { findings } = adaptDescriptor(document, 'tool.json');
    expect(findings).toMatchObject([
      { message: `the output x ${reason}`, place: { field: 'output-files.x.path-template' } },
    ]);
    expect(findings[0]?.expected).toContain('--set outputs.x=drop');
    expect(adaptDescriptor(document, 'tool.json', new Set(['x'])).findings).toEqual([]);
  });
});

describe('the image of a descriptor', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  it.each([
    [
      { type: 'docker', image: 'mcin/docker-fsl:latest', index: 'index.docker.io' },
      { reference: 'mcin/docker-fsl:latest' },
    ],
    [{ type: 'docker', image: 'bids/mriqc' }, { reference: 'bids/mriqc' }],
    [{ type: 'docker', image: 'lab/tool:1', index: 'quay.io' }, { reference: 'quay.io/lab/tool:1' }],
    [
      { type: 'docker', image: 'quay.io/lab/tool:1', index: 'https://quay.io/' },
      { reference: 'quay.io/lab/tool:1' },
    ],
    [
      { type: 'docker', image: `lab/tool@${digest}` },
      { reference: 'lab/tool', digest },
    ],
    [
      { type: 'singularity', image: 'lab/tool', index: 'docker://', 'container-hash': digest },
      { reference: 'lab/tool', digest },
    ],
    [{ type: 'docker', image: 'lab/tool', 'container-hash': 'abc' }, { reference: 'lab/tool' }],
    [{ type: 'singularity', image: 'lab/tool', index: 'shub://' }, undefined],
    [{ type: 'singularity', image: '/data/tool.sif' }, undefined],
    [{ type: 'rootfs', url: 'https://example.org/x' }, undefined],
    [undefined, undefined],
  ])('%j is %j', (image, expected) => {
    expect(containerImage(image)).toEqual(expected);
  });
});
