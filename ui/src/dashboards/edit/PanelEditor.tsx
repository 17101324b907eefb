// A panel beside its settings: every change is drawn at once, nothing is sent before the dashboard is saved.
import { Button } from "@mantine/core";
import { useState } from "react";
import { Notice } from "../../ui/Notice";
import { Toggle } from "../../ui/Toggle";
import { useWidth } from "../../ui/useWidth";
import { panelJson, settingsOf, withPanelJson, withSetting } from "../model/document";
import type { Path } from "../model/path";
import type { PlacedPanel } from "../model/section";
import type { Panel } from "../model/types";
import { useDashboard } from "../page/DashboardContext";
import { PanelFrame } from "../page/PanelFrame";
import type { Draft } from "../page/useDraft";
import styles from "./edit.module.css";

import { PanelJson } from "./PanelJson";
import { Queries } from "./Queries";
import { Settings } from "./Settings";
import { Transformations } from "./Transformations";

interface Props {
  placed: PlacedPanel;
  draft: Draft;
}

export function PanelEditor({ placed, draft }: Props) {
  const { panel } = placed;
  const [host, width] = useWidth();
  const [tab, setTab] = useState<"options" | "json">("options");
  const json = settingsOf(draft.json, panel);
  const change = (path: Path, value: unknown) => draft.edit((all) => withSetting(all, panel, path, value));
  const height = Math.max(220, Math.round(innerHeight * 0.45));
  return (
    <div className={styles.editor} data-testid="panel-editor">
      <div className={styles.left}>
        <div ref={host} style={{ height }}>
          {width > 0 && <PanelFrame placed={placed} width={width} height={height} visible bare />}
        </div>
        {panel.library === undefined && (
          <>
            <Queries placed={placed} json={json} onChange={change} />
            <Transformations json={json} onChange={change} />
          </>
        )}
      </div>
      {panel.library !== undefined && <LibraryNote panel={panel} />}
      <aside className={styles.right} hidden={panel.library !== undefined}>
        <div className={styles.tabs}>
          <Toggle label="Options" on={tab === "options"} onClick={() => setTab("options")} />
          <Toggle label="JSON" on={tab === "json"} onClick={() => setTab("json")} />
        </div>
        {tab === "options" ? (
          <Settings json={json} type={panel.type ?? ""} onChange={change} />
        ) : (
          <PanelJson
            json={panelJson(draft.json, panel)}
            onChange={(next) => draft.edit((all) => withPanelJson(all, panel, next))}
          />
        )}
      </aside>
    </div>
  );
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
