// What is stored and where the room goes: log, blocks, disk, memory.
import { useStatus } from "../../app/useStatus";
import { bytes, duration, whole } from "../../format/number";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";
import { Blocks } from "./Blocks";

/** Storage changes with each flush, not with each second. */
const POLL_MS = 15_000;
/** From here on an operator should act. */
const NEARLY_FULL = 0.9;

export function Storage() {
  const answer = useStatus(POLL_MS);
  if (answer.isLoading) return <SkeletonRows rows={6} />;
  if (answer.data === undefined) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  const status = answer.data;
  const total = status.diskTotalBytes;
  const free = status.diskFreeBytes;
  const used = total === undefined || free === undefined ? undefined : total - free;
  const facts: [string, string | undefined, string][] = [
    [
      "In blocks",
      size(status.blockBytes),
      status.blocks === undefined ? "" : `${whole(status.blocks)} immutable objects, compacted in the background`,
    ],
    ["In the log", size(status.logBytes), "written before each ack; trimmed when a block holds it"],
    [
      "Memory of the process",
      size(status.memoryBytes),
      status.uptimeSeconds === undefined ? "" : `up for ${duration(status.uptimeSeconds * 1e9)}`,
    ],
    ["Tenants", whole(status.tenants.length), status.tenants.slice(0, 8).join(", ")],
  ];
  return (
    <>
      {used !== undefined && total !== undefined && total > 0 && (
        <div className={styles.disk}>
          <div className={styles.diskBar} data-full={used / total > NEARLY_FULL}>
            <span style={{ width: `${(used / total) * 100}%` }} />
          </div>
          <p className={styles.lead}>
            {bytes(free ?? 0)} free of {bytes(total)} on the disk of the data folder
            {used / total > NEARLY_FULL && (
              <strong className={styles.bad}>: shorten the retention or add room before it is full</strong>
            )}
          </p>
        </div>
      )}
      <table className={styles.table} data-testid="storage">
        <tbody>
          {facts.map(
            ([name, value, words]) =>
              value !== undefined && (
                <tr key={name}>
                  <td>{name}</td>
                  <td className={styles.right}>{value}</td>
                  <td className={styles.muted}>{words}</td>
                </tr>
              ),
          )}
        </tbody>
      </table>
      <div className={styles.section}>
        <h2 className={styles.heading}>Blocks of this tenant</h2>
        <Blocks />
      </div>
    </>
  );
}

function size(value: number | undefined): string | undefined {
  return value === undefined ? undefined : bytes(value);
}
