// A panel beside its settings: the panel as it is drawn, its queries and steps under it, its options at the side.
import { type ReactNode, useMemo, useState } from "react";
import type { Json } from "../../api/decode";
import { stepText } from "../../time/step";
import { useTime } from "../../time/TimeContext";
import { useWidth } from "../../ui/hooks/useWidth";
import { Toggle } from "../../ui/Toggle";
import { atPath, type Path } from "../model/patch/path";
import type { PlacedPanel } from "../model/section";
import { useDashboard } from "../page/DashboardContext";
import { filledPanel } from "../page/data/filled";
import { usePanelData } from "../page/data/usePanelData";
import { usePanelLookup } from "../page/data/usePanelLookup";
import { usePanelPlan } from "../page/data/usePanelPlan";
import { PanelFrame } from "../page/PanelFrame";
import type { Plan } from "../query/plan";
import { stages } from "../transform/transform";
import styles from "./edit.module.css";
import { FramesTable } from "./FramesTable";
import { namesOf } from "./names";
import { Overrides } from "./Overrides";
import { PanelJson } from "./PanelJson";
import { Queries } from "./queries/Queries";
import { Settings } from "./Settings";
import { suggestedTypes } from "./suggest";
import { Transformations } from "./Transformations";

type Tab = "options" | "overrides" | "json";

const TABS: readonly { id: Tab; label: string }[] = [
  { id: "options", label: "Options" },
  { id: "overrides", label: "Overrides" },
  { id: "json", label: "JSON" },
];

interface Props {
  placed: PlacedPanel;
  /** Its settings in the words of the older form. */
  settings: Json;
  /** Its JSON as it stands where it is stored. */
  written: Json;
  onChange: (path: Path, value: unknown) => void;
  onWrite: (json: Json) => void;
  /** Said over the settings. */
  children?: ReactNode;
}

export function EditorBody({ placed, settings, written, onChange, onWrite, children }: Props) {
  const { panel } = placed;
  const [host, width] = useWidth();
  const [tab, setTab] = useState<Tab>("options");
  const plan = usePanelPlan(placed, width);
  const [asTable, setAsTable] = useState(false);
  const { onInspect } = useDashboard();
  const lookup = usePanelLookup(placed, plan);
  const data = usePanelData(panel, plan, lookup, useTime().now, true);
  const names = useMemo(() => namesOf(data.frames), [data.frames]);
  const between = useMemo(
    () => stages(data.raw, filledPanel(panel, lookup).transformations),
    [data.raw, panel, lookup],
  );
  const suggested = useMemo(() => suggestedTypes(data.frames), [data.frames]);
  const height = Math.max(220, Math.round(innerHeight * 0.45));
  return (
    <div className={styles.editor} data-testid="panel-editor">
      <div className={styles.left}>
        <div ref={host} className={styles.preview} style={{ height }}>
          {asTable && <FramesTable frames={data.frames} rows={TABLE_ROWS} />}
          {width > 0 && !asTable && (
            <PanelFrame
              placed={placed}
              width={width}
              height={height}
              visible
              bare
              onSetting={(path, change) => onChange(path, change(atPath(settings, path)))}
            />
          )}
        </div>
        <div className={styles.foot}>
          <Toggle icon="table" label="As a table" on={asTable} onClick={() => setAsTable(!asTable)} />
          <Toggle label="Queries as they were sent" onClick={() => onInspect(placed.key)} />
          {told(plan)}
        </div>
        <Queries placed={placed} json={settings} onChange={onChange} />
        <Transformations json={settings} stages={between} onChange={onChange} />
      </div>
      <aside className={styles.right}>
        {children}
        <div className={styles.tabs}>
          {TABS.map((one) => (
            <Toggle key={one.id} label={one.label} on={tab === one.id} onClick={() => setTab(one.id)} />
          ))}
        </div>
        {tab === "options" && (
          <Settings json={settings} type={panel.type ?? ""} suggested={suggested} onChange={onChange} />
        )}
        {tab === "overrides" && (
          <Overrides
            json={settings}
            type={panel.type ?? ""}
            names={names}
            letters={panel.targets.map((one) => one.refId)}
            onChange={onChange}
          />
        )}
        {tab === "json" && <PanelJson json={written} onChange={onWrite} />}
      </aside>
    </div>
  );
}

/** Rows of each table; more are behind "Inspect". */
const TABLE_ROWS = 200;

/** How often the queries have a point, in words. */
function told(plan: Plan | undefined): string {
  const steps = (plan?.queries ?? []).filter((one) => one.mode === "range").map((one) => one.stepMs);
  return steps.length === 0 ? "" : `a point every ${[...new Set(steps.map(stepText))].join(", ")}`;
}
