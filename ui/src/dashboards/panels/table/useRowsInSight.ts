// Which rows of a long list are in the page: those in sight and a few around them; with the rows that are open, and their heights.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useLayoutEffect, useState } from "react";
import type { Field } from "../../data/frame";
import { groupOf, nestedHeight, nestedOf } from "./columns";
import { LINE_PX, type Measures } from "./measures";

/** More are not opened by one click. */
const MOST_OPEN = 200;

export function useRowsInSight(
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly number[],
  nests: Field | undefined,
  { rowPx, headPx, footPx }: Measures,
) {
  // By their groups: the next answer may have them at other places.
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const isOpen = (row: number) => open.size > 0 && open.has(groupOf(nests, row));
  const toggle = useCallback(
    (row: number) =>
      setOpen((before) => {
        const next = new Set(before);
        const group = groupOf(nests, row);
        if (!next.delete(group)) next.add(group);
        return next;
      }),
    [nests],
  );
  const isAnyOpen = open.size > 0 && rows.some(isOpen);
  const toggleAll = () => setOpen(new Set(isAnyOpen ? [] : rows.slice(0, MOST_OPEN).map((row) => groupOf(nests, row))));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index] ?? index,
    estimateSize: (index) => {
      const row = rows[index] ?? 0;
      return rowPx + LINE_PX + (isOpen(row) ? nestedHeight(nestedOf(nests, row), rowPx) : 0);
    },
    // The head scrolls along with the rows and stands still over them.
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
    scrollPaddingEnd: footPx,
    overscan: 10,
  });
  // The heights changed: those that were measured before hold no more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: open rows and the order of rows decide them
  useLayoutEffect(() => virtual.measure(), [open, rows, rowPx]);
  return { virtual, isOpen, toggle, isAnyOpen, toggleAll };
}
