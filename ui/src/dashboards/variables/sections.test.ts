import { expect, it } from "vitest";
import { sectionsOf } from "../model/groups/groups";
import { parseDashboard } from "../model/parse";
import { settingItems, withItemMember, withNewItem } from "../model/settings/items";
import { type Settled, variablesIn } from "./values";

const own = (name: string, query: string) => ({ kind: "CustomVariable", spec: { name, query } });
const tab = (title: string, query: string) => ({
  kind: "TabsLayoutTab",
  spec: { title, variables: [own("zone", query)], layout: { kind: "GridLayout", spec: { items: [] } } },
});
const DOC = {
  elements: {},
  variables: [own("job", "a, b")],
  layout: { kind: "TabsLayout", spec: { tabs: [tab("East", "e1, e2"), tab("West", "w1, w2")] } },
};

it("variables of tabs have their own values under one name", () => {
  const { variables } = parseDashboard(DOC);
  expect(variables.map((one) => one.name)).toEqual(["job", "zone", "zone__2"]);
  const all = new Map(
    variables.map((one): [string, Settled] => [one.name, { variable: one, options: [], chosen: [] }]),
  );
  const east = ["layout", "spec", "tabs", 0];
  const west = ["layout", "spec", "tabs", 1];
  expect(variablesIn(all, undefined)).toBe(all);
  expect(variablesIn(all, east).get("zone")?.variable.query).toBe("e1, e2");
  expect(variablesIn(all, west).get("zone")?.variable.query).toBe("w1, w2");
  expect(variablesIn(all, [...west, "spec", "layout", "spec", "rows", 0]).get("zone")?.variable.query).toBe("w1, w2");
});

it("variables of a tab are edited where they stand", () => {
  const [, west] = sectionsOf(parseDashboard(DOC));
  expect(west?.title).toBe("Tab West");
  const items = { section: west?.path ?? [] };
  const more = withNewItem(DOC, items);
  expect(settingItems(more, items).map((one) => one.name)).toEqual(["zone", "query"]);
  const changed = withItemMember(more, items, 0, ["query"], "w3");
  expect(settingItems(changed, items)[0]?.query).toBe("w3");
  expect(settingItems(changed, "variables")).toHaveLength(1);
});
