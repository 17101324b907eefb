// Filters over a dashboard: each a label, an operator and a value. What there is to choose from is asked when it is opened.
import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTime } from "../../../time/TimeContext";
import { Icon } from "../../../ui/Icon";
import { askLabelNames, askLabelValues } from "../../query/run";
import { resolveSource } from "../../query/source";
import { lookupOf, type Settled } from "../../variables/values";
import { useDashboard } from "../DashboardContext";
import styles from "../page.module.css";

const OPERATORS = ["=", "!=", "=~", "!~"];

/** More are found by typing. */
const MOST_OFFERED = 300;

interface Props {
  settled: Settled;
  onChoose: (values: readonly string[] | undefined) => void;
}

export function FilterControl({ settled, onChoose }: Props) {
  const { filters } = settled.variable;
  const [open, setOpen] = useState(false);
  const written = filters.map((one) => `${one.key}|${one.operator}|${one.value}`);
  return (
    <span className={styles.filters}>
      {filters.map((one, index) => (
        <button
          type="button"
          key={written[index]}
          className={styles.filter}
          title="Take this filter away"
          onClick={() => onChoose(written.filter((_, other) => other !== index))}
        >
          {one.key} {one.operator} {one.value}
          <Icon name="close" size={10} />
        </button>
      ))}
      <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} trapFocus>
        <Popover.Target>
          <button
            type="button"
            className={styles.choice}
            aria-label={`Add to ${settled.variable.label}`}
            onClick={() => setOpen(!open)}
          >
            <Icon name="plus" size={13} />
          </button>
        </Popover.Target>
        <Popover.Dropdown p={8}>
          <NewFilter
            settled={settled}
            onAdd={(filter) => {
              setOpen(false);
              onChoose([...written, filter]);
            }}
          />
        </Popover.Dropdown>
      </Popover>
    </span>
  );
}

function NewFilter({ settled, onAdd }: { settled: Settled; onAdd: (filter: string) => void }) {
  const { dashboard, variables } = useDashboard();
  const { range } = useTime();
  const [keys, values] = [useId(), useId()];
  const [key, setKey] = useState("");
  const [operator, setOperator] = useState("=");
  const [value, setValue] = useState("");
  const lookup = lookupOf(variables, new Map(), undefined, dashboard.inputs);
  const source = resolveSource({ source: settled.variable.source }, undefined, lookup);
  const signalName = typeof source === "object" ? "metrics" : source;
  const names = useQuery({
    queryKey: ["filter-names", signalName, range],
    queryFn: ({ signal }) => askLabelNames(signalName, "", range, signal),
  });
  const known = names.data?.includes(key) === true;
  const found = useQuery({
    queryKey: ["filter-values", signalName, key, range],
    queryFn: ({ signal }) => askLabelValues(signalName, key, "", range, signal),
    enabled: known,
  });
  const isWhole = /^[\w.]+$/.test(key) && value !== "";
  return (
    <form
      className={styles.newFilter}
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole) onAdd(`${key}|${operator}|${value}`);
      }}
    >
      <input
        className={styles.textbox}
        placeholder="label"
        aria-label="Label"
        list={keys}
        value={key}
        data-autofocus
        onChange={(event) => setKey(event.currentTarget.value.trim())}
      />
      <select
        className={styles.operator}
        aria-label="Operator"
        value={operator}
        onChange={(event) => setOperator(event.currentTarget.value)}
      >
        {OPERATORS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        className={styles.textbox}
        placeholder="value"
        aria-label="Value"
        list={values}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <button type="submit" className={styles.quiet} disabled={!isWhole}>
        Add
      </button>
      <datalist id={keys}>
        {(names.data ?? []).slice(0, MOST_OFFERED).map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <datalist id={values}>
        {(found.data ?? []).slice(0, MOST_OFFERED).map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </form>
  );
}
