// What may be done with the text that was just marked in a line: keep lines that hold it, leave them out, copy it.
import { useEffect, useRef } from "react";
import { useCopied } from "../../ui/copy/useCopied";
import { Toggle } from "../../ui/Toggle";
import styles from "../logs.module.css";

export interface Marked {
  readonly text: string;
  /** Of the pointer, in pixels of the window. */
  readonly x: number;
  readonly y: number;
}

/** Longer texts are no filter; they can be copied by keys. */
const LONGEST = 500;

/** The text that is marked within one line of the list, if it can be looked for. */
export function markedIn(list: HTMLElement, x: number, y: number): Marked | undefined {
  const selection = getSelection();
  const text = selection?.toString().trim() ?? "";
  const lineOf = (node: Node | null | undefined) =>
    (node instanceof Element ? node : node?.parentElement)?.closest<HTMLElement>("[data-line]");
  const line = lineOf(selection?.anchorNode);
  const isOne = line !== null && line !== undefined && line === lineOf(selection?.focusNode) && list.contains(line);
  // Breaks and control characters are shown as something else than they are.
  return isOne && text !== "" && text.length <= LONGEST && !/[\n\u21b5\u00b7]/.test(text) ? { text, x, y } : undefined;
}

interface Props {
  marked: Marked;
  onText: (text: string, wanted: boolean) => void;
  onDone: () => void;
}

export function SelectionTools({ marked, onText, onDone }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [copied, copy] = useCopied();
  useEffect(() => {
    const away = (event: Event) => {
      const isInside = event.target instanceof Node && host.current?.contains(event.target) === true;
      if (!isInside && (!(event instanceof KeyboardEvent) || event.key === "Escape")) onDone();
    };
    const kinds = ["pointerdown", "keydown", "wheel"] as const;
    for (const kind of kinds) addEventListener(kind, away, true);
    return () => {
      for (const kind of kinds) removeEventListener(kind, away, true);
    };
  }, [onDone]);
  const filter = (wanted: boolean) => () => {
    onText(marked.text, wanted);
    onDone();
  };
  const left = Math.max(8, Math.min(marked.x - 60, innerWidth - 380));
  return (
    <div ref={host} className={styles.selection} style={{ left, top: marked.y + 12 }} data-testid="selection-tools">
      <Toggle icon="plus" label="Lines with this" onClick={filter(true)} />
      <Toggle icon="minus" label="Lines without" onClick={filter(false)} />
      <Toggle icon={copied ? "check" : "copy"} label={copied ? "Copied" : "Copy"} onClick={() => copy(marked.text)} />
    </div>
  );
}
