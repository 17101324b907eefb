// What is asked of one column: words or a comparison, and the values that may stand in it.
import { Popover } from "@mantine/core";
import { useMemo, useState } from "react";
import { count } from "../../../../format/number";
import { IconButton } from "../../../../ui/IconButton";
import { Toggle } from "../../../../ui/Toggle";
import { compareValues } from "../../../transform/columns";
import type { Column } from "../columns";
import { type Ask, choicesOf, NO_ASK, OPERATORS, type Operator, testOf } from "./asks";
import styles from "./filter.module.css";

interface Props {
  column: Column;
  ask: Ask | undefined;
  active: boolean;
  rows: () => readonly number[];
  onAsk: (ask: Ask) => void;
}

export function FilterMenu({ column, ask, active, rows, onAsk }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" offset={4} width={280} trapFocus returnFocus>
      <Popover.Target>
        <span className={styles.filter} data-active={active}>
          <IconButton
            icon="filter"
            label={`Filter ${column.name}`}
            size={22}
            active={active}
            onClick={() => setOpen(!open)}
          />
        </span>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        {open && (
          <FilterForm
            column={column}
            ask={ask ?? NO_ASK}
            rows={rows()}
            onAsk={(next) => {
              onAsk(next);
              setOpen(false);
            }}
            onClose={() => setOpen(false)}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

/** More values are found by typing. */
const MOST_CHOICES = 200;

const OPERATOR_WORDS: Readonly<Partial<Record<Operator, string>>> = { contains: "contains", expression: "expression" };

interface FormProps {
  column: Column;
  ask: Ask;
  rows: readonly number[];
  onAsk: (ask: Ask) => void;
  onClose: () => void;
}

function FilterForm({ column, ask, rows, onAsk, onClose }: FormProps) {
  const [draft, setDraft] = useState(ask);
  const all = useMemo(() => choicesOf(column, rows, compareValues), [column, rows]);
  const found = useMemo(() => {
    const test = testOf(draft);
    return all.filter((one) => test(one.words, one.value));
  }, [all, draft]);
  const isTicked = (words: string) => draft.ticked === undefined || draft.ticked.has(words);
  const tick = (words: string) => {
    const next = new Set(draft.ticked ?? all.map((one) => one.words));
    if (!next.delete(words)) next.add(words);
    setDraft({ ...draft, ticked: next.size === all.length ? undefined : next });
  };
  const isAll = found.every((one) => isTicked(one.words));
  const tickAll = () => {
    const next = new Set(draft.ticked ?? all.map((one) => one.words));
    for (const { words } of found) {
      if (isAll) next.delete(words);
      else next.add(words);
    }
    setDraft({ ...draft, ticked: next.size === all.length ? undefined : next });
  };
  return (
    <form
      className={styles.ask}
      aria-label={`Filter ${column.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(draft);
      }}
    >
      <div className={styles.asked}>
        <select
          aria-label="Operator"
          value={draft.operator}
          onChange={(event) =>
            setDraft({ ...draft, operator: OPERATORS.find((one) => one === event.currentTarget.value) ?? "contains" })
          }
        >
          {OPERATORS.map((one) => (
            <option key={one} value={one}>
              {OPERATOR_WORDS[one] ?? one}
            </option>
          ))}
        </select>
        <input
          data-autofocus
          aria-label="Filter values"
          placeholder={draft.operator === "expression" ? "$ >= 10 && $ < 20" : "Filter values"}
          value={draft.text}
          onChange={(event) => setDraft({ ...draft, text: event.currentTarget.value })}
        />
        <button
          type="button"
          className={styles.case}
          aria-pressed={draft.matchCase}
          aria-label="Match case"
          title="Match case"
          onClick={() => setDraft({ ...draft, matchCase: !draft.matchCase })}
        >
          Aa
        </button>
      </div>
      <label className={styles.choice}>
        <input type="checkbox" checked={isAll && found.length > 0} onChange={tickAll} />
        <span>All of {count(found.length, "value")}</span>
      </label>
      <div className={styles.choices}>
        {found.slice(0, MOST_CHOICES).map((one) => (
          <label key={one.words} className={styles.choice}>
            <input type="checkbox" checked={isTicked(one.words)} onChange={() => tick(one.words)} />
            <span title={one.words}>{one.words === "" ? "(empty)" : one.words}</span>
            <small>{one.rows}</small>
          </label>
        ))}
        {found.length > MOST_CHOICES && <p>{count(found.length - MOST_CHOICES, "more value")}: type to find them</p>}
      </div>
      <div className={styles.answers}>
        <Toggle label="Clear" onClick={() => onAsk(NO_ASK)} />
        <span />
        <Toggle label="Cancel" onClick={onClose} />
        <button type="submit" className={styles.submit}>
          Filter
        </button>
      </div>
    </form>
  );
}
