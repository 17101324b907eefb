// What a run promised of itself: how many of its thresholds held, and each of them on demand.
import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryInstant } from "../../api/prometheus/query";
import { short } from "../../format/number";
import styles from "../server.module.css";
import { type LoadRun, promisedOf, promisedQuery } from "./loadRuns";

export function Thresholds({ run }: { run: LoadRun }) {
  const [open, setOpen] = useState(false);
  const { expr, at } = promisedQuery(run);
  const answer = useQuery({
    queryKey: ["load-thresholds", expr, at],
    queryFn: async ({ signal }) => promisedOf((await queryInstant(expr, at, signal)).rows),
    staleTime: run.isRunning ? 0 : Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  const all = answer.data ?? [];
  if (all.length === 0) return <>–</>;
  const crossed = all.filter((one) => !one.held).length;
  const words = crossed === 0 ? `${all.length} held` : `${crossed} of ${all.length} crossed`;
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={`${styles.unfold} ${crossed === 0 ? styles.live : styles.bad}`}
          aria-expanded={open}
          data-testid="thresholds"
          onClick={() => setOpen(!open)}
        >
          {words}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <table className={styles.table}>
          <tbody>
            {all.map((one) => (
              <tr key={`${one.metric} ${one.threshold}`}>
                <td className={one.held ? styles.live : styles.bad}>{one.held ? "held" : "crossed"}</td>
                <td className={styles.mono}>{one.metric}</td>
                <td className={styles.mono}>{one.threshold}</td>
                <td className={styles.right}>{one.measured === undefined ? "–" : short(one.measured)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Popover.Dropdown>
    </Popover>
  );
}
