// The panel editor: overrides, mappings, units, links, legends and steps, in both forms of the JSON.
import assert from "node:assert/strict";
import { importText, isSettled } from "./dashboards.mjs";
import { save, stored } from "./manage.mjs";

const OLDER = {
  uid: "journey-editor",
  title: "Editor",
  schemaVersion: 42,
  templating: { list: [{ name: "job", type: "custom", query: "a,b", multi: true }] },
  panels: [
    {
      id: 1,
      type: "timeseries",
      title: "Up",
      gridPos: { x: 0, y: 0, w: 24, h: 8 },
      kept: "by others",
      targets: [{ refId: "A", expr: "up", legendFormat: "{{job}}", strange: 1 }],
    },
  ],
};

const ELEMENTS = {
  apiVersion: "dashboard.grafana.app/v2beta1",
  kind: "Dashboard",
  metadata: { name: "journey-editor-elements" },
  spec: {
    title: "Editor of elements",
    elements: {
      one: {
        kind: "Panel",
        spec: {
          id: 1,
          title: "Up",
          data: {
            kind: "QueryGroup",
            spec: {
              queries: [
                {
                  kind: "PanelQuery",
                  spec: {
                    refId: "A",
                    hidden: false,
                    query: { kind: "DataQuery", group: "prometheus", version: "v0", spec: { expr: "up" } },
                  },
                },
              ],
              transformations: [],
              queryOptions: {},
            },
          },
          vizConfig: { kind: "VizConfig", group: "table", spec: { options: {}, fieldConfig: { defaults: {} } } },
        },
      },
    },
    layout: {
      kind: "GridLayout",
      spec: {
        items: [
          {
            kind: "GridLayoutItem",
            spec: { x: 0, y: 0, width: 24, height: 8, element: { kind: "ElementReference", name: "one" } },
          },
        ],
      },
    },
  },
};

const fill = async (scope, label, value) => {
  const input = scope.getByLabel(label, { exact: true });
  await input.fill(value);
  await input.blur();
};

export const EDITOR_JOURNEYS = [
  {
    name: "editor: overrides, mappings, units, links and legends change where they stand",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(OLDER));
      await page.goto(`/d/${OLDER.uid}?editPanel=1`);
      await isSettled(page);
      await page.getByRole("button", { name: /^Unit: None/ }).click();
      await page.getByLabel("Find a unit").fill("bytes, by 1024");
      await page.keyboard.press("Enter");
      const mappings = page.getByTestId("mappings");
      await mappings.getByRole("button", { name: "Add a mapping" }).click();
      await fill(mappings, "Value of mapping 1", "1");
      await fill(mappings, "Text of mapping 1", "up");
      await mappings.getByRole("button", { name: "Add a mapping" }).click();
      await mappings.getByLabel("Kind of mapping 2").selectOption("range");
      await fill(mappings, "From of mapping 2", "2");
      await mappings.getByRole("button", { name: /^Colour of mapping 2/ }).click();
      await page.getByRole("button", { name: "red", exact: true }).click();
      await page.getByRole("button", { name: /^With: None/ }).click();
      await page.getByRole("option", { name: "Mean" }).click();
      await page.getByRole("option", { name: "Max" }).click();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Add to Links of the panel" }).click();
      const links = page.getByTestId("links").last();
      await fill(links, "Title of link 1", "Runbook");
      await fill(links, "Address of link 1", "/runbook?job=$job");
      await page.getByLabel("For each value of").selectOption("job");
      await shoot("editor-options");
      await page.getByRole("button", { name: "Overrides" }).click();
      const overrides = page.getByTestId("overrides");
      await overrides.getByRole("button", { name: "Add an override" }).click();
      await overrides.getByLabel("Argument of override 1").selectOption("node");
      await overrides.getByLabel("Add a property to override 1").selectOption("color");
      await overrides.getByRole("button", { name: /^Colour: blue/ }).click();
      await page.getByRole("button", { name: "purple", exact: true }).click();
      await overrides.getByLabel("Add a property to override 1").selectOption("custom.lineStyle");
      await overrides.getByRole("button", { name: "Add an override" }).click();
      await overrides.getByLabel("Matcher of override 2").selectOption("byRegexp");
      await fill(overrides, "Argument of override 2", "/ori.*/");
      await overrides.getByLabel("Add a property to override 2").selectOption("custom.axisPlacement");
      await isSettled(page);
      await shoot("editor-overrides");
      await save(page);
      const [panel] = (await stored(page, OLDER.uid)).panels;
      assert.deepEqual(panel, {
        ...OLDER.panels[0],
        repeat: "job",
        links: [{ title: "Runbook", url: "/runbook?job=$job", targetBlank: false }],
        options: { legend: { calcs: ["mean", "max"] } },
        fieldConfig: {
          defaults: {
            unit: "bytes",
            mappings: [
              { type: "value", options: { 1: { text: "up", index: 0 } } },
              { type: "range", options: { from: 2, to: null, result: { text: "", color: "red", index: 1 } } },
            ],
          },
          overrides: [
            {
              matcher: { id: "byName", options: "node" },
              properties: [
                { id: "color", value: { mode: "fixed", fixedColor: "purple" } },
                { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
              ],
            },
            {
              matcher: { id: "byRegexp", options: "/ori.*/" },
              properties: [{ id: "custom.axisPlacement", value: "right" }],
            },
          ],
        },
      });
    },
  },
  {
    name: "editor: transformations have forms, are put in order, and are stored in the words of elements",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(ELEMENTS));
      await page.goto(`/d/${ELEMENTS.metadata.name}?editPanel=1`);
      await isSettled(page);
      const steps = page.getByTestId("transformations");
      await steps.getByLabel("Add a transformation").selectOption("reduce");
      await steps.getByRole("button", { name: /^Figures/ }).click();
      await page.getByRole("option", { name: "Max" }).click();
      await page.keyboard.press("Escape");
      await steps.getByLabel("Add a transformation").selectOption("sortBy");
      await fill(steps, "Field", "Max");
      await steps.getByLabel("Add a transformation").selectOption("limit");
      await fill(steps, "Rows", "3");
      await steps.getByRole("button", { name: "Move Limit up" }).click();
      await isSettled(page);
      await shoot("editor-steps");
      await save(page);
      const { spec } = await stored(page, ELEMENTS.metadata.name);
      assert.deepEqual(spec.elements.one.spec.data.spec.transformations, [
        { kind: "Transformation", group: "reduce", spec: { options: { reducers: ["max"] } } },
        { kind: "Transformation", group: "limit", spec: { options: { limitField: 3 } } },
        { kind: "Transformation", group: "sortBy", spec: { options: { sort: [{ field: "Max" }] } } },
      ]);
    },
  },
  {
    name: "editor: queries are put in order and renamed, expressions read them, overrides go by figures",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(OLDER));
      await page.goto(`/d/${OLDER.uid}?editPanel=1`);
      await isSettled(page);
      const queries = page.getByTestId("panel-queries");
      await queries.getByRole("button", { name: "Add an expression" }).click();
      await fill(queries, "Expression", "$A * 100");
      await queries.getByRole("button", { name: "Add an expression" }).click();
      await queries.getByLabel("Kind of expression C").selectOption("threshold");
      await queries.getByLabel("Of", { exact: true }).selectOption("B");
      await queries.getByLabel("Is 1 where it", { exact: true }).selectOption("within_range");
      await fill(queries, "And", "200");
      await fill(queries, "Name of A", "ups");
      await queries.getByLabel("Expression", { exact: true }).and(page.locator("[value='$ups * 100']")).waitFor();
      await queries.getByRole("button", { name: "Move C up" }).click();
      await page.getByRole("button", { name: "Overrides" }).click();
      const overrides = page.getByTestId("overrides");
      await overrides.getByRole("button", { name: "Add an override" }).click();
      await overrides.getByLabel("Matcher of override 1").selectOption("byValue");
      await overrides.getByLabel("Figure of override 1").selectOption("max");
      await overrides.getByLabel("Comparison of override 1").selectOption("gt");
      await fill(overrides, "Number of override 1", "99");
      await isSettled(page);
      await shoot("editor-expressions");
      await save(page);
      const [panel] = (await stored(page, OLDER.uid)).panels;
      const datasource = { type: "__expr__", uid: "__expr__", name: "Expression" };
      const evaluator = { type: "within_range", params: [0, 200] };
      assert.deepEqual(panel.targets, [
        { ...OLDER.panels[0].targets[0], refId: "ups" },
        { refId: "C", datasource, type: "threshold", expression: "B", conditions: [{ type: "query", evaluator }] },
        { refId: "B", datasource, type: "math", expression: "$ups * 100" },
      ]);
      assert.deepEqual(panel.fieldConfig.overrides, [
        { matcher: { id: "byValue", options: { reducer: "max", op: "gt", value: 99 } }, properties: [] },
      ]);
    },
  },
];
