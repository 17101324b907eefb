// Home: what this server is and what arrives.
import { useStatus } from "../app/useStatus";
import { duration } from "../format/number";
import { ErrorNotice } from "../ui/ErrorNotice";
import { SkeletonRows } from "../ui/Skeletons";

const EVERY_MS = 5_000;

export function HomePage() {
  const status = useStatus(EVERY_MS);
  if (status.isLoading) return <SkeletonRows rows={6} />;
  if (status.data === undefined) return <ErrorNotice error={status.error} onRetry={() => void status.refetch()} />;
  return (
    <div style={{ padding: 16 }}>
      Oriel {status.data.version}, up {duration((status.data.uptimeSeconds ?? 0) * 1e9)}
      {status.data.doors.map((door) => (
        <div key={door.name}>
          {door.name} {door.address} {door.open ? "open" : "closed"}
        </div>
      ))}
    </div>
  );
}
