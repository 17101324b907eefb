// Keeps the drawn rows in step with lines, look, open and selected lines. All of it touches the page outside of React.
import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useRef } from "react";
import type { LogEntry } from "../entry";
import styles from "../logs.module.css";
import { drawLine, type LineLook } from "./drawLine";
import type { Lines, Place } from "./lines";
import { LineWindow, type Row, type WindowSource } from "./lineWindow";

/** One line of 12-pixel text. */
export const ROW_PX = 20;
/** A guess at the letters that fit beside time and service; measuring corrects it. */
const LETTER_PX = 7.25;
const ASIDE_PX = 320;

export interface OpenLine {
  readonly entry: LogEntry;
  readonly place: Place;
  /** Stands below the line's row while that is drawn. */
  readonly host: HTMLDivElement;
}

interface Parts {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly inner: RefObject<HTMLDivElement | null>;
  readonly lines: Lines;
  readonly look: LineLook;
  readonly open: readonly OpenLine[];
  readonly selected: number;
}

const STYLES = {
  slot: styles.slot ?? "",
  line: styles.line ?? "",
  time: styles.time ?? "",
  service: styles.service ?? "",
  columns: styles.columns ?? "",
  count: styles.repeats ?? "",
  text: styles.text ?? "",
};

export function useLineWindow(parts: Parts, onRange: (first: number, last: number) => void) {
  const { scroller, inner, lines, look, open, selected } = parts;
  const list = useRef<LineWindow | undefined>(undefined);
  const shown = useRef({ lines, look });
  const range = useEffectEvent(onRange);
  const isMeasured = look.wrap || look.pretty;

  const draw = useEffectEvent((row: Row, index: number) => {
    const entry = lines.at(index);
    if (entry === undefined) return;
    row.slot.dataset.index = String(index);
    row.button.dataset.line = "";
    drawLine(row, entry, lines.repeats?.(index) ?? 1, look);
    decorate(row, index, entry);
  });
  const decorate = (row: Row, index: number, entry: LogEntry) => {
    const own = open.find((one) => one.entry.key === entry.key);
    const below = row.button.nextSibling;
    if (own === undefined) below?.remove();
    else if (below !== own.host) {
      below?.remove();
      row.slot.append(own.host);
    }
    row.slot.dataset.open = String(own !== undefined);
    row.slot.dataset.selected = String(index === selected);
    row.button.setAttribute("aria-expanded", String(own !== undefined));
  };
  const source = useEffectEvent((): WindowSource => {
    const letters = Math.max(20, ((scroller.current?.clientWidth ?? 1_000) - ASIDE_PX) / LETTER_PX);
    return {
      size: lines.size,
      isMeasured,
      heightOf: (index) => (isMeasured ? Math.max(1, Math.ceil(lines.lengthAt(index) / letters)) * ROW_PX : ROW_PX),
      draw,
    };
  });

  useLayoutEffect(() => {
    const [outer, content] = [scroller.current, inner.current];
    if (outer === null || content === null) return;
    const made = new LineWindow(outer, content, STYLES, source(), (first, last) => range(first, last));
    list.current = made;
    made.resize();
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(outer);
    return () => {
      observer.disconnect();
      list.current = undefined;
      content.replaceChildren();
    };
  }, [scroller, inner]);

  useLayoutEffect(() => {
    const made = list.current;
    const before = shown.current;
    if (made === undefined || (before.lines === lines && before.look === look)) return;
    shown.current = { lines, look };
    // The line at the top of the screen stays there when lines come or go above it.
    const top = made.firstVisible();
    const place = before.lines.placeOf(top);
    const now = place === undefined ? -1 : lines.indexOf(place);
    const isSameWidth = before.look.wrap === look.wrap && before.look.pretty === look.pretty;
    made.update(source(), top, now, isSameWidth && now >= 0);
  }, [lines, look]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list says what rows show besides their line
  useLayoutEffect(() => {
    list.current?.paint(true);
  }, [open, selected]);

  // An open line is as high as its row and what stands below it.
  const known = useRef<readonly OpenLine[]>([]);
  const heightOf = useEffectEvent((one: OpenLine, isOpen: boolean) => {
    const index = lines.indexOf(one.place);
    const row = list.current?.rowOf(index);
    if (row === undefined) return;
    list.current?.setHeight(index, row.button.offsetHeight + (isOpen ? one.host.offsetHeight : 0));
  });
  useEffect(() => {
    for (const one of known.current) if (!open.includes(one)) heightOf(one, false);
    known.current = open;
    const observer = new ResizeObserver((changes) => {
      for (const change of changes) {
        const one = open.find((candidate) => candidate.host === change.target);
        if (one?.host.isConnected === true) heightOf(one, true);
      }
    });
    for (const one of open) observer.observe(one.host);
    return () => observer.disconnect();
  }, [open]);

  return list;
}
