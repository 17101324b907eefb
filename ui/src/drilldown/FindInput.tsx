// A text that names must hold, kept in the URL without a step back for each letter.
import styles from "./drilldown.module.css";
import { useDrilldown } from "./useDrilldown";

export function FindInput({ label }: { label: string }) {
  const { search, change } = useDrilldown();
  return (
    <input
      className={styles.find}
      type="search"
      placeholder={label}
      aria-label={label}
      value={search.find ?? ""}
      onChange={(event) => change({ find: event.currentTarget.value || undefined }, true)}
    />
  );
}
