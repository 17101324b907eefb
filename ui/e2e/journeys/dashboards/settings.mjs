// The settings of a dashboard, edited in both forms of its JSON: what is saved is the stored JSON with the edits, no more.
import assert from "node:assert/strict";
import { importText } from "./dashboards.mjs";
import { save, stored } from "./manage.mjs";

const OLDER = {
  uid: "journey-settings",
  title: "Settings",
  schemaVersion: 42,
  kept: { by: ["others"] },
  time: { from: "now-1h", to: "now" },
  annotations: { list: [] },
  panels: [
    {
      id: 1,
      type: "timeseries",
      title: "Up of $job",
      gridPos: { x: 0, y: 0, w: 24, h: 8 },
      targets: [{ refId: "A", expr: 'up{job=~"$job"}' }],
    },
  ],
};

const ELEMENTS = {
  apiVersion: "dashboard.grafana.app/v2beta1",
  kind: "Dashboard",
  metadata: { name: "journey-settings-elements", annotations: { kept: "yes" } },
  spec: {
    title: "Settings of elements",
    cursorSync: "Off",
    elements: {
      text: {
        kind: "Panel",
        spec: {
          id: 1,
          title: "Words",
          data: { kind: "QueryGroup", spec: { queries: [], transformations: [], queryOptions: {} } },
          vizConfig: { kind: "VizConfig", group: "text", spec: { options: { content: "x" }, fieldConfig: {} } },
        },
      },
    },
    layout: {
      kind: "GridLayout",
      spec: {
        items: [
          {
            kind: "GridLayoutItem",
            spec: { x: 0, y: 0, width: 24, height: 4, element: { kind: "ElementReference", name: "text" } },
          },
        ],
      },
    },
    timeSettings: { from: "now-1h", to: "now", autoRefresh: "", hideTimepicker: false },
    variables: [],
    annotations: [],
    links: [],
  },
};

const fill = async (page, label, value) => {
  const input = page.getByLabel(label, { exact: true });
  await input.fill(value);
  await input.blur();
};

/** A variable of the shown kind, whose members are filled in by label. */
async function addVariable(page, kind, name, fields = {}) {
  await page.getByRole("button", { name: "Add a variable" }).click();
  await page.getByLabel("Kind", { exact: true }).selectOption(kind);
  await fill(page, "Name", name);
  for (const [label, value] of Object.entries(fields)) await fill(page, label, value);
}

const toggle = (page, name) => page.getByRole("switch", { name }).click();

const toList = (page) => page.getByRole("button", { name: "Back to the variables" }).click();

export const SETTINGS_JOURNEYS = [
  {
    name: "settings: variables of every kind are made, previewed, used, and stored in the words of the file",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(OLDER));
      await page.goto(`/d/${OLDER.uid}?editview=variables`);
      await addVariable(page, "query", "job", { Query: "label_values(up, job)", Pattern: "/.+/" });
      await toggle(page, "Several at once");
      await toggle(page, "With “All”");
      await page.getByTestId("variable-preview").getByText("oriel", { exact: true }).first().waitFor();
      await shoot("settings-variable-query");
      await toList(page);
      await addVariable(page, "custom", "mode", { Values: "a, Bee : b" });
      await page.getByTestId("variable-preview").getByText("Bee").waitFor();
      await toList(page);
      await addVariable(page, "interval", "step", { Intervals: "1m,1h" });
      await toggle(page, "With “auto”");
      await page.getByTestId("variable-preview").getByText("auto").waitFor();
      await toList(page);
      await addVariable(page, "textbox", "find", { "Value at first": "x" });
      await toList(page);
      await addVariable(page, "constant", "fixed", { Value: "1" });
      await toList(page);
      await addVariable(page, "datasource", "ds");
      await toList(page);
      await addVariable(page, "adhoc", "filters");
      await toList(page);
      await addVariable(page, "groupby", "by");
      await toList(page);
      await addVariable(page, "switch", "deep");
      await toList(page);
      await page.getByRole("button", { name: "Move ds up" }).click();
      await page.getByRole("button", { name: "Remove fixed" }).click();
      await page.getByTestId("variables-settings").hover();
      await shoot("settings-variables");
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("button", { name: /^job: All$/ }).waitFor();
      await save(page);
      const after = await stored(page, OLDER.uid);
      const { templating, ...rest } = after;
      const { templating: _none, ...before } = OLDER;
      assert.deepEqual(rest, before);
      assert.deepEqual(
        templating.list.map((one) => [one.type, one.name]),
        [
          ["query", "job"],
          ["custom", "mode"],
          ["interval", "step"],
          ["textbox", "find"],
          ["datasource", "ds"],
          ["adhoc", "filters"],
          ["groupby", "by"],
          ["switch", "deep"],
        ],
      );
      const [job] = templating.list;
      assert.deepEqual(
        [job.query, job.regex, job.multi, job.includeAll],
        ["label_values(up, job)", "/.+/", true, true],
      );
    },
  },
  {
    name: "settings: time, tags, annotations and links of a dashboard of elements change only where they stand",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(ELEMENTS));
      await page.goto(`/d/${ELEMENTS.metadata.name}?editview=settings`);
      await fill(page, "Title", "Settled");
      await fill(page, "Tags", "one, two");
      await page.getByLabel("Time zone").selectOption("utc");
      await page.getByLabel("Refreshed every").selectOption("1m");
      await page.getByLabel("Pointer over a chart").selectOption("1");
      await shoot("settings-general");
      await page.getByRole("tab", { name: /^Annotations/ }).click();
      await page.getByRole("button", { name: "Add a query" }).click();
      await fill(page, "Name", "Restarts");
      await fill(page, "Query", "changes(process_start_time_seconds[5m]) > 0");
      await page.getByRole("button", { name: /^Colour of its marks/ }).click();
      await page.getByRole("button", { name: "dark-red", exact: true }).click();
      await shoot("settings-annotation");
      await page.getByRole("tab", { name: /^Links/ }).click();
      await page.getByRole("button", { name: "Add a link" }).click();
      await fill(page, "Address", "/dashboards");
      await toggle(page, "With the shown time");
      await shoot("settings-link");
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("link", { name: "New link" }).waitFor();
      await save(page);
      const after = await stored(page, ELEMENTS.metadata.name);
      assert.equal(after.metadata.annotations.kept, "yes");
      assert.equal(after.spec.title, "Settled");
      assert.deepEqual(after.spec.tags, ["one", "two"]);
      assert.equal(after.spec.cursorSync, "Crosshair");
      assert.deepEqual(after.spec.timeSettings, {
        ...ELEMENTS.spec.timeSettings,
        timezone: "utc",
        autoRefresh: "1m",
      });
      const [annotation] = after.spec.annotations;
      assert.equal(annotation.spec.query.spec.expr, "changes(process_start_time_seconds[5m]) > 0");
      assert.equal(annotation.spec.iconColor, "dark-red");
      assert.equal(after.spec.links[0].keepTime, true);
    },
  },
  {
    name: "settings: a filter over a dashboard is put together from labels and values, and goes into the queries",
    run: async ({ page }) => {
      const board = {
        ...OLDER,
        uid: "journey-filters",
        templating: { list: [{ name: "only", type: "adhoc", filters: [] }] },
        panels: [{ ...OLDER.panels[0], title: "Up", targets: [{ refId: "A", expr: "up", legendFormat: "{{job}}" }] }],
      };
      await importText(page, JSON.stringify(board));
      await page.getByText("node", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Add to only" }).click();
      await page.getByLabel("Label", { exact: true }).fill("job");
      await page.getByLabel("Value", { exact: true }).fill("oriel");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: /^job = oriel/ }).waitFor();
      await page.getByText("node", { exact: true }).waitFor({ state: "detached" });
      assert.match(page.url(), /var-only=job/);
    },
  },
];
