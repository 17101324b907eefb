// A table is walked by keys: arrows, Home and End, pages; Enter follows what is in the cell or shows it whole; a copy of the cell,
// or with shift of the whole table. The table itself keeps the focus, and says which of its cells is meant.
import { type KeyboardEvent, useState } from "react";

export interface Place {
  readonly row: number;
  readonly column: number;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
  /** Rows of a screenful. */
  readonly page: number;
}

interface Ways {
  readonly onGo: (place: Place) => void;
  readonly onEnter: (place: Place) => void;
  readonly onCopy: (place: Place, all: boolean) => void;
}

/** Where a key leads; undefined for keys that lead nowhere. */
export function keyPlace(
  { key, ctrlKey, metaKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">,
  { row, column }: Place,
  { rows, columns, page }: Size,
): Place | undefined {
  const far = ctrlKey || metaKey;
  const moved: Readonly<Record<string, Place>> = {
    ArrowUp: { row: far ? 0 : row - 1, column },
    ArrowDown: { row: far ? rows - 1 : row + 1, column },
    ArrowLeft: { row, column: far ? 0 : column - 1 },
    ArrowRight: { row, column: far ? columns - 1 : column + 1 },
    PageUp: { row: row - page, column },
    PageDown: { row: row + page, column },
    Home: { row: far ? 0 : row, column: 0 },
    End: { row: far ? rows - 1 : row, column: columns - 1 },
  };
  const next = moved[key];
  if (next === undefined || rows === 0 || columns === 0) return undefined;
  const within = (at: number, many: number) => Math.max(0, Math.min(many - 1, at));
  return { row: within(next.row, rows), column: within(next.column, columns) };
}

export function useGridKeys(size: Size, { onGo, onEnter, onCopy }: Ways) {
  const [at, setAt] = useState<Place>();
  const active = at === undefined || at.row >= size.rows || at.column >= size.columns ? undefined : at;
  const go = (place: Place) => {
    setAt(place);
    onGo(place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Keys of what stands in the cells are theirs.
    if (event.target !== event.currentTarget || event.altKey) return;
    const next =
      active === undefined && event.key.startsWith("Arrow")
        ? { row: 0, column: 0 }
        : keyPlace(event, active ?? { row: 0, column: 0 }, size);
    if (next !== undefined && size.rows > 0) go(next);
    else if (active !== undefined && event.key === "Enter") onEnter(active);
    else if (active !== undefined && event.key === "Escape") setAt(undefined);
    else if (
      (event.ctrlKey || event.metaKey) &&
      event.key.toLowerCase() === "c" &&
      getSelection()?.isCollapsed !== false
    ) {
      if (active === undefined && !event.shiftKey) return;
      onCopy(active ?? { row: 0, column: 0 }, event.shiftKey);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { active, setActive: setAt, onKeyDown };
}
