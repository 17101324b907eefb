// A dashboard as a snapshot keeps it: data instead of queries, the values of its variables instead of questions, its events and
// the moments it showed. Every change is put where the document has it, in both forms. Pure.
import { type Json, list } from "../../api/decode";
import type { Annotation } from "../annotations/annotation";
import type { DataFrame } from "../data/frame";
import { snapshotTarget } from "../data/written";
import { settingsOf, withSetting } from "../model/document";
import { general, withGeneral } from "../model/settings/general";
import { type Items, settingItems, withItemMember, withVariableKind } from "../model/settings/items";
import { ALL, type Dashboard, type Panel } from "../model/types";
import type { Settled, SettledMap } from "../variables/values";

/** What one copy of a panel was answered, with the values of repeats that held for it. */
export interface Kept {
  readonly panel: Panel;
  readonly scope: ReadonlyMap<string, string>;
  readonly frames: readonly DataFrame[];
}

export interface Shown {
  readonly dashboard: Dashboard;
  readonly variables: SettledMap;
  readonly events: readonly Annotation[];
  readonly from: string;
  readonly to: string;
}

/** `doc`: the dashboard with the panels of the library in their places. */
export function snapshotOf(doc: Json, shown: Shown, kept: readonly Kept[]): Json {
  const { dashboard, variables, events, from, to } = shown;
  const timed = withGeneral(withGeneral(doc, "time.from", from), "time.to", to);
  const still = general(timed, "refresh") === undefined ? timed : withGeneral(timed, "refresh", "");
  const settled = dashboard.variables.reduce((all, { name }) => withSettled(all, variables.get(name)), still);
  return withPanels(withEvents(settled, events), kept);
}

function withPanels(doc: Json, kept: readonly Kept[]): Json {
  const panels = new Map(kept.map((one) => [one.panel.id, one.panel]));
  return [...panels.values()].reduce((all, panel) => {
    const copies = kept.filter((one) => one.panel.id === panel.id);
    const targets = copies.map((one, at) => snapshotTarget(`S${at}`, one.frames, one.scope));
    const told = withSetting(all, panel, ["targets"], targets);
    // Steps that it shares with the panel whose answers it shows.
    if (list(settingsOf(doc, panel).transformations).length === panel.transformations.length) return told;
    const steps = panel.transformations.map(({ id, options, disabled }) => ({ id, options, disabled }));
    return withSetting(told, panel, ["transformations"], steps);
  }, doc);
}

/** Questions become the list of what they were answered; every variable stands where it stood. */
function withSettled(doc: Json, settled: Settled | undefined): Json {
  if (settled === undefined) return doc;
  const { variable, options, chosen } = settled;
  const items: Items = variable.section === undefined ? "variables" : { section: variable.section };
  const index = settingItems(doc, items).findIndex((one) => one.name === (variable.written ?? variable.name));
  if (index < 0) return doc;
  const put = (all: Json, members: Json) =>
    Object.entries(members).reduce((one, [name, value]) => withItemMember(one, items, index, [name], value), all);
  if (variable.kind === "adhoc") return put(doc, { filters: variable.filters, baseFilters: undefined });
  const texts = chosen.map((value) =>
    value === ALL ? "All" : (options.find((one) => one.value === value)?.text ?? value),
  );
  const current = variable.multi ? { text: texts, value: chosen } : { text: texts[0] ?? "", value: chosen[0] ?? "" };
  if (variable.kind !== "query" && variable.kind !== "groupby") return put(doc, { current });
  const { multi, includeAll, allValue } = variable;
  return put(withVariableKind(doc, items, index, "custom"), {
    query: JSON.stringify(options.map(({ text, value }) => ({ text, value }))),
    valuesFormat: "json",
    multi,
    includeAll,
    ...(allValue === "" ? {} : { allValue }),
    current,
  });
}

function withEvents(doc: Json, events: readonly Annotation[]): Json {
  return settingItems(doc, "annotations").reduce((all, { name = "Annotations" }, index) => {
    const own = events
      .filter((one) => one.query === name)
      .map(({ time, timeEnd, title, text, tags, panelId }) => ({ time, timeEnd, title, text, tags, panelId }));
    return withItemMember(all, "annotations", index, ["snapshotData"], own);
  }, doc);
}
