// The values of a variable behind a button: found by typing, walked with the arrows, ticked where several may be chosen. Several
// are asked for when the list closes, so that ticking five of them asks once.
import { Popover } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { count } from "../../../format/number";
import { Icon } from "../../../ui/Icon";
import { ALL, type VariableOption } from "../../model/types";
import type { Settled } from "../../variables/values";
import styles from "../page.module.css";
import { chosenText, foundOptions, sameChoice, toggled, toggledFound } from "./choices";

/** Kinds whose values may be typed. */
const TYPED: ReadonlySet<string> = new Set(["query", "custom", "groupby"]);

interface Props {
  settled: Settled;
  failed: unknown;
  pending: boolean;
  onChoose: (values: readonly string[]) => void;
}

export function VariableChoice({ settled, failed, pending, onChoose }: Props) {
  const { variable, options, chosen } = settled;
  /** What is ticked while the list is open. */
  const [draft, setDraft] = useState<readonly string[]>();
  const open = draft !== undefined;
  const close = () => {
    if (draft !== undefined && !sameChoice(draft, chosen)) onChoose(draft);
    setDraft(undefined);
  };
  const label = chosen.length === 0 ? (pending ? "…" : "none") : chosenText(draft ?? chosen, options);
  return (
    <Popover
      opened={open}
      onChange={(next) => (next ? setDraft(chosen) : close())}
      position="bottom-start"
      shadow="none"
      offset={4}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <button
          type="button"
          className={styles.choice}
          data-failed={failed !== undefined}
          title={failed instanceof Error ? failed.message : label}
          aria-label={`${variable.label}: ${label}`}
          onClick={() => (open ? close() : setDraft(chosen))}
        >
          <span className={styles.choiceText}>{label}</span>
          <Icon name="down" size={13} />
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        {draft !== undefined && (
          <Options
            settled={settled}
            chosen={draft}
            pending={pending}
            onChosen={(next) => {
              if (variable.multi) return setDraft(next);
              setDraft(undefined);
              if (!sameChoice(next, chosen)) onChoose(next);
            }}
            onDone={close}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

interface OptionsProps {
  settled: Settled;
  chosen: readonly string[];
  pending: boolean;
  onChosen: (values: readonly string[]) => void;
  onDone: () => void;
}

const ROW_PX = 28;
/** Letters; longer values end in dots. */
const WIDEST = 60;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

function Options({ settled, chosen, pending, onChosen, onDone }: OptionsProps) {
  const { variable, options } = settled;
  const { multi } = variable;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const found = useMemo(() => {
    const all = variable.includeAll ? [{ text: "All", value: ALL }, ...options] : options;
    const some = foundOptions(all, text);
    /** What was typed, where it may be a value though no answer has it: a pattern, a name of before. */
    const own = variable.ownValues && TYPED.has(variable.kind) ? text.trim() : "";
    const isNew = own !== "" && !all.some((one) => one.text === own);
    return isNew ? [...some, { text: `Take “${own}”`, value: own }] : some;
  }, [options, text, variable.includeAll, variable.ownValues, variable.kind]);
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      found.findIndex((one) => chosen.includes(one.value)),
    ),
  );
  const at = Math.min(active, found.length - 1);
  const ticked = useMemo(() => new Set(chosen), [chosen]);
  const widest = useMemo(() => options.reduce((most, one) => Math.max(most, one.text.length), 0), [options]);
  const virtual = useVirtualizer({
    count: found.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    initialOffset: Math.max(0, at - 4) * ROW_PX,
  });
  const pick = (one: VariableOption | undefined) => {
    if (one !== undefined) onChosen(multi ? toggled(chosen, one.value, variable) : [one.value]);
  };
  const walk = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      const next = Math.max(0, Math.min(found.length - 1, at + step));
      setActive(next);
      virtual.scrollToIndex(next);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) onDone();
      else pick(found[at]);
    }
  };
  return (
    <div className={styles.options} style={{ minWidth: `calc(${Math.min(widest, WIDEST)}ch + 64px)` }}>
      <input
        placeholder="Find"
        role="combobox"
        aria-label={`Find a value of ${variable.label}`}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        value={text}
        data-autofocus
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
          virtual.scrollToOffset(0);
        }}
        onKeyDown={walk}
      />
      {multi && (
        <div className={styles.optionTools}>
          <span>{chosen.includes(ALL) ? "All" : `${count(chosen.length, "value")} chosen`}</span>
          <button type="button" onClick={() => onChosen(toggledFound(chosen, found, variable))}>
            {text.trim() === "" ? "All or none of them" : "All or none of the found"}
          </button>
        </div>
      )}
      <div ref={scroller} id={id} className={styles.optionList} role="listbox" aria-multiselectable={multi}>
        <div style={{ position: "relative", height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((row) => {
            const one = found[row.index];
            if (one === undefined) return null;
            const on = ticked.has(one.value);
            return (
              <button
                type="button"
                key={one.value}
                id={`${id}-${row.index}`}
                role="option"
                tabIndex={-1}
                aria-selected={on}
                aria-posinset={row.index + 1}
                aria-setsize={found.length}
                data-active={row.index === at}
                title={one.text}
                style={{ position: "absolute", top: row.start, height: ROW_PX }}
                onClick={() => pick(one)}
              >
                {multi && <span className={styles.tick}>{on && <Icon name="check" size={12} />}</span>}
                <span className={styles.choiceText}>{one.text}</span>
              </button>
            );
          })}
        </div>
        {found.length === 0 && <div className={styles.none}>{pending ? "Asking…" : "Nothing of that name"}</div>}
      </div>
    </div>
  );
}
