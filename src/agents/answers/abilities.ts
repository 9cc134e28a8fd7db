import type { JsonValue } from '../../kernel/json.js';
import { planByRules } from '../../planning/rules-planner.js';
import type { Answer } from '../reply.js';
import type { DataView, Workplace } from '../workplace.js';

/** What the installed pipelines can do with these data, and what the others lack. */
export async function abilities(view: DataView | undefined, work: Workplace): Promise<Answer> {
  const pipelines = await work.pipelines();
  const rows = [...pipelines.values()].map((pipeline) => {
    const lacks = view === undefined ? undefined : lackOf(pipeline.id, view, pipelines);
    return { pipeline: pipeline.id, title: pipeline.title, ...(lacks === undefined ? {} : { lacks }) };
  });
  const possible = rows.filter(({ lacks }) => lacks === undefined);
  const impossible = rows.filter(({ lacks }) => lacks !== undefined);
  const lines = [
    view === undefined ? 'pipelines that are installed:' : 'with these data:',
    ...possible.map(({ pipeline, title }) => `  ${pipeline}: ${title}`),
    ...(impossible.length === 0 ? [] : ['not with these data:']),
    ...impossible.map(({ pipeline, lacks }) => `  ${pipeline}: ${lacks}`),
    'say what you want in your own words, such as "check the quality of the T1w images"',
    'also: what is in this dataset? what is odd? what changed between the two runs? why was sub-03 excluded? methods',
  ];
  return {
    kind: 'answer',
    about: 'abilities',
    text: lines.join('\n'),
    facts: rows as unknown as JsonValue,
    sources: [{ kind: 'product', name: `neuroclaw ${work.version}` }],
  };
}

/** Why a pipeline has nothing to work on in these data; undefined: it has, or asks for something that is not in them. */
function lackOf(
  id: string,
  view: DataView,
  pipelines: Awaited<ReturnType<Workplace['pipelines']>>,
): string | undefined {
  const data = view.kind === 'bids' ? { bids: view } : { dicom: view.scan };
  const outcome = planByRules(id, { ...data, out: '/', pipelines });
  return outcome.kind === 'cannot' ? outcome.reasons.join('; ') : undefined;
}
