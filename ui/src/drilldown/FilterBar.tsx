// The filters that were clicked together; a click takes one away.
import { Icon } from "../ui/Icon";
import styles from "./drilldown.module.css";
import { type Filter, writeFilter } from "./filters";
import { useDrilldown } from "./useDrilldown";

export function FilterBar() {
  const { filters, toggle, change } = useDrilldown();
  if (filters.length === 0) return null;
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
      <button type="button" className={styles.more} onClick={() => change({ f: undefined })}>
        Clear
      </button>
    </div>
  );
}

function words({ kind, name, wanted, value }: Filter): string {
  if (kind === "pattern") return `${wanted ? "like" : "not like"} ${value}`;
  return `${name} ${wanted ? "=" : "≠"} ${value === "" ? '""' : value}`;
}
