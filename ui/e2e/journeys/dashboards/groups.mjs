// Rows and tabs: made, named, moved, closed, taken away; panels that stand in an order are moved by pointer and keys.
import assert from "node:assert/strict";
import { importText, isSettled } from "./dashboards.mjs";
import { menu, save, stored } from "./manage.mjs";

const stat = (id, y, title) => ({
  id,
  type: "stat",
  title,
  gridPos: { x: 0, y, w: 12, h: 5 },
  targets: [{ refId: "A", expr: "count(up)" }],
});

const OLDER = {
  uid: "journey-rows",
  title: "Rows",
  schemaVersion: 42,
  panels: [stat(1, 0, "One"), stat(2, 5, "Two")],
};

const element = (id, title) => ({
  kind: "Panel",
  spec: {
    id,
    title,
    data: { kind: "QueryGroup", spec: { queries: [], transformations: [], queryOptions: {} } },
    vizConfig: { kind: "VizConfig", group: "text", spec: { options: { content: title }, fieldConfig: {} } },
  },
});

const ELEMENTS = {
  apiVersion: "dashboard.grafana.app/v2beta1",
  kind: "Dashboard",
  metadata: { name: "journey-auto" },
  spec: {
    title: "In an order",
    elements: { a: element(1, "A"), b: element(2, "B"), c: element(3, "C") },
    layout: {
      kind: "AutoGridLayout",
      spec: {
        maxColumnCount: 3,
        items: ["a", "b", "c"].map((name) => ({
          kind: "AutoGridLayoutItem",
          spec: { element: { kind: "ElementReference", name } },
        })),
      },
    },
  },
};

const add = async (page, what) => {
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("menuitem", { name: what, exact: true }).click();
};

const settings = async (page, name, change) => {
  await page.getByRole("button", { name: `Settings of ${name}` }).click();
  await change(page.getByRole("dialog"));
  await page.keyboard.press("Escape");
};

const names = (items) => items.map((one) => one.spec.element.name);

export const GROUP_JOURNEYS = [
  {
    name: "rows are made, named, filled, closed and moved, in the words of the older form",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(OLDER));
      await add(page, "A row");
      await settings(page, "New row", async (form) => {
        await form.getByLabel("Title").fill("Second");
        await form.getByLabel("Title").blur();
      });
      await page.getByRole("button", { name: "Done" }).click();
      await menu(page, 1, "Second");
      await add(page, "A row");
      await shoot("dashboard-rows");
      await page.getByRole("button", { name: "Move New row up" }).click();
      await settings(page, "Second", (form) => form.getByRole("switch", { name: "Closed at first" }).click());
      await save(page);
      const { panels } = await stored(page, OLDER.uid);
      assert.deepEqual(
        panels.map((one) => [one.title, one.type, one.gridPos.y, (one.panels ?? []).map((two) => two.title)]),
        [
          ["Two", "stat", 5, []],
          ["Second", "row", 11, ["One"]],
          ["New row", "row", 10, []],
        ],
      );
      assert.equal(panels[1].collapsed, true);
    },
  },
  {
    name: "panels of a grid that fills itself change places by pointer and keys, and go into tabs",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(ELEMENTS));
      await page.getByRole("button", { name: "Arrange" }).click();
      const first = page.getByRole("button", { name: /^Move A/ });
      const box = await first.boundingBox();
      await page.mouse.move(box.x + 60, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 60 + box.width * 2, box.y + 62, { steps: 8 });
      await page.mouse.up();
      await page.getByRole("button", { name: /^Move C/ }).focus();
      await page.keyboard.press("ArrowLeft");
      await add(page, "A tab");
      await page.getByRole("tab", { name: "First tab" }).waitFor();
      await page.getByRole("button", { name: "Done" }).click();
      await menu(page, 2, "New tab");
      await page.getByRole("tab", { name: "New tab" }).click();
      await isSettled(page);
      await shoot("dashboard-tabs");
      await save(page);
      const { layout } = (await stored(page, ELEMENTS.metadata.name)).spec;
      assert.equal(layout.kind, "TabsLayout");
      const [one, two] = layout.spec.tabs;
      assert.deepEqual(names(one.spec.layout.spec.items), ["c", "a"]);
      assert.deepEqual(names(two.spec.layout.spec.items), ["b"]);
    },
  },
  {
    name: "a dashboard of the older form takes tabs, a grid that fills itself and a variable of one tab",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify({ ...OLDER, uid: "journey-converted", title: "Converted" }));
      await add(page, "A tab");
      await page.getByTestId("convert").click();
      await page.getByRole("tab", { name: "First tab" }).waitFor();
      await settings(page, "First tab", (form) => form.getByLabel("Panels stand").selectOption("auto"));
      await page.getByRole("button", { name: "Settings of the dashboard" }).click();
      await page.getByText("Variables").first().click();
      await page.getByTestId("variables-of").selectOption({ label: "Tab First tab" });
      await page.getByRole("button", { name: "Add a variable" }).click();
      await page.getByLabel("Kind").selectOption("custom");
      await page.getByLabel("Name", { exact: true }).fill("zone");
      await page.getByLabel("Name", { exact: true }).blur();
      await page.getByRole("button", { name: "Done" }).first().click();
      await page.getByRole("tablist").getByRole("button", { name: "zone: one" }).waitFor();
      await shoot("dashboard-converted");
      await page.getByRole("tab", { name: "New tab" }).click();
      assert.equal(await page.getByRole("button", { name: "zone: one" }).count(), 0);
      await save(page);
      const { apiVersion, spec } = await stored(page, "journey-converted");
      assert.equal(apiVersion, "dashboard.grafana.app/v2");
      const [first] = spec.layout.spec.tabs;
      assert.equal(first.spec.layout.kind, "AutoGridLayout");
      assert.deepEqual(
        first.spec.variables.map((one) => one.spec.name),
        ["zone"],
      );
      assert.deepEqual(
        Object.values(spec.elements).map((one) => one.spec.title),
        ["One", "Two"],
      );
    },
  },
];
