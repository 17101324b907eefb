// The heights of a table's parts, and how many rows a page has. Pure.
import { type Json, number, record, text } from "../../../api/decode";
import type { Column } from "./columns";

const ROW_PX = { sm: 28, md: 34, lg: 42 } as const;
const HEAD_PX = 30;
const FOOT_LINE_PX = 20;
const FOOT_ROOM_PX = 10;
const PAGER_PX = 35;
/** The line under a row. */
export const LINE_PX = 1;

export interface Measures {
  readonly rowPx: number;
  /** Rows are as high as what they hold, but no higher than this. */
  readonly wraps: boolean;
  readonly mostPx: number | undefined;
  readonly hasHead: boolean;
  readonly headPx: number;
  readonly footPx: number;
  /** Rows that are seen at once. */
  readonly seen: number;
  /** Rows of a page; undefined: one long list. */
  readonly page: number | undefined;
}

export function measuresOf(options: Json, columns: readonly Column[], height: number, footLines: number): Measures {
  const asked = text(options.cellHeight, "sm");
  const rowPx = ROW_PX[asked === "md" || asked === "lg" ? asked : "sm"];
  const wraps = columns.some((one) => one.look.wrap || one.look.type === "markdown");
  const hasHead = options.showHeader !== false;
  const headPx = hasHead ? HEAD_PX : 0;
  const footPx = footLines === 0 ? 0 : footLines * FOOT_LINE_PX + FOOT_ROOM_PX;
  // Pages were switched on in the footer before they were a setting of their own.
  const hasPages = options.enablePagination === true || record(options.footer).enablePagination === true;
  const room = height - headPx - footPx - (hasPages ? PAGER_PX : 0);
  const seen = Math.max(1, Math.floor(room / (rowPx + LINE_PX)));
  const mostPx = wraps ? number(options.maxRowHeight) : rowPx;
  return { rowPx, wraps, mostPx, hasHead, headPx, footPx, seen, page: hasPages ? seen : undefined };
}
