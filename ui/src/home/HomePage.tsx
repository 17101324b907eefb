// Home: what arrives now, this server and this host, what there is to look at, and how to send more. Never empty.
import { useState } from "react";
import { useStatus } from "../app/useStatus";
import { ErrorNotice } from "../ui/ErrorNotice";
import { SkeletonBlock, SkeletonRows } from "../ui/Skeletons";
import { Arriving } from "./Arriving";
import { Boards } from "./Boards";
import { HostTiles } from "./HostTiles";
import styles from "./home.module.css";
import { type Poll, withPoll } from "./rates";
import { SendData } from "./SendData";
import { ServerFacts } from "./ServerFacts";
import { Sources } from "./Sources";

/** Fresh enough to see a sender start, rare enough to cost nothing. */
const POLL_MS = 5_000;

export function HomePage() {
  const status = useStatus(POLL_MS);
  const [polls, setPolls] = useState<readonly Poll[]>([]);
  if (status.data !== undefined) {
    const next = withPoll(polls, { at: status.dataUpdatedAt, ingest: status.data.ingest });
    if (next !== polls) setPolls(next);
  }
  return (
    <div className={styles.home}>
      {status.data === undefined && status.error !== null && (
        <ErrorNotice error={status.error} onRetry={() => void status.refetch()} />
      )}
      {status.isLoading && (
        <>
          <SkeletonBlock height={104} />
          <SkeletonRows rows={8} />
        </>
      )}
      {status.data !== undefined && (
        <>
          <Arriving polls={polls} ingest={status.data.ingest} />
          <div className={styles.columns}>
            <ServerFacts status={status.data} />
            <div>
              <HostTiles />
              <Sources />
              <Boards />
            </div>
          </div>
        </>
      )}
      <SendData doors={status.data?.doors ?? []} />
    </div>
  );
}
