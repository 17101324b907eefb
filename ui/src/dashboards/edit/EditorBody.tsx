// A panel beside its settings: the panel as it is drawn, its queries and steps under it, its options at the side.
import { type ReactNode, useMemo, useState } from "react";
import type { Json } from "../../api/decode";
import { useTime } from "../../time/TimeContext";
import { Toggle } from "../../ui/Toggle";
import { useWidth } from "../../ui/useWidth";
import { type DataFrame, displayNames } from "../data/frame";
import { atPath, type Path } from "../model/path";
import type { PlacedPanel } from "../model/section";
import { usePanelData } from "../page/data/usePanelData";
import { usePanelLookup } from "../page/data/usePanelLookup";
import { usePanelPlan } from "../page/data/usePanelPlan";
import { PanelFrame } from "../page/PanelFrame";
import styles from "./edit.module.css";
import { Overrides } from "./Overrides";
import { PanelJson } from "./PanelJson";
import { Queries } from "./Queries";
import { Settings } from "./Settings";
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
  const data = usePanelData(panel, plan, usePanelLookup(placed, plan), useTime().now, true);
  const names = useMemo(() => namesOf(data.frames), [data.frames]);
  const rawNames = useMemo(() => namesOf(data.raw), [data.raw]);
  const height = Math.max(220, Math.round(innerHeight * 0.45));
  return (
    <div className={styles.editor} data-testid="panel-editor">
      <div className={styles.left}>
        <div ref={host} className={styles.preview} style={{ height }}>
          {width > 0 && (
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
        <Queries placed={placed} json={settings} onChange={onChange} />
        <Transformations json={settings} names={rawNames} onChange={onChange} />
      </div>
      <aside className={styles.right}>
        {children}
        <div className={styles.tabs}>
          {TABS.map((one) => (
            <Toggle key={one.id} label={one.label} on={tab === one.id} onClick={() => setTab(one.id)} />
          ))}
        </div>
        {tab === "options" && <Settings json={settings} type={panel.type ?? ""} onChange={onChange} />}
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

/** Names of the fields as overrides and steps name them. */
function namesOf(frames: readonly DataFrame[]): string[] {
  const shown = displayNames(frames);
  return [...new Set(frames.flatMap((one) => one.fields.map((field) => shown.get(field) ?? field.name)))];
}
