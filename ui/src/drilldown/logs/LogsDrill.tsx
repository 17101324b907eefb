// Logs: services by how much they write; one of them by labels, fields, patterns and lines.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { bytes, count, short } from "../../format/number";
import { findStreams } from "../../logs/streams";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import { FindInput } from "../FindInput";
import { findNames } from "../names";
import { linesQuery, volumeQuery } from "../queries";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";
import { ServiceLogs } from "./ServiceLogs";

const FIRST = 40;

export function LogsDrill() {
  const { search, change } = useDrilldown();
  const { range, now } = useTime();
  const [most, setMost] = useState(FIRST);
  const streams = useQuery({
    queryKey: ["log-streams", range.from, range.to, now],
    queryFn: ({ signal }) => findStreams(range, signal),
    placeholderData: (before) => before,
  });
  if (streams.error !== null) return <ErrorNotice error={streams.error} onRetry={() => void streams.refetch()} />;
  if (streams.isLoading) return <SkeletonRows rows={8} height={112} />;
  const found = streams.data;
  if (found === undefined || found.volumes.length === 0) {
    return <Notice title="No lines in this range">Widen the time range, or see Home for how to send logs.</Notice>;
  }
  if (search.of !== undefined) return <ServiceLogs key={search.of} label={found.label} service={search.of} />;
  const names = findNames(
    found.volumes.map((one) => one.name),
    search.find ?? "",
  );
  const sizes = new Map(found.volumes.map((one) => [one.name, one.bytes]));
  return (
    <>
      <div className={styles.bar}>
        <FindInput label={`Find by ${found.label}`} />
        <span className={styles.muted}>
          {count(names.length, "value")} of {found.label}, most written first
        </span>
      </div>
      <div className={styles.tiles} data-testid="service-tiles">
        {names.slice(0, most).map((name) => (
          <Tile
            key={name}
            title={name}
            note={bytes(sizes.get(name) ?? 0)}
            signal="logs"
            query={volumeQuery(linesQuery(found.label, name, []), "detected_level")}
            format={short}
            onPick={() => change({ of: name, view: undefined })}
          />
        ))}
      </div>
      {names.length > most && (
        <button type="button" className={styles.more} onClick={() => setMost(most * 2)}>
          {names.length - most} more
        </button>
      )}
    </>
  );
}
