// Blocks by signal and level, with where their data lies in time and how long it is kept.
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { fetchBlocks } from "../../api/oriel/blocks";
import { fetchConfig } from "../../api/oriel/config";
import { ago, bytes, count, short, whole } from "../../format/number";
import { absolute } from "../../time/range";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import { readLines } from "../configuration/configLines";
import styles from "../server.module.css";
import { bySignal, type LevelSum, retentionOf } from "./blocksOf";

/** Blocks change with each flush. */
const POLL_MS = 15_000;

export function Blocks() {
  const answer = useQuery({
    queryKey: ["blocks"],
    queryFn: ({ signal }) => fetchBlocks(signal),
    refetchInterval: (query) => (query.state.error === null ? POLL_MS : false),
  });
  const config = useQuery({ queryKey: ["configuration"], queryFn: ({ signal }) => fetchConfig(signal) });
  if (answer.data === undefined) {
    if (answer.error === null) return <SkeletonRows rows={6} />;
    return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  }
  const { blocks, count: all } = answer.data;
  const signals = bySignal(blocks);
  const lines = readLines(config.data?.yaml ?? "");
  if (signals.length === 0) {
    return (
      <p className={styles.lead}>
        No block yet: what arrived is in the log and in memory, and is written as blocks within the hours that{" "}
        <code className={styles.mono}>flush_age</code> says.
      </p>
    );
  }
  const now = Date.now();
  const from = Math.min(...signals.map((one) => one.from));
  const to = Math.max(now, ...signals.map((one) => one.to));
  return (
    <>
      {blocks.length < all && (
        <p className={styles.lead}>
          The newest {whole(blocks.length)} of {count(all, "block")}.
        </p>
      )}
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="blocks">
          <thead>
            <tr>
              <th>Signal</th>
              <th className={styles.right}>Blocks</th>
              <th className={styles.right}>Size</th>
              <th className={styles.right}>Rows</th>
              <th className={styles.right}>A row</th>
              <th className={styles.right}>Oldest</th>
              <th className={styles.right}>Newest</th>
              <th className={styles.timeline}>
                {ago(from, now)} <span className={styles.gap} /> now
              </th>
            </tr>
          </thead>
          <tbody>
            {signals.map((one) => (
              <Fragment key={one.signal}>
                <Row sum={one} name={one.signal} span={[from, to]} now={now} strong signal={one.signal} />
                {one.levels.map((level) => (
                  <Row
                    key={level.level}
                    sum={level}
                    name={level.level === 0 ? "as flushed" : `merged, level ${level.level}`}
                    span={[from, to]}
                    now={now}
                    signal={one.signal}
                  />
                ))}
                {config.data !== undefined && (
                  <tr>
                    <td className={styles.below} colSpan={8}>
                      {retentionOf(one.signal, lines)}
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface RowProps {
  sum: Omit<LevelSum, "level">;
  name: string;
  /** Of the whole table, epoch milliseconds. */
  span: readonly [number, number];
  now: number;
  strong?: boolean;
  signal: string;
}

function Row({ sum, name, span: [from, to], now, strong = false, signal }: RowProps) {
  const part = (at: number) => ((at - from) / Math.max(1, to - from)) * 100;
  return (
    <tr data-strong={strong}>
      <td className={strong ? undefined : styles.below}>{name}</td>
      <td className={styles.right}>{whole(sum.count)}</td>
      <td className={styles.right}>{bytes(sum.bytes)}</td>
      <td className={styles.right}>{short(sum.rows)}</td>
      <td className={styles.right}>{sum.rows === 0 ? "–" : `${(sum.bytes / sum.rows).toFixed(1)} B`}</td>
      <td className={styles.right} title={absolute(sum.from)}>
        {ago(sum.from, now)}
      </td>
      <td className={styles.right} title={absolute(sum.to)}>
        {ago(Math.min(now, sum.to), now)}
      </td>
      <td className={styles.timeline}>
        <span className={styles.lane}>
          <span
            style={{
              left: `${part(sum.from)}%`,
              width: `${Math.max(0.5, part(Math.min(to, sum.to)) - part(sum.from))}%`,
              background: `var(--${signal})`,
            }}
          />
        </span>
      </td>
    </tr>
  );
}
