// One service's lines: how many, and what they have in common by labels, by fields, by patterns; and the lines themselves.
import { useQuery } from "@tanstack/react-query";
import { type DetectedField, detectedFields, detectedLabels } from "../../api/loki/detected";
import { count, short } from "../../format/number";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { IconButton } from "../../ui/IconButton";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { Toggle } from "../../ui/Toggle";
import styles from "../drilldown.module.css";
import { FilterBar } from "../FilterBar";
import { linesQuery, volumeQuery } from "../queries";
import { Tile } from "../Tile";
import { TopValues } from "../TopValues";
import { useDrilldown } from "../useDrilldown";
import { ValueTiles } from "../ValueTiles";
import { FieldTile, hasMany } from "./FieldTile";
import { Lines } from "./Lines";
import { Patterns } from "./Patterns";

const TALL_PX = 140;
const VIEWS = [
  ["labels", "Labels"],
  ["fields", "Fields"],
  ["patterns", "Patterns"],
  ["lines", "Lines"],
] as const;

interface Props {
  label: string;
  service: string;
}

export function ServiceLogs({ label, service }: Props) {
  const { search, filters, change, explore } = useDrilldown();
  const view = search.view ?? "labels";
  const lines = linesQuery(label, service, filters);
  return (
    <>
      <div className={styles.bar}>
        <IconButton
          icon="left"
          label="All services"
          onClick={() => change({ of: undefined, by: undefined, f: undefined, view: undefined })}
        />
        <strong className={styles.title}>{service}</strong>
        <span className={styles.gap} />
        {VIEWS.map(([id, words]) => (
          <Toggle
            key={id}
            label={words}
            on={view === id}
            onClick={() => change({ view: id, by: undefined })}
            testId={`view-${id}`}
          />
        ))}
        <Toggle icon="explore" label="Open in Explore" onClick={() => explore("logs", lines)} />
      </div>
      <FilterBar />
      <Tile
        title="Lines by level"
        signal="logs"
        query={volumeQuery(lines, "detected_level")}
        format={short}
        height={TALL_PX}
        wide
        testId="whole"
      />
      {view === "patterns" && <Patterns label={label} service={service} />}
      {view === "lines" && <Lines query={lines} />}
      {(view === "labels" || view === "fields") && (
        <FieldTiles key={view} view={view} label={label} service={service} />
      )}
    </>
  );
}

function FieldTiles({ view, label, service }: Props & { view: "labels" | "fields" }) {
  const { search, filters, change } = useDrilldown();
  const { range, now } = useTime();
  const lines = linesQuery(label, service, filters);
  const answer = useQuery({
    queryKey: ["detected", view, lines, range.from, range.to, now],
    queryFn: ({ signal }) => (view === "labels" ? detectedLabels : detectedFields)(lines, range, signal),
    placeholderData: (before) => before,
  });
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={4} height={112} />;
  const fields = answer.data.filter((one) => one.name !== label);
  if (fields.length === 0)
    return <Notice title={view === "labels" ? "No other labels" : "No fields found in the lines"} />;
  const linesOf = (one: DetectedField) => linesQuery(label, service, filters, one.parser);
  const kindOf = (one: DetectedField) => (view === "labels" ? "label" : (one.parser ?? "metadata"));
  const chosen = fields.find((one) => one.name === search.by);
  return (
    <>
      <div className={styles.chips} role="toolbar" aria-label="Break down by">
        <Toggle label={`All ${view}`} on={chosen === undefined} onClick={() => change({ by: undefined })} />
        {fields.map((one) => (
          <Toggle
            key={one.name}
            label={`${one.name} ${one.cardinality}`}
            on={chosen === one}
            onClick={() => change({ by: one.name })}
          />
        ))}
      </div>
      {chosen === undefined ? (
        <div className={styles.tiles} data-testid="label-tiles">
          {fields.map((one) => (
            <FieldTile key={one.name} field={one} lines={linesOf(one)} onPick={() => change({ by: one.name })} />
          ))}
        </div>
      ) : hasMany(chosen) ? (
        <TopValues key={chosen.name} lines={linesOf(chosen)} name={chosen.name} kind={kindOf(chosen)} />
      ) : (
        <ValueTiles
          key={chosen.name}
          signal="logs"
          query={volumeQuery(linesOf(chosen), chosen.name)}
          label={chosen.name}
          kind={kindOf(chosen)}
          format={short}
          note={(weight) => count(weight, "line")}
        />
      )}
    </>
  );
}
