// Ranges by name, found by typing; exact ends, which accept everything that time/range.ts reads; days of a calendar; the ranges
// of before; and the zone.
import { Button, TextInput } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import { absolute, isValidRange, type RawRange, rangeText, readRangeText, resolveTime } from "../../time/range";
import { CopyButton } from "../../ui/copy/CopyButton";
import { Toggle } from "../../ui/Toggle";
import { Calendar } from "./Calendar";
import { foundRanges, nameOfRange } from "./quickRanges";
import styles from "./ranges.module.css";
import { recentRanges } from "./recentRanges";
import { ZoneChoice } from "./ZoneChoice";

interface Props {
  raw: RawRange;
  now: number;
  onPick: (raw: RawRange) => void;
}

export function RangePanel({ raw, now, onPick }: Props) {
  const [draft, setDraft] = useState(() => ({ from: editable(raw.from), to: editable(raw.to) }));
  const [refused, setRefused] = useState(false);
  const [recent] = useState(recentRanges);
  const valid = isValidRange(draft);
  const apply = () => {
    if (valid) onPick({ from: settled(draft.from, now, false), to: settled(draft.to, now, true) });
  };
  const paste = async () => {
    const pasted = await navigator.clipboard?.readText().then(readRangeText, () => undefined);
    setRefused(pasted === undefined);
    if (pasted !== undefined) setDraft({ from: editable(pasted.from), to: editable(pasted.to) });
  };
  return (
    <div className={styles.ranges}>
      <Quick raw={raw} onPick={onPick} />
      <form
        className={styles.exact}
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <TextInput
          size="xs"
          label="From"
          value={draft.from}
          onChange={(event) => setDraft({ ...draft, from: event.currentTarget.value })}
        />
        <TextInput
          size="xs"
          label="To"
          value={draft.to}
          onChange={(event) => setDraft({ ...draft, to: event.currentTarget.value })}
          error={valid ? undefined : "From must be before To. Write now-2h, now/d, or 2026-11-25 14:00:00."}
        />
        <Calendar from={dayOf(draft.from, now, false)} to={dayOf(draft.to, now, true)} now={now} onDays={setDraft} />
        <div className={styles.buttons}>
          <Button type="submit" size="xs" disabled={!valid} style={{ flex: 1 }}>
            Apply
          </Button>
          <CopyButton label="Copy" text={() => rangeText(raw)} />
          <Toggle label="Paste" onClick={() => void paste()} />
        </div>
        {refused && <span className={styles.label}>What was copied is no range.</span>}
        {recent.length > 0 && (
          <div className={styles.recent}>
            <span className={styles.label}>Looked at before</span>
            {recent.map((one) => (
              <button type="button" key={`${one.from} ${one.to}`} onClick={() => onPick(one)}>
                {nameOfRange(one)}
              </button>
            ))}
          </div>
        )}
        <ZoneChoice />
      </form>
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function Quick({ raw, onPick }: Pick<Props, "raw" | "onPick">) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(-1);
  const found = foundRanges(text);
  const at = Math.min(text === "" ? active : Math.max(0, active), found.length - 1);
  const walk = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = STEPS[event.key];
    const one = found[at];
    if (step !== undefined) setActive(Math.max(0, Math.min(found.length - 1, at + step)));
    else if (event.key === "Enter" && one !== undefined) onPick(one.raw);
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.quick}>
      <input
        className={styles.find}
        placeholder="Find, or type 20m"
        aria-label="Find a range"
        value={text}
        ref={focused}
        data-autofocus
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(-1);
        }}
        onKeyDown={walk}
      />
      <div className={styles.list}>
        {found.map((one, index) => (
          <button
            type="button"
            key={one.label}
            ref={index === at ? scrolledTo : undefined}
            aria-current={one.raw.from === raw.from && one.raw.to === raw.to}
            data-active={index === at}
            onClick={() => onPick(one.raw)}
          >
            {one.label}
          </button>
        ))}
        {found.length === 0 && <span className={styles.label}>No range of that name.</span>}
      </div>
    </div>
  );
}

/** The panel may come after the box that holds it: then nothing else gives it the focus. */
const focused = (element: HTMLElement | null) => element?.focus({ preventScroll: true });

const scrolledTo = (element: HTMLElement | null) => element?.scrollIntoView({ block: "nearest" });

function editable(text: string): string {
  const at = text.startsWith("now") ? undefined : resolveTime(text, 0, false);
  return at === undefined ? text : absolute(at);
}

function settled(text: string, now: number, isEnd: boolean): string {
  if (text.trim().startsWith("now")) return text.trim();
  const at = resolveTime(text, now, isEnd);
  return at === undefined ? text : String(at);
}

/** The day that an end is on, as the calendar names it. */
function dayOf(text: string, now: number, isEnd: boolean): string | undefined {
  const at = resolveTime(text, now, isEnd);
  return at === undefined ? undefined : absolute(at).slice(0, 10);
}
