// The dashboard itself: bar of variables, grid, one panel alone, or the editor.
import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { LibraryElement } from "../../api/dashboards/library";
import { type Json, record } from "../../api/decode";
import { usePageTitle } from "../../app/pageTitle";
import { isRefresh, type ShellSearch } from "../../app/search";
import { useTime } from "../../time/TimeContext";
import { useZone } from "../../time/useZone";
import { readZone, showIn } from "../../time/zone";
import { useWidth } from "../../ui/hooks/useWidth";
import { Notice } from "../../ui/Notice";
import { AnnotationBar } from "../annotations/AnnotationBar";
import { useAnnotations } from "../annotations/useAnnotations";
import type { StoredDashboard } from "../api";
import { PanelEditor } from "../edit/PanelEditor";
import { SettingsPage } from "../edit/settings/SettingsPage";
import { settingsOf, withNewPanel, withoutPanel, withSetting } from "../model/document";
import { asElements } from "../model/elements/convert";
import { lastGrid, withGridKind } from "../model/elements/grids";
import { type GroupKind, withGroup, withPanelInGroup } from "../model/groups/groups";
import { layoutPanels } from "../model/layout";
import { withLibrary, withoutLibrary } from "../model/library";
import { parseDashboard } from "../model/parse";
import { atPath } from "../model/patch/path";
import { type PlacedPanel, wholeView } from "../model/section";
import { calendarOf, general, withGeneral } from "../model/settings/general";
import type { AnnotationQuery, Panel, Variable } from "../model/types";
import { readDuration } from "../query/duration";
import { fillText, isAround, lookupOf, macroLookup, repeatValues } from "../variables/values";
import { arrangeOf } from "./arrange/arranging";
import { DashboardContext, type DashboardState } from "./DashboardContext";
import { ConvertDialog, type ElementsOnly } from "./dialogs/ConvertDialog";
import { useDraft } from "./draft/useDraft";
import { Grid } from "./Grid";
import { Links } from "./Links";
import { PanelFrame } from "./PanelFrame";
import styles from "./page.module.css";
import { copyPanel } from "./panel/copied";
import { askedValues, type DashboardSearch, tabOfBar, withTab } from "./search";
import { Toolbar } from "./Toolbar";
import { useDashboardKeys } from "./useDashboardKeys";
import { useLibrary } from "./useLibrary";
import { useChoices } from "./variables/useChoices";
import { VariableBar } from "./variables/VariableBar";

const NEW_PANEL = {
  type: "timeseries",
  title: "New panel",
  targets: [{ refId: "A", expr: "", datasource: { type: "prometheus", uid: "oriel-metrics" } }],
  fieldConfig: { defaults: { custom: { fillOpacity: 8, lineWidth: 1 } }, overrides: [] },
  options: { legend: { displayMode: "list", placement: "bottom", showLegend: true }, tooltip: { mode: "multi" } },
};

export function DashboardView({ stored }: { stored: StoredDashboard }) {
  const search = useSearch({ strict: false }) as DashboardSearch & ShellSearch;
  const navigate = useNavigate();
  const time = useTime();
  const draft = useDraft(stored);
  const parsed = useMemo(() => parseDashboard(draft.json), [draft.json]);
  const library = useLibrary(parsed);
  const { dashboard } = library;
  const [arranging, setArranging] = useState(false);
  const key = JSON.stringify([...askedValues(search)]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when the asked values differ
  const asked = useMemo(() => askedValues(search), [key]);
  const patch = useCallback(
    (change: Partial<DashboardSearch>, replace = false) =>
      void navigate({ to: ".", search: (old) => ({ ...old, ...change }), replace }),
    [navigate],
  );
  const { variables, choose, filter } = useChoices(dashboard, asked, time.range, patch);
  const [switched, setSwitched] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isStored = stored.meta.version > 0 || stored.meta.isReady;
  const isOn = (query: AnnotationQuery) => switched.get(query.name) ?? query.enabled;
  const events = useAnnotations({
    dashboard,
    queries: dashboard.annotations.filter(isOn),
    variables: variables.all,
    ready: variables.ready,
    range: time.range,
    now: time.now,
  });
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  usePageTitle(dashboard.title);
  const isOnTime = useShownClock(readZone(search.timezone ?? dashboard.timezone), dashboard.json);
  useStoredTime(dashboard.from, dashboard.to, dashboard.refresh, search);

  const onView = useCallback((view: string | undefined) => patch({ viewPanel: view, editPanel: undefined }), [patch]);
  const onLegends = useCallback(
    (panels: readonly Panel[], shown: boolean) =>
      draft.edit((json) =>
        panels.reduce((all, one) => withSetting(all, one, ["options", "legend", "showLegend"], shown), json),
      ),
    [draft.edit],
  );
  const state = useMemo((): DashboardState => {
    return {
      dashboard,
      variables: variables.all,
      ready: variables.ready && library.ready,
      events: events.all,
      stored: isStored,
      inspected: search.inspect,
      onInspect: (inspect) => patch({ inspect }),
      onFilter: filter,
      onView,
      onEdit: (id) => patch({ editPanel: `panel-${id}`, viewPanel: undefined }),
      onLink: (panel, element) => draft.edit((json) => withLibrary(json, panel, element)),
      onUnlink: (panel) => draft.edit((json) => withoutLibrary(json, panel, library.elements)),
      onMove: (panel, group) => draft.edit((json) => withPanelInGroup(json, panel, group)),
      onRemove: (panel) => draft.edit((json) => withoutPanel(json, panel)),
      onDuplicate: (panel) => draft.edit((json) => withNewPanel(json, settingsOf(json, panel), dashboard.panels).doc),
      onCopy: (panel) => copyPanel(settingsOf(dashboard.json, panel)),
      onLegends,
    };
  }, [
    dashboard,
    variables.all,
    variables.ready,
    library,
    events.all,
    isStored,
    search.inspect,
    filter,
    onView,
    onLegends,
    patch,
    draft.edit,
  ]);
  const isOpen = (row: Panel, rowKey: string) => toggled.get(rowKey) ?? !row.collapsed;
  const valuesOf = (name: string) => repeatValues(variables.all.get(name));
  const chosenTabs = search.dtab ?? [];
  const [host, width] = useWidth();
  const placed = layoutPanels(dashboard, {
    valuesOf,
    isOpen,
    tabOf: (bar) => tabOfBar(chosenTabs, bar),
    everything: false,
    width,
    facts: {
      valuesOf: (name) => variables.all.get(name)?.chosen ?? [],
      rangeMs: time.range.to - time.range.from,
      durationOf: readDuration,
    },
  });
  const titleOf = (title: string, scope: ReadonlyMap<string, string>) => {
    const clock = { range: time.range, raw: time.raw, stepMs: 15_000, scrapeMs: 15_000 };
    return fillText(title, lookupOf(variables.all, scope, macroLookup(clock, dashboard, variables.all)));
  };
  const view = search.viewPanel ?? search.editPanel;
  const everything = view === undefined ? placed : layoutPanels(dashboard, wholeView(valuesOf));
  const alone = view === undefined ? undefined : everything.find((one) => one.key === view);
  const editing = search.editPanel !== undefined && alone !== undefined;
  const isBare = search.kiosk !== undefined && search.kiosk !== "tv";
  const leave = () => patch({ viewPanel: undefined, editPanel: undefined, editview: undefined });
  useEscape(view !== undefined || search.editview !== undefined, leave);
  const openSettings = () => patch({ editview: "settings", viewPanel: undefined, editPanel: undefined });
  const toggleRows = (open: boolean) =>
    setToggled(new Map(layoutPanels(dashboard, wholeView(valuesOf)).map((one) => [one.key, open])));
  useDashboardKeys({
    settings: openSettings,
    crosshair: () =>
      draft.edit((json) => withGeneral(json, "graphTooltip", (Number(general(json, "graphTooltip")) + 1) % 3)),
    "open-rows": () => toggleRows(true),
    "close-rows": () => toggleRows(false),
    legends: () => toggleLegends(dashboard.panels, onLegends),
    undo: () => draft.undo?.(),
  });
  const addPanel = (panel: Json = NEW_PANEL) => {
    const made = withNewPanel(draft.json, panel, dashboard.panels);
    draft.edit(() => made.doc);
    return made.id;
  };
  const addNewPanel = () => patch({ editPanel: `panel-${addPanel()}` });
  const addLibrary = ({ uid, name }: LibraryElement) => addPanel({ title: name, libraryPanel: { uid, name } });
  const [asksFor, setAsksFor] = useState<ElementsOnly>();
  const addGroup = (kind: GroupKind) => {
    if (kind === "tab" && dashboard.layout === undefined) return setAsksFor("tab");
    draft.edit((json) => withGroup(json, kind, dashboard.panels));
    setArranging(true);
  };
  const convert = () => {
    draft.edit((json) =>
      asksFor === "grid" ? withOuterGrid(asElements(json)) : withGroup(asElements(json), "tab", []),
    );
    setAsksFor(undefined);
    setArranging(true);
  };
  /** It stands over the dashboard: of no row or tab, or of one that shows no head. */
  const isLoose = ({ section }: Variable) =>
    section === undefined || atPath(dashboard.json, [...section, "spec", "hideHeader"]) === true;
  return (
    <DashboardContext value={state}>
      <div ref={host} className={styles.page} data-testid="dashboard" data-ready={variables.ready}>
        {!isBare && (
          <Toolbar
            stored={stored}
            draft={draft}
            dashboard={dashboard}
            editing={editing}
            arranging={arranging}
            onArrange={setArranging}
            onAdd={addNewPanel}
            onPaste={addPanel}
            onAddLibrary={addLibrary}
            onAddGroup={addGroup}
            onGrid={(change) => {
              if (dashboard.layout === undefined) setAsksFor("grid");
              else draft.edit(change);
            }}
            onSettings={openSettings}
            onLeave={leave}
            settings={search.editview !== undefined}
            viewing={view !== undefined || search.editview !== undefined}
          >
            <VariableBar
              variables={variables}
              shows={(one) => isLoose(one) || (alone !== undefined && isAround(one.section, alone.inside))}
              onChoose={choose}
            />
            <AnnotationBar
              queries={dashboard.annotations}
              errors={events.errors}
              isOn={isOn}
              onToggle={(query) => setSwitched(new Map(switched).set(query.name, !isOn(query)))}
            />
            <Links dashboard={dashboard} />
          </Toolbar>
        )}
        {!isOnTime ? null : search.editview !== undefined ? (
          <SettingsPage
            draft={draft}
            dashboard={dashboard}
            variables={variables}
            view={search.editview}
            onView={(editview) => patch({ editview }, true)}
          />
        ) : editing && alone !== undefined ? (
          <PanelEditor placed={alone} draft={draft} />
        ) : alone !== undefined ? (
          <Alone placed={alone} roomPx={isBare ? 20 : 140} />
        ) : view !== undefined ? (
          <Notice title="This dashboard has no such panel">
            It may have been removed, or the value it repeats for is gone.
          </Notice>
        ) : placed.length === 0 ? (
          <Notice title="This dashboard is empty">
            {dashboard.editable && (
              <Button size="compact-sm" mt={8} onClick={addNewPanel}>
                Add a panel
              </Button>
            )}
          </Notice>
        ) : (
          <Grid
            placed={placed}
            titleOf={titleOf}
            isOpen={isOpen}
            arrange={arranging ? arrangeOf(draft.json, dashboard, draft.edit) : undefined}
            variablesOf={(head) => (
              <VariableBar variables={variables} shows={(one) => isOfHead(one, head)} onChoose={choose} />
            )}
            onTab={(bar, tab) => patch({ dtab: withTab(chosenTabs, bar, tab) })}
            onToggle={(row, rowKey) => setToggled(new Map(toggled).set(rowKey, !isOpen(row, rowKey)))}
          />
        )}
        {asksFor !== undefined && (
          <ConvertDialog wanted={asksFor} onConvert={convert} onClose={() => setAsksFor(undefined)} />
        )}
      </div>
    </DashboardContext>
  );
}

/** All legends go where any is shown, and come where none is. */
function toggleLegends(panels: readonly Panel[], onLegends: DashboardState["onLegends"]): void {
  const all = panels
    .flatMap((one) => [one, ...one.panels])
    .filter((one) => one.options.legend !== undefined && one.library === undefined);
  const shown = all.some((one) => record(one.options.legend).showLegend !== false);
  onLegends(all, !shown);
}

/** The row or tab of the document that a head on the page stands for. */
function isOfHead({ section }: Variable, head: Panel): boolean {
  return section !== undefined && head.path?.length === section.length && isAround(section, head.path);
}

/** The outermost grid fills itself; where rows or tabs are outermost, that of the last of them does. */
function withOuterGrid(json: Json): Json {
  const layout = lastGrid(json);
  return layout === undefined ? json : withGridKind(json, layout, true);
}

/** `roomPx`: what stands above and below it. */
function Alone({ placed, roomPx }: { placed: PlacedPanel; roomPx: number }) {
  const [host, width] = useWidth();
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const measure = () => setHeight(Math.max(120, innerHeight - roomPx));
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, [roomPx]);
  return (
    <div ref={host} className={styles.alone} style={{ height }}>
      {width > 0 && <PanelFrame placed={placed} width={width} height={height} visible viewed />}
    </div>
  );
}

/** The dashboard's own range and refresh hold when the address names none; once, so that the clock can be changed after. */
function useStoredTime(
  from: string | undefined,
  to: string | undefined,
  refresh: string | undefined,
  search: ShellSearch,
): void {
  const navigate = useNavigate();
  const settled = useRef(false);
  const settle = useEffectEvent(() => {
    if (settled.current) return;
    settled.current = true;
    const change: ShellSearch = {};
    if (search.from === undefined && search.to === undefined && from !== undefined && to !== undefined) {
      change.from = from;
      change.to = to;
    }
    if (search.refresh === undefined && isRefresh(refresh)) change.refresh = refresh;
    if (Object.keys(change).length > 0)
      void navigate({ to: ".", search: (old) => ({ ...old, ...change }), replace: true });
  });
  useEffect(() => settle(), []);
}

/** Times are in the zone and on the calendar of the dashboard while it is open; false until they are. */
function useShownClock(wanted: string | undefined, json: Json): boolean {
  const shown = useZone();
  const { weekStart, fiscalStart } = calendarOf(json);
  useLayoutEffect(() => {
    showIn(wanted, { weekStart, fiscalStart });
    return () => showIn(undefined);
  }, [wanted, weekStart, fiscalStart]);
  return shown === wanted;
}

/** What the key closes before it leaves the view. */
const FLOATING = ".mantine-Modal-content, .mantine-Popover-dropdown, .mantine-Menu-dropdown";

function useEscape(active: boolean, leave: () => void): void {
  const onLeave = useEffectEvent(leave);
  useEffect(() => {
    if (!active) return;
    const listener = (event: KeyboardEvent) => {
      const target = event.target;
      const typing =
        target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
      if (event.key === "Escape" && !typing && document.querySelector(FLOATING) === null) onLeave();
    };
    // Before what floats has closed itself by the same key.
    document.addEventListener("keydown", listener, { capture: true });
    return () => document.removeEventListener("keydown", listener, { capture: true });
  }, [active]);
}
