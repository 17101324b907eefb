import { describe, expect, it } from "vitest";
import { placeEvents } from "../../charts/plugins/events";
import { parseDashboard } from "../model/parse";
import { parseAnnotation } from "../model/parts/annotations";
import { eventsOfGrid, eventsOfLines, eventsOfPanel, fillFields } from "./annotation";

const query = (extra: object = {}) =>
  parseAnnotation({
    name: "deploys",
    datasource: { type: "prometheus", uid: "$ds" },
    expr: "changes(x[1m])",
    ...extra,
  });

describe("questions for events", () => {
  it("tells what is stored here from what a query finds", () => {
    const { annotations } = parseDashboard({
      title: "t",
      panels: [],
      annotations: {
        list: [
          {
            builtIn: 1,
            datasource: { type: "grafana", uid: "-- Grafana --" },
            name: "Annotations & Alerts",
            type: "dashboard",
          },
          {
            datasource: "$loki",
            expr: '{app="x"} |= "deploy"',
            titleFormat: "{{app}}",
            tagKeys: "app, env",
            enable: false,
          },
          { datasource: { uid: "grafana" }, target: { type: "tags", tags: ["a"], matchAny: true, limit: 5_000 } },
        ],
      },
    });
    expect(annotations.map((one) => [one.kind, one.enabled, one.byTags, one.limit])).toEqual([
      ["stored", true, false, 100],
      ["query", false, false, 100],
      ["stored", true, true, 1_000],
    ]);
    expect(annotations[1]?.tagKeys).toEqual(["app", "env"]);
  });
});

describe("events out of answers", () => {
  const grid = (values: (number | null)[]) => ({
    times: values.map((_, index) => index * 60),
    series: [{ labels: { app: "api", v: "<b>2</b>" }, values }],
  });

  it("puts neighbours together and leaves gaps between", () => {
    const found = eventsOfGrid(
      query({ titleFormat: "{{app}}", textFormat: "to {{v}}{{none}}", tagKeys: "app" }),
      grid([0, 1, 1, null, 1, -1]),
      60_000,
    );
    expect(found.map((one) => [one.time, one.timeEnd])).toEqual([
      [60_000, 120_000],
      [240_000, 240_000],
    ]);
    expect(found[0]).toMatchObject({ title: "api", text: "to <b>2</b>", tags: ["api"] });
  });

  it("takes the value as the time when it is told so", () => {
    const found = eventsOfGrid(query({ useValueForTime: true }), grid([1_700_000_000_000, 1_700_000_000_000]), 60_000);
    expect(found.map((one) => one.time)).toEqual([1_700_000_000_000]);
    expect(found[0]?.title).toBe("deploys");
  });

  it("makes each line an event", () => {
    const entry = { ns: "1700000000000000001", line: "rolled out", stream: { app: "api" }, metadata: {}, parsed: {} };
    const [one] = eventsOfLines(query({ tagKeys: "app" }), [entry as never]);
    expect(one).toMatchObject({ time: 1_700_000_000_000, text: "rolled out", tags: ["api"] });
  });

  it("gives each panel its own", () => {
    const only = query({ name: "some", filter: { ids: [1], exclude: false } });
    const but = query({ name: "but", filter: { ids: [1], exclude: true } });
    const base = { id: 1, time: 0, timeEnd: 0, title: "", text: "", tags: [], color: "", dashboardUid: "" };
    const events = [
      { ...base, query: "some", panelId: undefined },
      { ...base, query: "but", panelId: undefined },
      { ...base, query: "some", panelId: 2 },
    ];
    expect(eventsOfPanel(events, [only, but], 1).map((one) => one.query)).toEqual(["some"]);
    expect(eventsOfPanel(events, [only, but], 2).map((one) => one.query)).toEqual(["but"]);
    expect(fillFields("{{ a }}-{{b}}", { a: "1" })).toBe("1-");
  });
});

it("places events in view and puts those at one place together", () => {
  const event = (from: number, to = from) => ({ from, to, color: "", title: "", text: "", tags: [], when: "" });
  const placed = placeEvents([event(50), event(10), event(12), event(-5), event(200), event(80, 300)], (at) => at, 100);
  expect(placed.map((one) => [one.left, one.right, one.all.length])).toEqual([
    [10, 10, 2],
    [50, 50, 1],
    [80, 100, 1],
  ]);
});
