// The lines that are left after the filters, as Explore shows them.

import type { Field } from "../../logs/fields";
import { LineList, type ListEnd } from "../../logs/lines/LineList";
import { useLines } from "../../logs/useLines";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../drilldown.module.css";
import type { Kind } from "../filters";
import { useDrilldown } from "../useDrilldown";

const NEWER: ListEnd = { hasMore: false, isLoading: false, onMore: () => undefined, foot: null };
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
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.isLoading) return <SkeletonRows rows={12} height={20} />;
  if (lines.size === 0) return <Notice title="No lines in this range">Take a filter away, or widen the range.</Notice>;
  return (
    <div className={styles.lines}>
      <LineList
        key={query}
        lines={lines}
        query={query}
        wrap={false}
        pretty={false}
        older={{
          hasMore: answer.hasNextPage,
          isLoading: answer.isFetchingNextPage,
          onMore: () => void answer.fetchNextPage({ cancelRefetch: false }),
          foot: "",
        }}
        newer={NEWER}
        onFilter={({ name, value, from }, wanted) => toggle({ kind: KINDS[from], name, value, wanted })}
        onScrolled={() => undefined}
      />
    </div>
  );
}
