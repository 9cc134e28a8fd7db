import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunArtifacts } from './run-artifacts.js';

/** A picture that a pipeline declares, of one job that draws it. */
export interface ShownPicture {
  readonly stage: string;
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly job: string;
  /** Absolute path of the committed SVG; undefined where the job has no result. */
  readonly file: string | undefined;
}

/**
 * The pictures of a run in the order of its stages, of their pipelines, and of the jobs. What two stages share (the
 * second took over the result of the first) is shown once.
 */
export function shownPictures(artifacts: RunArtifacts): ShownPicture[] {
  const seen = new Set<string>();
  return picturesOf(artifacts).filter(({ file, entities }) => {
    if (file === undefined) return true;
    const same = JSON.stringify([file, entities]);
    if (seen.has(same)) return false;
    seen.add(same);
    return true;
  });
}

function picturesOf(artifacts: RunArtifacts): ShownPicture[] {
  return artifacts.stages.flatMap(({ stage, pipeline, jobs }) =>
    Object.entries(pipeline.pictures).flatMap(([name, { from, title, about }]) => {
      const [step = '', output = ''] = from.split('.');
      return jobs.flatMap(({ id, step: own, entities }) =>
        own === step
          ? [{ stage, name, title, about, entities, job: id, file: fileOf(id, output, artifacts) }]
          : [],
      );
    }),
  );
}

function fileOf(job: string, output: string, artifacts: RunArtifacts): string | undefined {
  const entry = artifacts.entryOf(job);
  const stored = entry?.outputs.find(({ id }) => id === output);
  return entry === undefined || stored === undefined || stored.absent
    ? undefined
    : join(entry.folder, 'out', stored.path);
}

export interface PictureSource {
  /** Address of the whole picture, `data:image/svg+xml,...`, for a quoted attribute. */
  readonly address: string;
  /** In units of the picture. */
  readonly width: number;
  readonly height: number;
  /** Two images that are shown in turn. */
  readonly inTurn: boolean;
}

/**
 * A committed SVG as the address of an image: in an image nothing of it can run or reach beyond it, and its styles
 * cannot touch the page. Undefined where it is not there or has no size.
 */
export async function pictureSource(file: string): Promise<PictureSource | undefined> {
  let svg: string;
  try {
    svg = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  return svgSource(svg);
}

/** The same for SVG in memory. */
export function svgSource(svg: string): PictureSource | undefined {
  const [, width, height] = /<svg[^>]*\sviewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  if (width === undefined || height === undefined) return undefined;
  // Spaces may stand in an address, line ends would be dropped.
  const coded = svg.trim().replace(/[%#"<>&\n\r\t]/g, encodeURIComponent);
  return {
    address: `data:image/svg+xml,${coded}`,
    width: Number(width),
    height: Number(height),
    inTurn: svg.includes('id="after"'),
  };
}
