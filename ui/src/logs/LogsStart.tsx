// What there is to read: services by volume, one click from their lines.
import { useQuery } from "@tanstack/react-query";
import { bytes, count } from "../format/number";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { StartList } from "../ui/StartList";
import { findStreams } from "./streams";

export function LogsStart({ onPick }: { onPick: (query: string) => void }) {
  const { range } = useTime();
  const streams = useQuery({
    queryKey: ["log-streams", range.from, range.to],
    queryFn: ({ signal }) => findStreams(range, signal),
    placeholderData: (before) => before,
  });
  if (streams.isLoading) return <SkeletonRows rows={10} height={26} />;
  if (streams.error !== null) {
    return (
      <div style={{ padding: 12 }}>
        <ErrorNotice error={streams.error} onRetry={() => void streams.refetch()} />
      </div>
    );
  }
  const found = streams.data;
  if (found === undefined || found.volumes.length === 0) {
    return <Notice title="No lines in this range">Widen the time range, or see Home for how to send logs.</Notice>;
  }
  return (
    <StartList
      head={`${count(found.volumes.length, "value")} of ${found.label} in this range, by volume`}
      signal="logs"
      items={found.volumes.map((one) => ({
        name: one.name,
        note: one.bytes > 0 ? bytes(one.bytes) : "",
        weight: one.bytes,
        onPick: () => onPick(`{${found.label}=${JSON.stringify(one.name)}}`),
      }))}
    />
  );
}
