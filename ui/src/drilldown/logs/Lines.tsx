// The lines that are left after the filters, as Explore shows them.

import type { Field } from "../../logs/fields";
import { LineList, type ListEnd } from "../../logs/lines/LineList";
import { useLines } from "../../logs/useLines";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { useStoredFlag } from "../../ui/stored";
import { Toggle } from "../../ui/Toggle";
import styles from "../drilldown.module.css";
import type { Kind } from "../filters";
import { useDrilldown } from "../useDrilldown";

const ABOVE: ListEnd = { hasMore: false, isLoading: false, onMore: () => undefined, foot: null };
const KINDS: Readonly<Record<Field["from"], Kind>> = {
  label: "label",
  metadata: "metadata",
  parsed: "metadata",
  json: "json",
  logfmt: "logfmt",
};

export function Lines({ query }: { query: string }) {
  const { toggle } = useDrilldown();
  const { answer, lines } = useLines(query, true);
  const [wrap, setWrap] = useStoredFlag("oriel.logs.wrap", false);
  const [pretty, setPretty] = useStoredFlag("oriel.logs.pretty", false);
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.isLoading) return <SkeletonRows rows={12} height={20} />;
  if (lines.size === 0) return <Notice title="No lines in this range">Take a filter away, or widen the range.</Notice>;
  return (
    <>
      <div className={styles.chips} role="toolbar" aria-label="How lines are shown">
        <Toggle icon="wrap" label="Wrap" on={wrap} onClick={() => setWrap(!wrap)} />
        <Toggle icon="braces" label="JSON" on={pretty} onClick={() => setPretty(!pretty)} />
      </div>
      <div className={styles.lines}>
        <LineList
          key={query}
          lines={lines}
          query={query}
          wrap={wrap}
          pretty={pretty}
          below={{
            hasMore: answer.hasNextPage,
            isLoading: answer.isFetchingNextPage,
            onMore: () => void answer.fetchNextPage({ cancelRefetch: false }),
            foot: "",
          }}
          above={ABOVE}
          onFilter={({ name, value, from }, wanted) => toggle({ kind: KINDS[from], name, value, wanted })}
          onScrolled={() => undefined}
        />
      </div>
    </>
  );
}
