// The filters that were clicked together, or added by name and value; a click takes one away.
import { useState } from "react";
import { Choice } from "../build/Choice";
import { choicesOf } from "../build/choices";
import { NOTHING } from "../build/model";
import { useTime } from "../time/TimeContext";
import { Icon } from "../ui/Icon";
import { Toggle } from "../ui/Toggle";
import styles from "./drilldown.module.css";
import { type Filter, ROOTS, writeFilter } from "./filters";
import { useDrilldown } from "./useDrilldown";

export function FilterBar() {
  const { filters, toggle, change } = useDrilldown();
  const [adding, setAdding] = useState(false);
  return (
    <div className={styles.filters} data-testid="filters">
      {filters.map((one) => (
        <button
          type="button"
          key={writeFilter(one)}
          className={styles.filter}
          data-wanted={one.wanted}
          title="Take this filter away"
          onClick={() => toggle(one)}
        >
          {words(one)}
          <Icon name="close" size={11} />
        </button>
      ))}
      {adding ? (
        <AddFilter onDone={() => setAdding(false)} />
      ) : (
        <Toggle icon="filter" label="Add a filter" onClick={() => setAdding(true)} testId="add-filter" />
      )}
      {filters.length > 0 && (
        <button type="button" className={styles.more} onClick={() => change({ f: undefined })}>
          Clear
        </button>
      )}
    </div>
  );
}

/** A name, how it compares, a value: what the server offers, or what is typed. */
function AddFilter({ onDone }: { onDone: () => void }) {
  const { signal, filters, toggle } = useDrilldown();
  const { range } = useTime();
  const [name, setName] = useState("");
  const [wanted, setWanted] = useState(true);
  const [value, setValue] = useState("");
  const choices = choicesOf(signal, range);
  const add = () => {
    if (name === "") return;
    if (!filters.some((one) => one.name === name && one.value === value && one.wanted === wanted))
      toggle({ kind: "label", name, value, wanted });
    onDone();
  };
  return (
    <fieldset
      className={styles.addFilter}
      aria-label="A new filter"
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    >
      <Choice
        label="Name"
        value={name}
        about={[signal, "filter"]}
        offer={(abort) => choices.names(NOTHING, abort)}
        onChange={setName}
        onRun={add}
      />
      <Toggle label={wanted ? "=" : "≠"} title="Is, or is not" onClick={() => setWanted(!wanted)} />
      <Choice
        label="Value"
        value={value}
        about={[signal, "filter", name]}
        offer={(abort) => (name === "" ? Promise.resolve([]) : choices.values(NOTHING, name, abort))}
        onChange={setValue}
        onRun={add}
      />
      <Toggle icon="plus" label="Add" disabled={name === ""} onClick={add} />
    </fieldset>
  );
}

function words(filter: Filter): string {
  const { kind, name, wanted, value } = filter;
  if (writeFilter(filter) === writeFilter(ROOTS)) return "root spans";
  if (kind === "pattern") return `${wanted ? "like" : "not like"} ${value}`;
  return `${name} ${wanted ? "=" : "≠"} ${value === "" ? '""' : value}`;
}
