// The settings of the whole dashboard, page by page; which page is in the address. Every change is one step on the working copy.
import { type KeyboardEvent, useState } from "react";
import { record } from "../../../api/decode";
import { settingItems } from "../../model/settings/items";
import type { Dashboard } from "../../model/types";
import type { Draft } from "../../page/draft/useDraft";
import { SETTINGS_VIEWS, type SettingsView } from "../../page/search";
import type { Variables } from "../../page/variables/useVariables";
import { AnnotationSettings } from "./AnnotationSettings";
import { EditJson } from "./EditJson";
import { GeneralSettings } from "./GeneralSettings";
import { LinkSettings } from "./LinkSettings";
import styles from "./settings.module.css";
import { VariableSettings } from "./VariableSettings";

interface Props {
  draft: Draft;
  dashboard: Dashboard;
  variables: Variables;
  view: SettingsView;
  onView: (view: SettingsView) => void;
}

const NAMES: Readonly<Record<SettingsView, string>> = {
  settings: "General",
  variables: "Variables",
  annotations: "Annotations",
  links: "Links",
  "json-model": "JSON",
};

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 };

export function SettingsPage({ draft, dashboard, variables, view, onView }: Props) {
  const { json, edit } = draft;
  const parts = { json, dashboard, onEdit: edit };
  const walk = (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (SETTINGS_VIEWS.indexOf(view) + step + SETTINGS_VIEWS.length) % SETTINGS_VIEWS.length;
    const button = event.currentTarget.children[next];
    if (button instanceof HTMLElement) button.focus();
    onView(SETTINGS_VIEWS[next] ?? "settings");
  };
  return (
    <div className={styles.page} data-testid="settings">
      <div className={styles.nav} role="tablist" aria-label="Settings" aria-orientation="vertical" onKeyDown={walk}>
        {SETTINGS_VIEWS.map((one) => (
          <button
            type="button"
            role="tab"
            key={one}
            aria-selected={one === view}
            tabIndex={one === view ? 0 : -1}
            onClick={() => onView(one)}
          >
            {NAMES[one]}
            {(one === "variables" || one === "annotations" || one === "links") && (
              <span className={styles.count}>{settingItems(json, one).length || ""}</span>
            )}
          </button>
        ))}
      </div>
      {view === "settings" && <GeneralSettings {...parts} />}
      {view === "variables" && <VariableSettings {...parts} variables={variables} />}
      {view === "annotations" && <AnnotationSettings {...parts} />}
      {view === "links" && <LinkSettings {...parts} />}
      {view === "json-model" && <JsonSettings draft={draft} />}
    </div>
  );
}

function JsonSettings({ draft }: { draft: Draft }) {
  const [applied, setApplied] = useState(0);
  return (
    <div className={styles.form}>
      <h2>JSON</h2>
      <EditJson
        key={applied}
        json={draft.json}
        onApply={(json) => {
          draft.edit(() => record(json));
          setApplied(applied + 1);
        }}
      />
    </div>
  );
}
