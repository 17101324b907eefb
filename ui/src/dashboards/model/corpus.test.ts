// Real dashboards from other projects: every one is read, laid out, planned and written back. The files live outside of
// this repository; DASHBOARDS names their folder.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planPanel } from "../query/plan";
import { KNOWN_TRANSFORMATIONS } from "../transform/transform";
import { choose, fixedOptions, inOrder, repeatValues, type Settled } from "../variables/values";
import { panelJson, withSetting } from "./document";
import { asElements } from "./elements/convert";
import { layoutPanels } from "./layout";
import { isDashboardJson, parseDashboard } from "./parse";
import { applyPatch, patchOf } from "./patch/patch";
import { wholeView } from "./section";
import type { Dashboard, Panel } from "./types";

/** Beside the checkout, or named. */
const CANDIDATES = [
  process.env.DASHBOARDS,
  "../../shared/conformance/dashboards",
  "../../../shared/conformance/dashboards",
];
const folder = CANDIDATES.find((one) => one !== undefined && existsSync(one));
const files = folder === undefined ? [] : readdirSync(folder).filter((one) => one.endsWith(".json"));

/** Every variable with answers of two values. */
function settle(dashboard: Dashboard): Map<string, Settled> {
  const all = new Map<string, Settled>();
  for (const variable of inOrder(dashboard.variables)) {
    const options = fixedOptions(variable) ?? [
      { text: "one.1", value: "one.1" },
      { text: "two", value: "two" },
    ];
    all.set(variable.name, { variable, options, chosen: choose(variable, options, undefined) });
  }
  return all;
}

const everyPanel = (panels: readonly Panel[]): Panel[] => panels.flatMap((one) => [one, ...everyPanel(one.panels)]);

describe.skipIf(files.length === 0)("dashboards of other projects (skipped: no folder of them here)", () => {
  for (const file of files) {
    const written = readFileSync(`${folder}/${file}`, "utf8");

    it(`${file} is read, and written back as it was`, () => {
      const json: unknown = JSON.parse(written);
      expect(isDashboardJson(json)).toBe(true);
      const dashboard = parseDashboard(json);
      expect(dashboard.title).not.toBe("");
      expect(dashboard.json).toEqual(JSON.parse(written));
      const panels = everyPanel(dashboard.panels);
      expect(panels.length).toBeGreaterThan(0);
      expect(panels.filter((one) => one.type === undefined).map((one) => one.written)).toEqual([]);
      expect(new Set(panels.map((one) => one.id)).size).toBe(panels.length);
      const steps = panels.flatMap((one) => one.transformations.map((step) => step.id));
      expect(steps.filter((one) => !KNOWN_TRANSFORMATIONS.has(one))).toEqual([]);
    });

    it(`${file} is what it was after an edit and its undoing by patch`, () => {
      const json = JSON.parse(written);
      const panel = everyPanel(parseDashboard(json).panels).find((one) => one.type !== "row");
      if (panel === undefined) throw new Error("no panel");
      const edited = withSetting(json, panel, ["fieldConfig", "defaults", "unit"], "edited");
      const patch = patchOf(json, edited);
      expect(patch).toHaveLength(1);
      expect(applyPatch(json, patch)).toEqual(edited);
      expect(JSON.stringify(applyPatch(edited, patchOf(edited, json)))).toBe(JSON.stringify(json));
    });

    it(`${file} sends queries with nothing left to fill in`, () => {
      const dashboard = parseDashboard(JSON.parse(written));
      const variables = settle(dashboard);
      const placed = layoutPanels(
        dashboard,
        wholeView((name) => repeatValues(variables.get(name))),
      );
      const range = { from: 1_700_000_000_000, to: 1_700_003_600_000 };
      let sent = 0;
      let refused = 0;
      for (const { panel, scope } of placed) {
        const raw = { from: "now-1h", to: "now" };
        const plan = planPanel({ dashboard, panel, variables, scope, range, raw, now: range.to, width: 600 });
        for (const query of plan.queries) {
          expect(query.expr, `panel ${panel.id}`).not.toMatch(/\$\{?[A-Za-z_]|\[\[/);
          expect(query.stepMs).toBeGreaterThan(0);
        }
        sent += plan.queries.length;
        refused += plan.refused.length;
      }
      expect(sent + refused).toBeGreaterThan(0);
    });

    it(`${file} asks the same as a dashboard of elements`, () => {
      const asked = (doc: Dashboard) => {
        const variables = settle(doc);
        const view = wholeView((name) => repeatValues(variables.get(name)));
        const range = { from: 1_700_000_000_000, to: 1_700_003_600_000 };
        const raw = { from: "now-1h", to: "now" };
        const placed = layoutPanels(doc, view).filter((one) => one.panel.type !== "row");
        return placed.map(({ panel, scope }) => {
          const { queries } = planPanel({
            dashboard: doc,
            panel,
            variables,
            scope,
            range,
            raw,
            now: range.to,
            width: 600,
          });
          return { title: panel.title, type: panel.type, queries };
        });
      };
      const json = JSON.parse(written);
      const before = parseDashboard(json);
      const after = parseDashboard(asElements(json));
      expect(after.layout).toBeDefined();
      expect(asked(after)).toEqual(asked(before));
    });

    it(`${file} keeps everything but the edited panel`, () => {
      const json = JSON.parse(written);
      const dashboard = parseDashboard(json);
      const panel = everyPanel(dashboard.panels).find((one) => one.type !== "row" && one.id > 0);
      if (panel === undefined) throw new Error("no panel");
      const changed = withSetting(dashboard.json, panel, ["title"], "Edited");
      expect(json).toEqual(JSON.parse(written));
      expect(patchOf(json, changed)).toHaveLength(1);
      expect(JSON.stringify(withSetting(changed, panel, ["title"], panelJson(json, panel).title))).toBe(
        JSON.stringify(json),
      );
    });
  }
});
