// The fields of the loaded lines with their most frequent values; each value is a filter.
import { useMemo, useState } from "react";
import { count } from "../format/number";
import { IconButton } from "../ui/IconButton";
import { fieldsOf } from "./entry";
import { type Field, type FieldSummary, summarize } from "./fields";
import type { LineWays } from "./lines/LineDetails";
import { firstEntries, type Lines } from "./lines/lines";
import styles from "./logs.module.css";

/** The newest lines are enough to see how values are spread, and cost a few milliseconds. */
const MOST_SAMPLED = 1_000;
const OPEN_AT_FIRST = 4;
/** More fields than one sees at a glance. */
const MANY = 10;

interface Props {
  lines: Lines;
  onFilter: (field: Field, wanted: boolean) => void;
  ways: LineWays;
}

export function FieldsPanel({ lines, onFilter, ways }: Props) {
  const sampled = Math.min(lines.size, MOST_SAMPLED);
  const first = lines.at(0)?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: more lines at the end change nothing of the first ones
  const summaries = useMemo(() => summarize(firstEntries(lines, MOST_SAMPLED).map(fieldsOf)), [first, sampled]);
  const [wanted, setWanted] = useState("");
  const low = wanted.trim().toLowerCase();
  const shown = summaries.filter((one) => one.name.toLowerCase().includes(low));
  return (
    <aside className={styles.fields} aria-label="Fields" data-testid="fields">
      <div className={styles.fieldsHead}>
        {count(summaries.length, "field")} in {count(sampled, "line")}
      </div>
      {summaries.length > MANY && (
        <input
          className={styles.fieldsFind}
          type="search"
          placeholder="Find a field"
          aria-label="Find a field"
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      {shown.map((one, index) => (
        <OneField
          key={one.name}
          field={one}
          lines={sampled}
          startOpen={index < OPEN_AT_FIRST}
          onFilter={onFilter}
          ways={ways}
        />
      ))}
    </aside>
  );
}

interface OneProps {
  field: FieldSummary;
  lines: number;
  startOpen: boolean;
  onFilter: (field: Field, wanted: boolean) => void;
  ways: LineWays;
}

function OneField({ field, lines, startOpen, onFilter, ways }: OneProps) {
  const [open, setOpen] = useState(startOpen);
  return (
    <div>
      <div className={styles.fieldLine}>
        <button type="button" className={styles.fieldHead} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className={styles.fieldHeadName}>{field.name}</span>
          <span>{field.distinct}</span>
        </button>
        <IconButton
          icon="columns"
          size={20}
          active={ways.columns.includes(field.name)}
          label={`Column of ${field.name}`}
          onClick={() => ways.onColumn(field.name)}
        />
      </div>
      {open &&
        field.top.map((one) => {
          const share = Math.round((one.count / lines) * 100);
          const chosen = { name: field.name, value: one.value, from: field.from };
          return (
            <div key={one.value} className={styles.share} title={`${one.value}: ${count(one.count, "line")}`}>
              <span className={styles.shareBar} style={{ width: `${share}%` }} />
              <span className={styles.shareValue}>{one.value === "" ? '""' : one.value}</span>
              <span className={styles.shareTools}>
                <IconButton
                  icon="plus"
                  size={18}
                  label={`Only ${field.name} ${one.value}`}
                  onClick={() => onFilter(chosen, true)}
                />
                <IconButton
                  icon="minus"
                  size={18}
                  label={`Not ${field.name} ${one.value}`}
                  onClick={() => onFilter(chosen, false)}
                />
              </span>
              <span className={styles.sharePart}>{share < 1 ? "<1" : share} %</span>
            </div>
          );
        })}
    </div>
  );
}
