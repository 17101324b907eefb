// What there is to find: services that sent spans, and the searches everyone starts with.
import { useQuery } from "@tanstack/react-query";
import { tagValues } from "../api/tempo/tags";
import { count } from "../format/number";
import { useTime } from "../time/TimeContext";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import { StartList } from "../ui/StartList";
import { Toggle } from "../ui/Toggle";
import styles from "./traces.module.css";

const FIRST: readonly { label: string; query: string }[] = [
  { label: "All traces", query: "{}" },
  { label: "Errors", query: "{ status = error }" },
  { label: "Slower than 500 ms", query: "{ traceDuration > 500ms }" },
  { label: "Rate by service", query: "{} | rate() by (resource.service.name)" },
];

export function TracesStart({ onPick }: { onPick: (query: string) => void }) {
  const { range } = useTime();
  const services = useQuery({
    queryKey: ["trace-services", range.from, range.to],
    queryFn: ({ signal }) => tagValues("resource.service.name", range, signal),
    placeholderData: (before) => before,
  });
  if (services.isLoading) return <SkeletonRows rows={8} height={26} />;
  if (services.error !== null) {
    return (
      <div style={{ padding: 12 }}>
        <ErrorNotice error={services.error} onRetry={() => void services.refetch()} />
      </div>
    );
  }
  const names = (services.data ?? []).map((one) => one.value).sort();
  if (names.length === 0) {
    return <Notice title="No traces in this range">Widen the time range, or see Home for how to send spans.</Notice>;
  }
  return (
    <>
      <div className={styles.first}>
        {FIRST.map((one) => (
          <Toggle key={one.label} label={one.label} onClick={() => onPick(one.query)} />
        ))}
      </div>
      <StartList
        head={`${count(names.length, "service")} sent spans in this range`}
        signal="traces"
        items={names.map((name) => ({
          name,
          note: "",
          weight: 0,
          onPick: () => onPick(`{ resource.service.name = ${JSON.stringify(name)} }`),
        }))}
      />
    </>
  );
}
