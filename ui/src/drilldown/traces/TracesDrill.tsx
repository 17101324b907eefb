// Traces: rate, errors and duration of spans; what they are made of by attribute, and what is different about the bad ones.
import { useQuery } from "@tanstack/react-query";
import { tagNames } from "../../api/tempo/tags";
import { duration, perTime } from "../../format/number";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Toggle } from "../../ui/Toggle";
import styles from "../drilldown.module.css";
import { FilterBar } from "../FilterBar";
import { ROOTS, writeFilter } from "../filters";
import { spanQuery, spanSelector } from "../queries";
import { MEASURES, type Measure } from "../search";
import { Tile } from "../Tile";
import { useDrilldown } from "../useDrilldown";
import { ValueTiles } from "../ValueTiles";
import { Comparison } from "./Comparison";

const WORDS: Readonly<Record<Measure, string>> = { rate: "Rate", errors: "Errors", duration: "Duration" };
const TALL_PX = 150;

/** Those that explain most come first. */
const FIRST = ["resource.service.name", "name", "kind", "status"];

export function formatOf(measure: Measure): (value: number) => string {
  return measure === "duration" ? (value) => duration(value * 1e9) : perTime;
}

export function TracesDrill() {
  const { search, filters, change, explore, toggle } = useDrilldown();
  const isRoots = filters.some((one) => writeFilter(one) === writeFilter(ROOTS));
  const { range, now } = useTime();
  const measure = search.measure ?? "rate";
  const names = useQuery({
    queryKey: ["span-fields", range.from, range.to, now],
    queryFn: ({ signal }) => tagNames(range, signal),
    placeholderData: (before) => before,
  });
  const fields = (names.data ?? [])
    .flatMap((scope) =>
      scope.name === "span" || scope.name === "resource" ? scope.tags.map((tag) => `${scope.name}.${tag}`) : [],
    )
    .filter((one) => !FIRST.includes(one));
  const by = search.by ?? FIRST[0] ?? "name";
  const format = formatOf(measure);
  return (
    <>
      <div className={styles.bar}>
        <Toggle label="All spans" on={!isRoots} onClick={() => isRoots && toggle(ROOTS)} />
        <Toggle label="Root spans" on={isRoots} onClick={() => !isRoots && toggle(ROOTS)} testId="roots" />
        <span className={styles.muted}>Choose what to look at</span>
        <span className={styles.gap} />
        <Toggle
          icon="explore"
          label="Find these traces"
          onClick={() => explore("traces", spanSelector(filters, measure === "errors" ? ["status = error"] : []))}
        />
      </div>
      <FilterBar />
      <div className={styles.measures}>
        {MEASURES.map((one) => (
          <div key={one} className={styles.measure} data-on={one === measure}>
            <Tile
              title={WORDS[one]}
              note={one === "duration" ? "50, 90 and 99 of 100" : ""}
              signal="traces"
              query={spanQuery(one, filters)}
              format={formatOf(one)}
              height={TALL_PX}
              exemplars
              onPick={() => change({ measure: one })}
              testId={`measure-${one}`}
            />
          </div>
        ))}
      </div>
      <div className={styles.chips} role="toolbar" aria-label="View">
        <Toggle label="Break down" on={search.view !== "compare"} onClick={() => change({ view: "breakdown" })} />
        <Toggle
          icon="compare"
          label={measure === "duration" ? "What slow spans have in common" : "What failed spans have in common"}
          on={search.view === "compare"}
          onClick={() => change({ view: "compare" })}
          testId="view-compare"
        />
      </div>
      {names.error !== null && <ErrorNotice error={names.error} onRetry={() => void names.refetch()} />}
      {search.view === "compare" ? (
        <Comparison measure={measure} filters={filters} />
      ) : (
        <>
          <div className={styles.chips} role="toolbar" aria-label="Break down by">
            {[...FIRST, ...fields].map((one) => (
              <Toggle key={one} label={one} on={by === one} onClick={() => change({ by: one })} />
            ))}
          </div>
          <ValueTiles
            key={`${by} ${measure}`}
            signal="traces"
            query={spanQuery(measure, filters, by)}
            label={by}
            kind="label"
            format={format}
            note={format}
          />
        </>
      )}
    </>
  );
}
