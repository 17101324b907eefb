// The state under the pointer, since when and how long, or the states of all lanes at its moment.
import { duration } from "../../../format/number";
import { absolute } from "../../../time/range";
import { type Point, Tip } from "../tip/Tip";
import type { Run } from "./states";

interface Props {
  point: Point;
  at: number;
  found: readonly { readonly run: Run; readonly near: boolean }[];
  multi: boolean;
}

export function StateTip({ point, at, found, multi }: Props) {
  const near = found.find((one) => one.near)?.run;
  if (found.length === 0) return null;
  const rows = found.map(({ run, near: isNear }) => ({
    name: run.name,
    text: run.words,
    color: run.color,
    near: multi && isNear,
  }));
  const span = near === undefined ? [] : [duration((near.to - near.from) * 1e6)];
  const head = near === undefined ? absolute(at) : `${absolute(near.from)} to ${absolute(near.to)}`;
  return <Tip at={point} head={head} rows={rows} notes={span.map((one) => `for ${one}`)} />;
}
