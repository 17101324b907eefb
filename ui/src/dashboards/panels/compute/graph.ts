// A small picture of who calls whom: layers from left to right by the longest way from a start. Pure.
import type { DataFrame } from "../../data/frame";

export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly main: number | undefined;
  readonly x: number;
  readonly y: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly main: number | undefined;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const MOST_NODES = 200;

/** Frames with `source` and `target` columns, or series with `client` and `server` labels. */
export function graphOf(frames: readonly DataFrame[]): Graph {
  const edges: GraphEdge[] = [];
  const titles = new Map<string, { title: string; main: number | undefined }>();
  for (const frame of frames) {
    const column = (...names: string[]) => frame.fields.find((one) => names.includes(one.name.toLowerCase()));
    const value = frame.fields.findLast((one) => one.type === "number");
    const source = column("source", "client");
    const target = column("target", "server");
    const numberAt = (row: number) => (typeof value?.values[row] === "number" ? Number(value.values[row]) : undefined);
    if (source !== undefined && target !== undefined) {
      source.values.forEach((from, row) => {
        edges.push({ from: String(from), to: String(target.values[row] ?? ""), main: numberAt(row) });
      });
      continue;
    }
    for (const field of frame.fields) {
      if (field.labels?.client === undefined || field.labels.server === undefined) continue;
      const last = field.values.findLast((one): one is number => typeof one === "number");
      edges.push({ from: field.labels.client, to: field.labels.server, main: last });
    }
    const id = column("id");
    const title = column("title") ?? id;
    id?.values.forEach((one, row) => {
      titles.set(String(one), { title: String(title?.values[row] ?? one), main: numberAt(row) });
    });
  }
  const ids = [...new Set([...titles.keys(), ...edges.flatMap((one) => [one.from, one.to])])].slice(0, MOST_NODES);
  const kept = edges.filter((one) => ids.includes(one.from) && ids.includes(one.to));
  const layers = layersOf(ids, kept);
  const counts = new Map<number, number>();
  const nodes = ids.map((id) => {
    const x = layers.get(id) ?? 0;
    const y = counts.get(x) ?? 0;
    counts.set(x, y + 1);
    return { id, title: titles.get(id)?.title ?? id, main: titles.get(id)?.main, x, y };
  });
  return { nodes, edges: kept };
}

/** The longest way from a node that nobody calls; cycles end where they close. */
function layersOf(ids: readonly string[], edges: readonly GraphEdge[]): Map<string, number> {
  const layers = new Map(ids.map((id) => [id, 0]));
  for (let round = 0; round < ids.length; round += 1) {
    let moved = false;
    for (const { from, to } of edges) {
      const next = (layers.get(from) ?? 0) + 1;
      if (from === to || next <= (layers.get(to) ?? 0) || next >= ids.length) continue;
      layers.set(to, next);
      moved = true;
    }
    if (!moved) break;
  }
  const used = [...new Set(layers.values())].sort((a, b) => a - b);
  return new Map([...layers].map(([id, layer]) => [id, used.indexOf(layer)]));
}
