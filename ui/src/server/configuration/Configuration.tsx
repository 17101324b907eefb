// The configuration in force, as the server reads it back without secrets; what was set is told from what is usual.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { fetchConfig } from "../../api/oriel/config";
import { count } from "../../format/number";
import { CopyButton } from "../../ui/copy/CopyButton";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { Toggle } from "../../ui/Toggle";
import styles from "../server.module.css";
import { compareConfig, onlyChanged } from "./configLines";

export function Configuration() {
  const [find, setFind] = useState("");
  const [only, setOnly] = useState(false);
  const answer = useQuery({ queryKey: ["configuration"], queryFn: ({ signal }) => fetchConfig(signal) });
  const { yaml = "", defaults = "" } = answer.data ?? {};
  const all = useMemo(() => compareConfig(yaml, defaults), [yaml, defaults]);
  if (answer.isLoading) return <SkeletonRows rows={16} />;
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (yaml === "") return <Notice title="The server does not show its configuration" />;
  const wanted = find.trim().toLowerCase();
  const changed = new Set(all.filter((one) => one.isChanged).map((one) => one.path)).size;
  const shown = only ? onlyChanged(all) : all;
  return (
    <>
      <div className={styles.tools}>
        <input
          className={styles.find}
          type="search"
          placeholder="Find in the configuration"
          aria-label="Find in the configuration"
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        <Toggle
          icon="compare"
          label={`Only what was set (${changed})`}
          on={only}
          onClick={() => setOnly(!only)}
          testId="only-changed"
        />
        <CopyButton label="Copy" text={() => shown.map((one) => one.text).join("\n")} />
      </div>
      {only && shown.length === 0 ? (
        <Notice title="Everything is as usual">No key differs from its default.</Notice>
      ) : (
        <pre className={styles.yaml} data-testid="configuration">
          {shown.map((line, index) => (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              key={index}
              className={styles.configLine}
              data-changed={line.isChanged}
              data-found={wanted !== "" && line.text.toLowerCase().includes(wanted)}
            >
              <span>{line.text === "" ? " " : line.text}</span>
              {line.isChanged && line.usual !== undefined && line.usual !== "" && (
                <span className={styles.usual}>usually {line.usual}</span>
              )}
            </div>
          ))}
        </pre>
      )}
      <p className={styles.after}>{count(changed, "key")} set by file, environment or flag; secrets are not shown.</p>
    </>
  );
}
