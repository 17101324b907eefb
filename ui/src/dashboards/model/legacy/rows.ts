// Dashboards of old had rows of their own, each with panels of so many of twelve columns; here they are panels on the grid.
// A row fills up from the left; panels lower than it stand over one another; what does not fit begins another line.
import { type Json, list, number, record, text } from "../../../api/decode";
import type { Path } from "../patch/path";
import { GRID_COLUMNS } from "../types";

/** One JSON of the document and where it stands there. */
export interface Part {
  readonly json: Json;
  readonly path: Path | undefined;
}

/** An old row's height in pixels, what a panel has at least, and one grid row with its gap. */
const ROW_PX = 250;
const LEAST_PX = 90;
const GRID_ROW_PX = 38;
/** Grid columns for one of a row's twelve, and how many of these a panel has that does not say. */
const COLUMN_SPAN = GRID_COLUMNS / 12;
const USUAL_SPAN = 4;

export function fromRows(rows: readonly unknown[]): Part[] {
  const all = rows.map(record);
  const haveHeads = all.some((row) => row.showTitle === true || row.collapse === true || text(row.repeat) !== "");
  const result: Part[] = [];
  let y = 0;
  for (const [index, row] of all.entries()) {
    // Copies of a repeated row are made anew.
    if (row.repeatRowId !== undefined && row.repeatRowId !== null) continue;
    const { placed, bottom } = placedIn(row, index, y + (haveHeads ? 1 : 0));
    const collapsed = row.collapse === true;
    if (haveHeads) {
      const head = { type: "row", title: row.title, repeat: row.repeat, collapsed };
      const gridPos = { x: 0, y, w: GRID_COLUMNS, h: 1 };
      const panels = collapsed ? placed.map((part) => part.json) : [];
      result.push({ json: { ...head, gridPos, panels }, path: ["rows", index] });
    }
    if (!collapsed) result.push(...placed);
    y = collapsed ? y + 1 : bottom;
  }
  return result;
}

function placedIn(row: Json, index: number, top: number): { placed: Part[]; bottom: number } {
  const rowHeight = gridRows(row.height) ?? gridRows(ROW_PX) ?? 1;
  let line = new Line(top, rowHeight);
  const placed = partsOf(row.panels, ["rows", index, "panels"]).map(({ json, path }): Part => {
    const span = Math.floor(number(json.span) || USUAL_SPAN);
    const w = Math.min(GRID_COLUMNS, Math.max(1, span * COLUMN_SPAN));
    const h = gridRows(json.height) ?? rowHeight;
    let spot = line.spot(w);
    if (spot === undefined) {
      line = new Line(line.bottom, rowHeight);
      spot = line.spot(w) ?? { x: 0, y: line.top };
    }
    line.fill(spot.x, spot.y, w, h);
    return { json: { ...json, gridPos: { ...spot, w, h } }, path };
  });
  return { placed, bottom: placed.length === 0 ? top : line.bottom };
}

/** One line of a row: how far down each column is taken. */
class Line {
  readonly #taken: number[];
  readonly top: number;
  readonly #height: number;

  constructor(top: number, height: number) {
    this.top = top;
    this.#height = height;
    this.#taken = new Array<number>(GRID_COLUMNS).fill(top);
  }

  get bottom(): number {
    return Math.max(...this.#taken);
  }

  /** The free steps at the right end of the line, if a panel of this width stands on them. */
  spot(w: number): { x: number; y: number } | undefined {
    const taken = this.#taken;
    const isFree = (column: number) => (taken[column] ?? 0) < this.top + this.#height;
    let x = GRID_COLUMNS;
    while (x > 0 && isFree(x - 1) && (x === GRID_COLUMNS || (taken[x - 1] ?? 0) <= (taken[x] ?? 0))) x -= 1;
    return GRID_COLUMNS - x >= w ? { x, y: Math.max(...taken.slice(x)) } : undefined;
  }

  fill(x: number, y: number, w: number, h: number): void {
    this.#taken.fill(y + h, x, x + w);
  }
}

function gridRows(height: unknown): number | undefined {
  const pixels = typeof height === "string" ? Number.parseFloat(height) : number(height);
  if (pixels === undefined || !Number.isFinite(pixels) || pixels <= 0) return undefined;
  return Math.ceil(Math.max(LEAST_PX, pixels) / GRID_ROW_PX);
}

export function partsOf(panels: unknown, path: Path): Part[] {
  return list(panels)
    .map((one, index): Part => ({ json: record(one), path: [...path, index] }))
    .filter((one) => !isStoredClone(one.json));
}

/** Copies that an old version stored beside the panel they repeat; they are made anew here. */
function isStoredClone(panel: Json): boolean {
  return panel.repeatPanelId !== undefined && panel.repeatPanelId !== null;
}
