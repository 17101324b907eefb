// The server itself: version, memory, disk, and each door with its health.
import type { Status } from "../api/oriel/status";
import { bytes, duration, whole } from "../format/number";
import styles from "./home.module.css";
import { reachable } from "./snippets";

const DOOR_WORDS: Readonly<Record<string, string>> = {
  ui: "this page",
  prometheus: "PromQL, remote write",
  loki: "LogQL, push, tail",
  tempo: "TraceQL, traces by id",
  tempo_grpc: "TraceQL, streamed over gRPC",
  otlp_grpc: "OpenTelemetry over gRPC",
  otlp_http: "OpenTelemetry over HTTP",
};

export function ServerFacts({ status }: { status: Status }) {
  const { diskTotalBytes: total, diskFreeBytes: free } = status;
  const used = total === undefined || free === undefined || total === 0 ? undefined : 1 - free / total;
  const facts: [string, string | undefined][] = [
    ["Version", status.version],
    ["Up for", status.uptimeSeconds === undefined ? undefined : duration(status.uptimeSeconds * 1e9)],
    ["Memory", status.memoryBytes === undefined ? undefined : bytes(status.memoryBytes)],
    ["In blocks", inBlocks(status)],
    ["In the log", status.logBytes === undefined ? undefined : bytes(status.logBytes)],
    ["Tenants", status.tenants.length === 0 ? undefined : status.tenants.slice(0, 6).join(", ")],
  ];
  return (
    <section aria-label="This server">
      <h2 className={styles.heading}>This server</h2>
      <dl className={styles.facts}>
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {used !== undefined && (
        <div className={styles.disk} title={`${bytes(free ?? 0)} free`}>
          <span className={styles.diskBar}>
            <span style={{ width: `${used * 100}%` }} data-full={used > 0.9} />
          </span>
          <span className={styles.muted}>
            Disk {Math.round(used * 100)} % used, {bytes(free ?? 0)} free
          </span>
        </div>
      )}
      <table className={styles.doors} data-testid="doors">
        <tbody>
          {status.doors.map((door) => (
            <tr key={`${door.name} ${door.address}`}>
              <td>
                <span className={styles.light} data-open={door.open} />
                {door.name.replaceAll("_", " ")}
              </td>
              <td className={styles.mono}>{reachable(door.address, location.hostname)}</td>
              <td className={styles.muted}>
                {door.open ? (DOOR_WORDS[door.name.replaceAll("-", "_")] ?? "open") : "closed"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function inBlocks(status: Status): string | undefined {
  if (status.blockBytes === undefined) return undefined;
  return status.blocks === undefined
    ? bytes(status.blockBytes)
    : `${bytes(status.blockBytes)} in ${whole(status.blocks)}`;
}
