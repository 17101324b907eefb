// Behind a panel: its data as a table and CSV, figures about it, the queries that were sent, its JSON and that of its data.
import { useState } from "react";
import { bytes, count } from "../../format/number";
import { absolute } from "../../time/range";
import { stepText } from "../../time/step";
import { CopyButton } from "../../ui/copy/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { useWidth } from "../../ui/hooks/useWidth";
import { saveFile } from "../../ui/save/saveFile";
import { Toggle } from "../../ui/Toggle";
import { csvOf } from "../data/csv";
import { type DataFrame, frameLength } from "../data/frame";
import { panelJson } from "../model/document";
import type { Panel } from "../model/types";
import { TablePanel } from "../panels/table/TablePanel";
import type { Plan } from "../query/plan";
import { useDashboard } from "./DashboardContext";
import type { Loaded } from "./data/usePanelData";
import styles from "./page.module.css";
import { slugOf } from "./panel/shareLinks";

const TABS = ["Data", "Figures", "Queries", "JSON"] as const;

/** More rows would make the browser wait for a text that nobody reads. */
const MOST_JSON_ROWS = 500;

interface Props {
  title: string;
  panel: Panel;
  plan: Plan | undefined;
  data: Loaded;
  onClose: () => void;
}

export function Inspect({ title, panel, plan, data, onClose }: Props) {
  const { dashboard } = useDashboard();
  const [tab, setTab] = useState<(typeof TABS)[number]>("Data");
  const [raw, setRaw] = useState(false);
  const [ofData, setOfData] = useState(false);
  const frames = raw ? data.raw : data.frames;
  const text = () => {
    if (tab === "Data") return csvOf(frames);
    if (tab === "Queries") return queriesOf(plan);
    if (tab === "JSON") return JSON.stringify(ofData ? jsonOf(frames) : panelJson(dashboard.json, panel), null, 2);
    return figuresOf(plan, data)
      .map((one) => one.join(": "))
      .join("\n");
  };
  return (
    <Dialog onClose={onClose} title={`Inspect ${title}`} size="80%">
      <div className={styles.tabs}>
        {TABS.map((one) => (
          <Toggle key={one} label={one} on={tab === one} onClick={() => setTab(one)} />
        ))}
        <span className={styles.gap} />
        {(tab === "Data" || ofData) && panel.transformations.length > 0 && (
          <Toggle label="Before the steps" on={raw} onClick={() => setRaw(!raw)} />
        )}
        {tab === "JSON" && <Toggle label="Of the data" on={ofData} onClick={() => setOfData(!ofData)} />}
        {tab === "Data" && (
          <Toggle
            icon="download"
            label="Save CSV"
            onClick={() => saveFile(`${slugOf(title) || "panel"}.csv`, "text/csv", text())}
          />
        )}
        <CopyButton label={tab === "Data" ? "Copy CSV" : "Copy"} text={text} />
      </div>
      {tab === "Data" ? (
        <Rows panel={panel} frames={frames} />
      ) : tab === "Figures" ? (
        <table className={styles.figures}>
          <tbody>
            {figuresOf(plan, data).map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <pre className={styles.code}>{text()}</pre>
      )}
    </Dialog>
  );
}

const nothing = () => undefined;

function Rows({ panel, frames }: { panel: Panel; frames: readonly DataFrame[] }) {
  const [host, width] = useWidth();
  return (
    <div ref={host} style={{ height: 420 }}>
      {width > 0 && (
        <TablePanel
          panel={{ ...panel, options: {} }}
          frames={frames}
          range={{ from: 0, to: 1 }}
          width={width}
          height={420}
          lookup={nothing}
          syncKey={undefined}
          onZoom={nothing}
          onBack={nothing}
          events={[]}
          marks={[]}
          onMark={nothing}
          onMoment={undefined}
        />
      )}
    </div>
  );
}

function queriesOf(plan: Plan | undefined): string {
  const queries = (plan?.queries ?? []).map(
    (one) => `# ${one.refId}, ${one.signal}, ${one.mode}, every ${one.stepMs / 1_000} s\n${one.expr}`,
  );
  return queries.join("\n\n") || "This panel sends no query.";
}

function figuresOf(plan: Plan | undefined, data: Loaded): [string, string][] {
  const sum = (of: (frame: DataFrame) => number) => data.raw.reduce((all, one) => all + of(one), 0);
  const queries = plan?.queries ?? [];
  const steps = [...new Set(queries.map((one) => stepText(one.stepMs)))];
  return [
    ["Time of the answer", data.tookMs === undefined ? "–" : `${Math.round(data.tookMs)} ms`],
    ["Queries", String(queries.length)],
    ["A point every", steps.join(", ") || "–"],
    ["From", plan === undefined ? "–" : absolute(plan.range.from)],
    ["To", plan === undefined ? "–" : absolute(plan.range.to)],
    ["Tables answered", String(data.raw.length)],
    ["Rows", count(sum(frameLength), "row")],
    [
      "Fields",
      count(
        sum((one) => one.fields.length),
        "field",
      ),
    ],
    ["Tables after the steps", String(data.frames.length)],
    ["As CSV", bytes(csvOf(data.raw).length)],
    ["Notes", data.notes.join("; ") || "none"],
  ];
}

/** The tables as plain values; the first rows of long ones. */
function jsonOf(frames: readonly DataFrame[]) {
  return frames.map((frame) => ({
    refId: frame.refId,
    rows: frameLength(frame),
    fields: frame.fields.map(({ name, type, labels, values }) => ({
      name,
      type,
      labels,
      values: values.slice(0, MOST_JSON_ROWS),
    })),
  }));
}
