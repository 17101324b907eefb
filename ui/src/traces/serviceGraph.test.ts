import { describe, expect, it } from "vitest";
import { type Call, callQuery, callsOf, layoutServices } from "./serviceGraph";

const call = (client: string, server: string, rate = 1): Call => ({ client, server, rate, errors: 0, mean: undefined });
const places = (calls: readonly Call[]) =>
  Object.fromEntries(layoutServices(calls).services.map((one) => [one.name, [one.column, one.row]]));

describe("the map of services", () => {
  it("has callers left of what they call, however far the way is", () => {
    const graph = places([call("user", "web"), call("web", "db"), call("web", "cart"), call("cart", "db")]);
    expect(graph).toEqual({ user: [0, 0], web: [1, 0], cart: [2, 0], db: [3, 0] });
  });
  it("survives rings and calls to oneself", () => {
    const graph = layoutServices([call("a", "b"), call("b", "c"), call("c", "a"), call("a", "a"), call("user", "a")]);
    expect(graph.services).toHaveLength(4);
    expect(places([call("a", "b"), call("b", "a"), call("user", "a")])).toEqual({ user: [0, 0], a: [1, 0], b: [2, 0] });
  });
  it("keeps lines from crossing", () => {
    const graph = places([call("a", "z"), call("b", "y")]);
    expect(graph.a?.[1]).toBe(graph.z?.[1]);
    expect(graph.b?.[1]).toBe(graph.y?.[1]);
  });
  it("is empty without calls", () => expect(layoutServices([]).services).toEqual([]));
});

it("joins rates, errors and durations; what is no number is none", () => {
  const labels = { client: "a", server: "b" };
  const rates = [
    { labels, value: 2 },
    { labels: { client: "", server: "b" }, value: 9 },
    { labels: { client: "b", server: "c" }, value: Number.NaN },
  ];
  expect(callsOf(rates, [{ labels, value: 0.5 }], [{ labels, value: Number.NaN }])).toEqual([
    { client: "a", server: "b", rate: 2, errors: 0.5, mean: undefined },
    { client: "b", server: "c", rate: 0, errors: 0, mean: undefined },
  ]);
  const calls = [
    { ...call("a", "b", 2), errors: 1, mean: 0.25 },
    { ...call("c", "b", 6), mean: 0.5 },
    call("d", "b", 9),
  ];
  const service = layoutServices(calls).services.find((one) => one.name === "b");
  expect(service).toMatchObject({ rate: 17, errors: 1, mean: 0.4375 });
});

it("quotes names in searches", () => {
  expect(callQuery({ client: 'a"', server: "b" })).toBe(
    '{ resource.service.name = "a\\"" } >> { resource.service.name = "b" }',
  );
});
