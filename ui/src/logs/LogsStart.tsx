// What there is to read: services by volume, one click from their lines.
import { useQuery } from "@tanstack/react-query";
import { lokiLabels, lokiLabelValues } from "../api/loki/labels";
import { type Volume, volumeBy } from "../api/loki/volume";
import { bytes, count } from "../format/number";
import type { Range } from "../time/range";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { StartList } from "../ui/StartList";

/** What a stream is usually called by, in order of preference. */
const NAMING = ["service_name", "app", "job", "container", "filename"];

interface Streams {
  readonly label: string;
  readonly volumes: readonly Volume[];
}

async function findStreams(range: Range, signal: AbortSignal): Promise<Streams | undefined> {
  const known = await lokiLabels(range, signal);
  const label = NAMING.find((one) => known.includes(one)) ?? known[0];
  if (label === undefined) return undefined;
  const volumes = await volumeBy(label, range, signal).catch(() => []);
  if (volumes.length > 0) return { label, volumes };
  // A server without volumes still knows the names.
  const names = await lokiLabelValues(label, undefined, range, signal);
  return { label, volumes: names.map((name) => ({ name, bytes: 0 })) };
}

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
