// Dashboards: those that were starred, those that were opened last, and those that come with Oriel.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { visitedDashboards } from "../app/visited";
import { searchDashboards } from "../dashboards/api";
import { Icon } from "../ui/Icon";
import { boardsOf } from "./boardsOf";
import styles from "./home.module.css";

export function Boards() {
  const [visited] = useState(visitedDashboards);
  const answer = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const boards = boardsOf(answer.data ?? [], visited);
  return (
    <section aria-label="Dashboards">
      <h2 className={styles.heading}>Dashboards</h2>
      <div className={styles.chips} data-testid="home-dashboards">
        {boards.map((one) => (
          <Link
            key={one.uid}
            to="/d/$uid"
            params={{ uid: one.uid }}
            search={({ from, to, refresh, tenant }) => ({ from, to, refresh, tenant })}
            className={styles.chip}
          >
            {one.starred ? <Icon name="star" size={12} /> : <Icon name="dashboards" size={12} />}
            {one.title}
          </Link>
        ))}
        {boards.length === 0 && (
          <span className={styles.muted}>{answer.isLoading ? "" : (answer.error?.message ?? "none yet")}</span>
        )}
      </div>
    </section>
  );
}
