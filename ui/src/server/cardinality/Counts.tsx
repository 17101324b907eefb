// Names with how many each has, as bars; each leads on.
import { Link } from "@tanstack/react-router";
import type { Count } from "../../api/prometheus/tsdbStatus";
import { whole } from "../../format/number";
import styles from "../server.module.css";

interface Props {
  title: string;
  rows: readonly Count[];
  /** The query that shows what is counted; a name without one is only said. */
  query: (name: string) => string | undefined;
  format?: (value: number) => string;
  /** Leads to the labels of this selector, or to the values of a label of it, instead of Explore. */
  into?: (name: string) => { readonly of: string; readonly by?: string };
}

export function Counts({ title, rows, query, format = whole, into }: Props) {
  const most = Math.max(1, ...rows.map((one) => one.value));
  return (
    <section aria-label={title}>
      <h2 className={styles.heading}>{title}</h2>
      {rows.map((one) => (
        <div key={one.name} className={styles.count}>
          <span className={styles.share} style={{ width: `${(one.value / most) * 100}%` }} />
          <Name name={one.name} q={query(one.name)} into={into?.(one.name)} />
          <span className={styles.countValue}>{format(one.value)}</span>
        </div>
      ))}
      {rows.length === 0 && <p className={styles.lead}>The server does not say.</p>}
    </section>
  );
}

interface NameProps {
  name: string;
  q: string | undefined;
  into: { readonly of: string; readonly by?: string } | undefined;
}

function Name({ name, q, into }: NameProps) {
  if (into !== undefined) {
    return (
      <Link
        to="/server"
        search={(old) => ({ ...old, tab: "cardinality" as const, by: undefined, ...into })}
        className={styles.countName}
        title={name}
      >
        {name}
      </Link>
    );
  }
  if (q === undefined) return <span className={styles.countName}>{name}</span>;
  return (
    <Link
      to="/explore"
      search={({ from, to, tenant }) => ({
        from,
        to,
        tenant,
        signal: "metrics" as const,
        q: [q],
        mode: "instant" as const,
      })}
      className={styles.countName}
      title={name}
    >
      {name}
    </Link>
  );
}
