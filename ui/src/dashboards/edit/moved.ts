// Lists whose order is edited.
/** One item somewhere else; undefined where there is no such place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] | undefined {
  const next = [...items];
  const [taken] = next.splice(from, 1);
  if (taken === undefined || to < 0 || to > next.length) return undefined;
  next.splice(to, 0, taken);
  return next;
}
