// Behind a panel: its data as a table and CSV, the queries that were sent, its JSON.
import { useState } from "react";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { Toggle } from "../../ui/Toggle";
import { csvOf } from "../data/csv";
import { panelJson } from "../model/document";
import type { Panel } from "../model/types";
import { TablePanel } from "../panels/table/TablePanel";
import type { Plan } from "../query/plan";
import { useDashboard } from "./DashboardContext";
import type { Loaded } from "./data/usePanelData";
import styles from "./page.module.css";

const TABS = ["Data", "Queries", "JSON"] as const;

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
  const json = JSON.stringify(panelJson(dashboard.json, panel), null, 2);
  const queries = (plan?.queries ?? []).map(
    (one) => `# ${one.refId}, ${one.signal}, ${one.mode}, every ${one.stepMs / 1_000} s\n${one.expr}`,
  );
  return (
    <Dialog onClose={onClose} title={`Inspect ${title}`} size="80%">
      <div className={styles.tabs}>
        {TABS.map((one) => (
          <Toggle key={one} label={one} on={tab === one} onClick={() => setTab(one)} />
        ))}
        <span className={styles.gap} />
        <CopyButton
          label={tab === "Data" ? "Copy CSV" : "Copy"}
          text={() => (tab === "Data" ? csvOf(data.frames) : tab === "JSON" ? json : queries.join("\n\n"))}
        />
      </div>
      {tab === "Data" ? (
        <div style={{ height: 420 }}>
          <TablePanel
            panel={{ ...panel, options: {} }}
            frames={data.frames}
            range={{ from: 0, to: 1 }}
            width={800}
            height={420}
            lookup={() => undefined}
            syncKey={undefined}
            onZoom={() => undefined}
            onBack={() => undefined}
            events={[]}
            marks={[]}
            onMark={() => undefined}
            onMoment={undefined}
          />
        </div>
      ) : (
        <pre className={styles.code}>
          {tab === "JSON" ? json : queries.join("\n\n") || "This panel sends no query."}
        </pre>
      )}
    </Dialog>
  );
}
