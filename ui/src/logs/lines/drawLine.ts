// Writes one line into its row: time, service, text with marks. Text only: nothing of a line becomes markup.
import { type Hues, nameTextColor } from "../../charts/colors/palette";
import { absolute } from "../../time/range";
import { ansiPieces, hasColors } from "../ansi";
import { fieldsOf, type LogEntry, serviceOf } from "../entry";
import { markLine, plainText } from "../filters";
import { prettyJson } from "../json";
import type { Row } from "./lineWindow";

/** A folded line shows this much; open it to see all. */
const FOLDED_CHARS = 4_000;

export interface LineLook {
  readonly marks: readonly RegExp[];
  readonly dark: boolean;
  /** Colours of the services that are known. */
  readonly hues: Hues;
  /** Services are shown where they differ. */
  readonly services: boolean;
  /** Lines may take several rows: breaks stay, otherwise they become an arrow. */
  readonly wrap: boolean;
  /** JSON is indented. */
  readonly pretty: boolean;
  /** The day is left out. */
  readonly narrow: boolean;
  /** Times are told to the nanosecond. */
  readonly nanos: boolean;
  /** Fields that stand in columns before the text. */
  readonly columns: readonly string[];
}

/** Where the time of day begins in `2026-11-25 14:03:59`. */
const CLOCK_AT = 11;

export function drawLine(row: Row, entry: LogEntry, repeats: number, look: LineLook): void {
  row.button.dataset.level = entry.level;
  const second = secondText(entry.ms);
  const part = entry.ns.slice(-9, look.nanos ? undefined : -6);
  row.time.textContent = `${look.narrow ? second.slice(CLOCK_AT) : second}.${part}`;
  row.time.title = look.narrow ? `${second}, ${entry.level}` : entry.level;
  if (look.services) {
    const service = serviceOf(entry);
    row.service.textContent = service;
    row.service.style.color = serviceColor(service, look);
  }
  if (look.columns.length > 0) row.columns.replaceChildren(...columnsOf(entry, look.columns));
  else if (row.columns.firstChild !== null) row.columns.replaceChildren();
  row.count.textContent = repeats > 1 ? `×${repeats} ` : "";
  const text = lineText(entry.line, look);
  if (hasColors(entry.line) && !look.pretty) row.text.replaceChildren(...coloured(entry.line, look));
  else if (look.marks.length === 0) row.text.textContent = text;
  else row.text.replaceChildren(...markedPieces(text, look.marks));
}

function markedPieces(text: string, marks: readonly RegExp[]): (HTMLElement | string)[] {
  return markLine(text, marks).map((piece) => (piece.marked ? marked(piece.text) : piece.text));
}

/** A line with colours of terminals, in ours. */
function coloured(line: string, look: LineLook): HTMLElement[] {
  return ansiPieces(line.slice(0, FOLDED_CHARS)).map(({ text, color, bold }) => {
    const element = document.createElement("span");
    if (color !== undefined) element.dataset.ansi = color;
    if (bold) element.dataset.bold = "";
    element.replaceChildren(...markedPieces(look.wrap ? text : oneRow(text), look.marks));
    return element;
  });
}

function columnsOf(entry: LogEntry, names: readonly string[]): HTMLElement[] {
  const values = new Map(fieldsOf(entry).map((one) => [one.name, one.value]));
  return names.map((name) => {
    const cell = document.createElement("span");
    const value = values.get(name);
    cell.textContent = value === undefined ? "" : plainText(value);
    cell.title = `${name}: ${value ?? "not in this line"}`;
    return cell;
  });
}

function marked(text: string): HTMLElement {
  const element = document.createElement("mark");
  element.textContent = text;
  return element;
}

/** What a row says of a line. */
export function lineText(line: string, look: Pick<LineLook, "wrap" | "pretty">): string {
  const text = plainText((look.pretty ? prettyJson(line) : line).slice(0, FOLDED_CHARS));
  return look.wrap || look.pretty ? text.trimEnd() : oneRow(text.trimEnd());
}

function oneRow(text: string): string {
  return text.replaceAll(/\r?\n/g, " ↵ ");
}

let lastSecond = Number.NaN;
let lastText = "";

/** Neighbouring lines share their second. */
function secondText(ms: number): string {
  const second = Math.floor(ms / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = absolute(ms);
  }
  return lastText;
}

let colors = new Map<string, string>();
let colorsOf: Pick<LineLook, "dark" | "hues"> | undefined;
/** More services than anyone runs; then the memory starts anew. */
const MOST_COLORS = 2_000;

function serviceColor(service: string, look: LineLook): string {
  if (colorsOf?.dark !== look.dark || colorsOf.hues !== look.hues || colors.size >= MOST_COLORS) {
    colors = new Map();
    colorsOf = look;
  }
  let color = colors.get(service);
  if (color === undefined) {
    color = nameTextColor(service, look.dark, look.hues);
    colors.set(service, color);
  }
  return color;
}
