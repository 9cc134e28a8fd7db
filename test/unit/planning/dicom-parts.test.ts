import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanDicomFolder } from '../../../src/imaging/dicom-series.js';
import { proposeNaming } from '../../../src/planning/dicom-naming.js';
import { parseSeriesMap } from '../../../src/planning/dicom/series-map.js';
import { bidsName } from '../../../src/planning/dicom/verdict.js';
import { temporaryFolder } from '../../support/temporary.js';
import { dicomBytes } from '../imaging/make-dicom.js';
import { compile, messages } from './support.js';

interface Image {
  readonly series: number;
  readonly name: string;
  /** ms */
  readonly echo: number;
  readonly type?: string;
  readonly sequence?: string;
  readonly scanning?: string;
  /** Positions; as many slices. */
  readonly slices?: number;
  readonly volumes?: number;
}

/** Writes the files of images, with headers as a Siemens scanner has them. */
function scanner(images: readonly Image[]): string {
  const root = temporaryFolder();
  let file = 0;
  for (const image of images) {
    const { series, name, echo, type = 'ORIGINAL\\PRIMARY\\M\\ND', slices = 2, volumes = 1 } = image;
    for (let volume = 0; volume < volumes; volume++)
      for (let slice = 0; slice < slices; slice++) {
        file++;
        const folder = join(root, String(series));
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          join(folder, `${file}.dcm`),
          dicomBytes({
            '00080008 CS': type,
            '00080070 LO': 'SIEMENS',
            '0008103e LO': name,
            '00100020 LO': 'P01',
            '00180020 CS': image.scanning ?? 'GR',
            '00180024 SH': image.sequence ?? '*fm2d2r',
            '00180081 DS': String(echo),
            '00181030 LO': name,
            '0020000d UI': '1.2.3',
            '0020000e UI': `1.2.3.${series}`,
            '00200011 IS': String(series),
            '00200013 IS': String(file),
            '00200032 DS': `0\\0\\${slice * 3}`,
          }),
        );
      }
  }
  return root;
}

async function named(images: readonly Image[], map?: Record<string, string>) {
  const { series } = await scanDicomFolder(scanner(images));
  const proposal = proposeNaming(series, map === undefined ? {} : { map: parseSeriesMap(map, 'map.yaml') });
  return {
    series,
    names: Object.fromEntries(
      proposal.naming.map(
        ({ label, action, datatype = '', suffix = '', entities: { subject: _sub, ...rest } }) => [
          label,
          action === 'skip' ? 'skip' : bidsName(datatype, suffix, rest),
        ],
      ),
    ),
    naming: proposal.naming,
    questions: proposal.questions,
  };
}

const fieldMap: readonly Image[] = [
  { series: 4, name: 'gre_field_mapping', echo: 4.92 },
  { series: 4, name: 'gre_field_mapping', echo: 7.38 },
  { series: 5, name: 'gre_field_mapping', echo: 7.38, type: 'ORIGINAL\\PRIMARY\\P\\ND' },
];
const bold = { sequence: 'epfid2d1_64', scanning: 'EP' };

describe('series that hold several images', () => {
  it('a gradient-echo field map: both magnitudes by echo time, and the phase difference with both echo times', async () => {
    const { names, naming, questions } = await named(fieldMap);
    expect(questions).toEqual([]);
    expect(names).toEqual({
      '4.e1 gre_field_mapping': 'fmap/magnitude1',
      '4.e2 gre_field_mapping': 'fmap/magnitude2',
      '5 gre_field_mapping': 'fmap/phasediff',
    });
    expect(naming.find(({ suffix }) => suffix === 'phasediff')?.sidecar).toEqual({
      EchoTime1: 0.00492,
      EchoTime2: 0.00738,
    });
  });

  it('two phase images are phase1 and phase2, not a difference', async () => {
    const phase = { series: 5, name: 'gre_field_mapping', type: 'ORIGINAL\\PRIMARY\\P\\ND' };
    const { names } = await named([
      ...fieldMap.slice(0, 2),
      { ...phase, echo: 4.92 },
      { ...phase, echo: 7.38 },
    ]);
    expect(Object.values(names).sort()).toEqual([
      'fmap/magnitude1',
      'fmap/magnitude2',
      'fmap/phase1',
      'fmap/phase2',
    ]);
  });

  it('a phase image of another echo time, or beside one magnitude only, is asked for', async () => {
    const [first, second, phase] = fieldMap as [Image, Image, Image];
    const other = await named([first, second, { ...phase, echo: 4.92 }]);
    expect(other.questions.map(({ id }) => id)).toEqual(['series-5']);
    expect(other.questions[0]?.choices).toContain('fmap/phasediff');
    const alone = await named([first, phase]);
    expect(alone.questions.map(({ id }) => id)).toEqual(['series-4', 'series-5']);
    expect(alone.questions[0]?.set).toContain('`4: fmap/magnitude1`');
  });

  it('echoes of a BOLD run are files of their own, in the order of echo times', async () => {
    const echoes = [38.6, 12, 25.3].map((echo): Image => ({
      series: 7,
      name: 'task-rest_bold_me',
      echo,
      volumes: 3,
      ...bold,
    }));
    const { names, series, questions } = await named(echoes);
    expect(questions).toEqual([]);
    expect(Object.values(names)).toEqual([
      'func/task-rest_echo-1_bold',
      'func/task-rest_echo-2_bold',
      'func/task-rest_echo-3_bold',
    ]);
    expect(series.map(({ header, volumes, files }) => [header.echoTimeMs, volumes, files.length])).toEqual([
      [12, 3, 6],
      [25.3, 3, 6],
      [38.6, 3, 6],
    ]);
  });

  it('phase of a BOLD run and of its single-band reference is told from the magnitude', async () => {
    const one = (series: number, name: string, type: string): Image => ({
      ...{ series, name, type, echo: 30, volumes: name.includes('SBRef') ? 1 : 12 },
      ...bold,
    });
    const { names } = await named([
      one(1, 'task-rest_SBRef', 'ORIGINAL\\PRIMARY\\M\\ND'),
      one(2, 'task-rest_SBRef', 'ORIGINAL\\PRIMARY\\P\\ND'),
      one(3, 'task-rest', 'ORIGINAL\\PRIMARY\\M\\ND'),
      one(3, 'task-rest', 'ORIGINAL\\PRIMARY\\P\\ND'),
    ]);
    expect(names).toEqual({
      '1 task-rest_SBRef': 'func/task-rest_sbref',
      '2 task-rest_SBRef': 'func/task-rest_part-phase_sbref',
      '3 task-rest': 'func/task-rest_bold',
      '3.phase task-rest': 'func/task-rest_part-phase_bold',
    });
  });

  it('a map names the parts; one name for all of them is not taken, one skip is', async () => {
    const echoes = [12, 25].map((echo): Image => ({ series: 7, name: 'fmri_me', echo, volumes: 3, ...bold }));
    const unnamed = await named(echoes);
    expect(unnamed.questions.map(({ id }) => id)).toEqual(['series-7.e1', 'series-7.e2']);
    const { names, questions } = await named(echoes, {
      '7.e1': 'func/task-x_echo-1_bold',
      '7.e2': 'func/task-x_echo-2_bold',
    });
    expect([Object.values(names), questions]).toEqual([
      ['func/task-x_echo-1_bold', 'func/task-x_echo-2_bold'],
      [],
    ]);
    expect((await named(echoes, { '7': 'func/task-x_bold' })).questions).toHaveLength(2);
    expect(Object.values((await named(echoes, { '7': 'skip' })).names)).toEqual(['skip', 'skip']);
  });

  it('each part is converted by a job of its own, from its files alone', async () => {
    const stage = await compile({ pipeline: 'curation/dicom-to-bids', data: { dicom: scanner(fieldMap) } });
    expect(messages(stage).filter((message) => message.startsWith('error'))).toEqual([]);
    const jobs = stage.jobs.filter(({ step }) => step === 'convert');
    expect(jobs.map(({ inputs }) => inputs[0]?.files.length)).toEqual([2, 2, 2]);
    expect(jobs.map(({ id }) => id)).toEqual([
      'work/convert/sub-P01_magnitude1',
      'work/convert/sub-P01_magnitude2',
      'work/convert/sub-P01_phasediff',
    ]);
    expect(stage.jobs.find(({ id }) => id === 'work/sidecar/sub-P01_phasediff')?.params['set']).toContain(
      'EchoTime1',
    );
  });
});
