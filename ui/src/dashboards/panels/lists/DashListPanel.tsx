// Other dashboards to go to.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { text, texts } from "../../../api/decode";
import { searchDashboards } from "../../api";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";

export function DashListPanel({ panel }: PanelProps) {
  const found = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const words = text(panel.options.query).toLowerCase();
  const tags = texts(panel.options.tags);
  const hits = (found.data ?? []).filter(
    (one) => one.title.toLowerCase().includes(words) && tags.every((tag) => one.tags.includes(tag)),
  );
  if (hits.length === 0) return <NoData text="No dashboards" />;
  return (
    <div className={styles.traces}>
      {hits.map((one) => (
        <Link key={one.uid} to="/d/$uid" params={{ uid: one.uid }} className={styles.listed}>
          {one.title}
        </Link>
      ))}
    </div>
  );
}
