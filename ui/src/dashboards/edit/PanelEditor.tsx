// A panel beside its settings: every change is drawn at once, nothing is sent before the dashboard is saved.
import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTime } from "../../time/TimeContext";
import { Notice } from "../../ui/Notice";
import { Toggle } from "../../ui/Toggle";
import { useWidth } from "../../ui/useWidth";
import { type DataFrame, displayNames } from "../data/frame";
import { panelJson, settingsOf, withPanelJson, withSetting } from "../model/document";
import type { Path } from "../model/path";
import type { PlacedPanel } from "../model/section";
import type { Panel } from "../model/types";
import { useDashboard } from "../page/DashboardContext";
import { PanelFrame } from "../page/PanelFrame";
import type { Draft } from "../page/useDraft";
import { usePanelData } from "../page/usePanelData";
import { usePanelPlan } from "../page/usePanelPlan";
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
  draft: Draft;
}

export function PanelEditor({ placed, draft }: Props) {
  const { panel } = placed;
  const [host, width] = useWidth();
  const [tab, setTab] = useState<Tab>("options");
  const { repeat, repeatDirection, maxPerRow } = panel;
  const json = { ...settingsOf(draft.json, panel), ...(repeat === "" ? {} : { repeat, repeatDirection, maxPerRow }) };
  const plan = usePanelPlan(placed, width);
  const data = usePanelData(panel, plan, useTime().now, true);
  const names = useMemo(() => namesOf(data.frames), [data.frames]);
  const rawNames = useMemo(() => namesOf(data.raw), [data.raw]);
  const change = (path: Path, value: unknown) => draft.edit((all) => withSetting(all, panel, path, value));
  const height = Math.max(220, Math.round(innerHeight * 0.45));
  return (
    <div className={styles.editor} data-testid="panel-editor">
      <div className={styles.left}>
        <div ref={host} className={styles.preview} style={{ height }}>
          {width > 0 && <PanelFrame placed={placed} width={width} height={height} visible bare />}
        </div>
        {panel.library === undefined && (
          <>
            <Queries placed={placed} json={json} onChange={change} />
            <Transformations json={json} names={rawNames} onChange={change} />
          </>
        )}
      </div>
      {panel.library !== undefined && <LibraryNote panel={panel} />}
      <aside className={styles.right} hidden={panel.library !== undefined}>
        <div className={styles.tabs}>
          {TABS.map((one) => (
            <Toggle key={one.id} label={one.label} on={tab === one.id} onClick={() => setTab(one.id)} />
          ))}
        </div>
        {tab === "options" && <Settings json={json} type={panel.type ?? ""} onChange={change} />}
        {tab === "overrides" && (
          <Overrides
            json={json}
            type={panel.type ?? ""}
            names={names}
            letters={panel.targets.map((one) => one.refId)}
            onChange={change}
          />
        )}
        {tab === "json" && (
          <PanelJson
            json={panelJson(draft.json, panel)}
            onChange={(next) => draft.edit((all) => withPanelJson(all, panel, next))}
          />
        )}
      </aside>
    </div>
  );
}

/** Names of the fields as overrides and steps name them. */
function namesOf(frames: readonly DataFrame[]): string[] {
  const shown = displayNames(frames);
  return [...new Set(frames.flatMap((one) => one.fields.map((field) => shown.get(field) ?? field.name)))];
}

/** What stands on many dashboards is not changed from one of them by accident. */
function LibraryNote({ panel }: { panel: Panel }) {
  const { onUnlink } = useDashboard();
  return (
    <aside className={styles.right}>
      <Notice title={`“${panel.library?.name}” is of the library`}>
        It stands on other dashboards too. Make it a panel of its own to change it here.
      </Notice>
      <Button size="xs" variant="default" onClick={() => onUnlink(panel)}>
        Make it a panel of its own
      </Button>
    </aside>
  );
}
