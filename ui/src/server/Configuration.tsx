// The configuration in force, as the server reads it back: defaults included.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { record, text } from "../api/decode";
import { getJson } from "../api/http";
import { CopyButton } from "../ui/CopyButton";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import styles from "./server.module.css";

export function Configuration() {
  const [find, setFind] = useState("");
  const answer = useQuery({
    queryKey: ["configuration"],
    queryFn: async ({ signal }) => text(record(record(await getJson("/api/v1/status/config", { signal })).data).yaml),
  });
  const lines = useMemo(() => (answer.data ?? "").split("\n"), [answer.data]);
  if (answer.isLoading) return <SkeletonRows rows={16} />;
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if ((answer.data ?? "") === "") return <Notice title="The server does not show its configuration" />;
  const wanted = find.trim().toLowerCase();
  return (
    <>
      <div className={styles.tools}>
        <input
          className={styles.find}
          placeholder="Find in the configuration"
          aria-label="Find in the configuration"
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        <CopyButton label="Copy" text={() => answer.data ?? ""} />
      </div>
      <pre className={styles.yaml} data-testid="configuration">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <div key={index} data-found={wanted !== "" && line.toLowerCase().includes(wanted)}>
            {line === "" ? " " : line}
          </div>
        ))}
      </pre>
    </>
  );
}
