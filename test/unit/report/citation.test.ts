import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bibliography, bibtex } from '../../../src/report/bibliography.js';
import { parseCitation } from '../../../src/report/citation.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';

describe('the citation of a skill', () => {
  it('is taken apart into authors, title, journal, volume, pages and year', () => {
    expect(
      parseCitation(
        'Tustison NJ, Avants BB, Cook PA, et al. N4ITK: improved N3 bias correction. IEEE Trans Med Imaging 29, 1310-1320 (2010).',
      ),
    ).toEqual({
      authors: ['Tustison NJ', 'Avants BB', 'Cook PA'],
      more: true,
      title: 'N4ITK: improved N3 bias correction',
      venue: 'IEEE Trans Med Imaging',
      volume: '29',
      pages: '1310-1320',
      year: '2010',
    });
    expect(parseCitation('Deutsch LP. GZIP file format specification version 4.3. RFC 1952 (1996).')).toEqual(
      {
        authors: ['Deutsch LP'],
        more: false,
        title: 'GZIP file format specification version 4.3',
        venue: 'RFC',
        volume: '1952',
        year: '1996',
      },
    );
  });

  it('keeps the question mark of a title that asks', () => {
    expect(
      parseCitation('Behrens TEJ, Woolrich MW. What can we gain? NeuroImage 34, 144-155 (2007).'),
    ).toMatchObject({ title: 'What can we gain?', venue: 'NeuroImage', volume: '34' });
  });

  it.each([
    ['without a year', 'Otsu N. A threshold selection method. IEEE Trans 9, 62-66.'],
    ['in another style', 'Smith, R. E.; Raffelt, D. Quantitative tractography. OSF, 2020 (2020).'],
    ['without a journal', 'Otsu N. A threshold selection method (1979).'],
  ])('is not guessed %s', (_what, text) => {
    expect(parseCitation(text)).toBeUndefined();
  });

  it('parses for every skill that is shipped, and has a DOI', async () => {
    const root = join(projectFolder, 'skills');
    const { skills } = await loadSkills([root], [root]);
    expect(skills.size).toBeGreaterThan(200);
    const odd = [...skills.values()].flatMap(({ id, contract }) =>
      contract.citations.flatMap(({ text, doi }) =>
        parseCitation(text) === undefined || doi === undefined ? [`${id}: ${text}`] : [],
      ),
    );
    expect(odd).toEqual([]);
  });
});

describe('BibTeX', () => {
  it('has an entry for each reference with every field', () => {
    const bibliography = new Bibliography();
    bibliography.cite('a/b', [
      {
        text: 'Cordero-Grande L, Hutter J, et al. Noise & more of <em>MRI</em> 5%. NeuroImage 200, 391-404 (2019).',
        doi: '10.1016/x_1',
      },
      { text: 'MRtrix Developers. A group. Insight Journal (2009).' },
    ]);
    expect(bibtex(bibliography.references())).toBe(
      [
        '@article{CorderoGrande2019,',
        '  author = {Cordero-Grande, L. and Hutter, J. and others},',
        '  title = {{Noise \\& more of <em>MRI</em> 5\\%}},',
        '  journal = {NeuroImage},',
        '  volume = {200},',
        '  pages = {391--404},',
        '  year = {2019},',
        '  doi = {10.1016/x_1}',
        '}',
        '',
        '@article{MRtrix2009,',
        '  author = {{MRtrix Developers}},',
        '  title = {{A group}},',
        '  journal = {Insight Journal},',
        '  year = {2009}',
        '}',
        '',
      ].join('\n'),
    );
  });
});
