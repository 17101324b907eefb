// The variables of a dashboard, one control each. What is chosen goes into the URL.
import { Popover } from "@mantine/core";
import { useState } from "react";
import { Icon } from "../../ui/Icon";
import { ALL, type Variable } from "../model/types";
import type { Settled } from "../variables/values";
import { FilterControl } from "./FilterControl";
import styles from "./page.module.css";
import type { Variables } from "./useVariables";

interface Props {
  variables: Variables;
  /** Which of them stand here: those of the dashboard, or those of one row or tab. */
  shows: (variable: Variable) => boolean;
  onChoose: (name: string, values: readonly string[] | undefined) => void;
}

/** More options than this are found by typing. */
const MOST_SHOWN = 300;

/** Kinds whose values may be typed. */
const TYPED: ReadonlySet<string> = new Set(["query", "custom", "groupby"]);

export function VariableBar({ variables, shows, onChoose }: Props) {
  const shown = [...variables.all.values()].filter(
    (one) =>
      shows(one.variable) &&
      one.variable.hide !== "variable" &&
      !(one.variable.kind === "datasource" && one.options.length < 2),
  );
  if (shown.length === 0) return null;
  return (
    <div className={styles.variables} data-testid="variables">
      {shown.map((one) => (
        <div key={one.variable.name} className={styles.variable}>
          {one.variable.hide === "no" && <span className={styles.variableName}>{one.variable.label}</span>}
          <Control settled={one} variables={variables} onChoose={(values) => onChoose(one.variable.name, values)} />
        </div>
      ))}
    </div>
  );
}

interface ControlProps {
  settled: Settled;
  variables: Variables;
  onChoose: (values: readonly string[] | undefined) => void;
}

function Control({ settled, variables, onChoose }: ControlProps) {
  const { variable, chosen } = settled;
  if (variable.kind === "textbox") {
    return (
      <input
        key={chosen[0]}
        className={styles.textbox}
        defaultValue={chosen[0] ?? ""}
        aria-label={variable.label}
        onBlur={(event) => {
          if (event.currentTarget.value !== (chosen[0] ?? "")) onChoose([event.currentTarget.value]);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") onChoose([event.currentTarget.value]);
        }}
      />
    );
  }
  if (variable.kind === "adhoc") return <FilterControl settled={settled} onChoose={onChoose} />;
  return (
    <Choice
      settled={settled}
      failed={variables.errors.get(variable.name)}
      pending={variables.pending.has(variable.name)}
      onChoose={onChoose}
    />
  );
}

interface ChoiceProps {
  settled: Settled;
  failed: unknown;
  pending: boolean;
  onChoose: (values: readonly string[]) => void;
}

function Choice({ settled, failed, pending, onChoose }: ChoiceProps) {
  const { variable, options, chosen } = settled;
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const all = variable.includeAll ? [{ text: "All", value: ALL }, ...options] : options;
  const found = all.filter((one) => one.text.toLowerCase().includes(text.toLowerCase()));
  /** What was typed, where it may be a value though no answer has it: a pattern, a name of before. */
  const own = variable.ownValues && TYPED.has(variable.kind) ? text.trim() : "";
  const name = (value: string) => (value === ALL ? "All" : (options.find((one) => one.value === value)?.text ?? value));
  const label = chosen.length === 0 ? (pending ? "…" : "none") : chosen.map(name).join(" + ");
  const pick = (value: string, add: boolean) => {
    if (!variable.multi || (!add && value === ALL)) {
      onChoose([value]);
      if (!variable.multi) setOpen(false);
      return;
    }
    if (value === ALL) {
      onChoose([ALL]);
      return;
    }
    const rest = chosen.filter((one) => one !== ALL);
    const next = rest.includes(value) ? rest.filter((one) => one !== value) : [...rest, value];
    onChoose(next.length > 0 ? next : variable.includeAll ? [ALL] : [value]);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="none" offset={4} trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={styles.choice}
          data-failed={failed !== undefined}
          title={failed instanceof Error ? failed.message : label}
          aria-label={`${variable.label}: ${label}`}
          onClick={() => {
            setOpen(!open);
            setText("");
          }}
        >
          <span className={styles.choiceText}>{label}</span>
          <Icon name="down" size={13} />
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        <div className={styles.options}>
          <input
            placeholder="Find"
            value={text}
            data-autofocus
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              const first = found[0]?.value ?? (own === "" ? undefined : own);
              if (event.key === "Enter" && first !== undefined) pick(first, false);
            }}
          />
          <div className={styles.optionList} role="listbox" aria-multiselectable={variable.multi}>
            {found.slice(0, MOST_SHOWN).map((one) => (
              <button
                type="button"
                key={one.value}
                role="option"
                aria-selected={chosen.includes(one.value)}
                onClick={() => pick(one.value, variable.multi)}
              >
                {variable.multi && (
                  <span className={styles.tick}>{chosen.includes(one.value) && <Icon name="check" size={12} />}</span>
                )}
                {one.text}
              </button>
            ))}
            {own !== "" && !all.some((one) => one.text === own) && (
              <button type="button" role="option" aria-selected={false} onClick={() => pick(own, variable.multi)}>
                Take “{own}”
              </button>
            )}
            {found.length === 0 && own === "" && (
              <div className={styles.none}>{pending ? "Asking…" : "Nothing of that name"}</div>
            )}
            {found.length > MOST_SHOWN && (
              <div className={styles.none}>{found.length - MOST_SHOWN} more: type to find them</div>
            )}
          </div>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
