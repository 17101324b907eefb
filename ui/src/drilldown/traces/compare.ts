// What is different about the selected spans: for each attribute and value its share among them and among all others. Pure.
import type { Frame } from "../../api/matrix";

export interface Difference {
  readonly name: string;
  readonly value: string;
  /** 0 to 1. */
  readonly selected: number;
  readonly others: number;
}

export interface AttributeDifference {
  readonly name: string;
  /** Largest difference first. */
  readonly values: readonly Difference[];
  /** The largest difference of shares, 0 to 1. */
  readonly distance: number;
}

const META = "__meta_type";
/** What names one span or trace differs everywhere and explains nothing. */
const IDENTITY =
  /(^|[:.])(id|traceID|spanID|parentID)$|nestedSet|childCount|^duration$|traceDuration|^status(Message)?$/;

export function differences(frame: Frame): AttributeDifference[] {
  const sums = new Map<string, Map<string, [selected: number, others: number]>>();
  const totals = new Map<string, [number, number]>();
  for (const { labels, values } of frame.series) {
    const kind = labels[META];
    const name = Object.keys(labels).find((one) => one !== META && one !== "__meta_error");
    if (name === undefined || kind === undefined || labels.__meta_error !== undefined) continue;
    const side = kind.startsWith("selection") ? 0 : 1;
    const sum = values.reduce<number>((total, one) => total + (one ?? 0), 0);
    if (kind.endsWith("_total")) add(totals, name, side, sum);
    else {
      const known = sums.get(name) ?? new Map<string, [number, number]>();
      sums.set(name, known);
      add(known, labels[name] ?? "", side, sum);
    }
  }
  return [...sums]
    .filter(([name]) => !IDENTITY.test(name))
    .map(([name, values]) => attributeOf(name, values, totals.get(name)))
    .filter((one) => one.distance > 0)
    .sort((a, b) => b.distance - a.distance || a.name.localeCompare(b.name));
}

function add(all: Map<string, [number, number]>, key: string, side: 0 | 1, value: number): void {
  const known = all.get(key) ?? [0, 0];
  known[side] += value;
  all.set(key, known);
}

function attributeOf(
  name: string,
  values: ReadonlyMap<string, readonly [number, number]>,
  known: readonly [number, number] | undefined,
): AttributeDifference {
  // A server that sends no totals has sent every value.
  const all =
    known ?? [...values.values()].reduce<[number, number]>((sum, one) => [sum[0] + one[0], sum[1] + one[1]], [0, 0]);
  const found = [...values]
    .map(
      ([value, [selected, others]]): Difference => ({
        name,
        value,
        selected: all[0] === 0 ? 0 : selected / all[0],
        others: all[1] === 0 ? 0 : others / all[1],
      }),
    )
    .sort((a, b) => b.selected - b.others - (a.selected - a.others));
  const distance = all[0] === 0 ? 0 : Math.max(0, ...found.map((one) => one.selected - one.others));
  return { name, values: found, distance };
}
