import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LicenseText } from '../../../src/engine/license-text.js';
import { licenseMount } from '../../../src/environments/license-file.js';
import { temporaryFolder } from '../../support/temporary.js';

const text = 'jane.roexia@example.org\r\n73551\r\n *Cplantedlicence1\r\n FSplantedlicence2\r\n';

let folder: string;
let license: LicenseText;
beforeEach(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'license.txt'), text);
  license = (await LicenseText.of([licenseMount(join(folder, 'license.txt'))]))!;
});

async function hidden(said: string): Promise<string> {
  const log = join(folder, 'stderr.log');
  writeFileSync(log, said);
  await license.hideIn([log, join(folder, 'not there.log')]);
  return readFileSync(log, 'utf8');
}

async function found(name: string, said: string): Promise<readonly string[]> {
  mkdirSync(join(folder, 'out'), { recursive: true });
  writeFileSync(join(folder, 'out', name), said);
  const file = { path: name, sha256: '', size: said.length };
  const output = { id: 'told', kind: 'text', path: name, absent: false, files: [file], sha256: '' };
  return (await license.findIn([output], join(folder, 'out'))).map(({ message }) => message);
}

describe('the text of a licence file in what a tool prints', () => {
  it('is taken out by the line, with the number beside it', async () => {
    expect(await hidden('bad key *Cplantedlicence1 of 73551 in line 3')).toBe(
      'bad key [redacted] of [redacted] in line 3',
    );
  });

  it('is seen where a line lies across two blocks of a large log', async () => {
    const filler = 'x'.repeat(65_536 - 10);
    expect(await hidden(`${filler}FSplantedlicence2\n`)).toBe(`${filler}[redacted]\n`);
  });

  it('is not seen in numbers that happen to be in it', async () => {
    const said = 'vertices: 73551, digest 0a735519f\n';
    expect(await hidden(said)).toBe(said);
    expect(await found('lh.stats', said)).toEqual([]);
  });

  it('is found in outputs that hold text', async () => {
    expect(await found('config.toml', 'owner = "jane.roexia@example.org"\n')).toEqual([
      'config.toml holds text of the licence file',
    ]);
    expect(await found('image.nii.gz', text)).toEqual([]);
  });

  it('is looked for only where a job has a licence file', async () => {
    expect(await LicenseText.of([{ hostPath: '/x', toolPath: 'in/t1/a.nii.gz' }])).toBeUndefined();
  });
});
