// Other dashboards to go to.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { number, text, texts } from "../../../api/decode";
import { searchDashboards } from "../../api";
import { interpolate } from "../../variables/interpolate";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";

/** As many as one looks through. */
const USUAL_ITEMS = 30;

export function DashListPanel({ panel, lookup }: PanelProps) {
  const found = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const filled = (option: string) => interpolate(option, lookup, "plain");
  const words = filled(text(panel.options.query)).toLowerCase();
  const tags = texts(panel.options.tags).map(filled);
  const { showStarred, folderUID } = panel.options;
  const folder = filled(text(folderUID));
  const hits = (found.data ?? [])
    .filter(
      (one) =>
        one.title.toLowerCase().includes(words) &&
        tags.every((tag) => one.tags.includes(tag)) &&
        (folder === "" || one.folderUid === folder) &&
        (one.starred || showStarred !== true || words !== "" || tags.length > 0),
    )
    .slice(0, Math.max(1, number(panel.options.maxItems) ?? USUAL_ITEMS));
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
