import * as dagre from '@dagrejs/dagre';

interface Point {
  readonly x: number;
  readonly y: number;
}

interface LayeredGraph {
  setGraph(label: Readonly<Record<string, unknown>>): void;
  setDefaultEdgeLabel(label: () => object): void;
  setNode(id: string, size: { width: number; height: number }): void;
  setEdge(from: string, to: string): void;
  graph(): { width?: number; height?: number };
  node(id: string): Point;
  edges(): object[];
  edge(edge: object): { points?: readonly Point[] };
}

// The declarations of the package do not resolve under the rules of Node: what is used of it is said here.
const { Graph, layout } = dagre as unknown as {
  readonly Graph: new () => LayeredGraph;
  readonly layout: (graph: LayeredGraph) => void;
};

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centre of each box, by id. */
  readonly boxes: ReadonlyMap<string, Point>;
  readonly lines: readonly (readonly Point[])[];
}

/** Places boxes of one size in layers from top to bottom, so that every line leads downwards. */
export function layOut(
  ids: readonly string[],
  edges: readonly (readonly [string, string])[],
  box: { readonly width: number; readonly height: number },
): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 32, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { ...box });
  for (const [from, to] of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: new Map(ids.map((id) => [id, graph.node(id)])),
    lines: graph.edges().map((edge) => graph.edge(edge).points ?? []),
  };
}
