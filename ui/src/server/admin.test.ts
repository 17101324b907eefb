import { describe, expect, it } from "vitest";
import { decodeQueries } from "../api/oriel/queries";
import { hostsOf, isSilent } from "./agents/hosts";
import { labelsQuery, pairSelector, valuesOfQuery } from "./cardinality/cardinalityQueries";
import { promisedOf, promisedQuery, rangeAround, runsOf, totalsQueries } from "./load/loadRuns";

it("queries of the server are read as far as they go", () => {
  const { running, slow } = decodeQueries({
    running: [{ id: 7, signal: "logs", kind: "range", query: "{}", seconds: 1.5, rowsRead: 3, waiting: true }],
    slow: [{ id: "x", signal: "<b>", outcome: "timed out" }, null],
  });
  expect(running).toMatchObject([{ id: 7, signal: "logs", seconds: 1.5, rows: 3, waiting: true, outcome: "" }]);
  expect(slow).toMatchObject([{ id: 0, signal: "metrics", outcome: "timed out" }, { query: "" }]);
  expect(decodeQueries("nonsense")).toEqual({ running: [], slow: [] });
});

describe("hosts", () => {
  const at = (labels: Record<string, string>, value: number) => ({ labels, time: 0, value, histogram: undefined });

  it("are joined over their facts, the silent first", () => {
    const hosts = hostsOf({
      up: [at({ instance: "a", job: "node" }, 1), at({ instance: "a", job: "api" }, 0), at({ instance: "b" }, 1)],
      system: [at({ instance: "a", nodename: "alpha", sysname: "Linux", release: "6", machine: "x86_64" }, 1)],
      cpu: [at({ instance: "a" }, 0.25)],
      age: [at({ instance: "a" }, 3), at({ instance: "b" }, 4_000)],
    });
    expect(hosts.map((one) => one.name)).toEqual(["b", "alpha"]);
    expect(hosts[1]).toMatchObject({
      system: "Linux 6 x86_64",
      cpu: 0.25,
      memory: undefined,
      jobs: [
        { name: "api", up: false },
        { name: "node", up: true },
      ],
    });
    expect(hosts.map(isSilent)).toEqual([true, false]);
  });
  it("may say nothing", () => expect(hostsOf({})).toEqual([]));
});

describe("load test runs", () => {
  const frame = (values: (number | null)[]) => ({
    times: values.map((_, index) => index * 10),
    series: [{ labels: { testid: "smoke" }, values }],
  });

  it("are stretches with users; a missed step does not end one", () => {
    const runs = runsOf(frame([null, 1, 5, null, 2, null, null, null, 3, null, null]), 10_000);
    expect(runs).toEqual([
      { test: "smoke", from: 80_000, to: 80_000, users: 3, isRunning: false },
      { test: "smoke", from: 10_000, to: 35_000, users: 5, isRunning: false },
    ]);
  });
  it("go on while there are users at the end", () => {
    const [run] = runsOf(frame([null, 1, 2]), 10_000);
    expect(run).toMatchObject({ isRunning: true, to: 20_000 });
    expect(run === undefined ? undefined : rangeAround(run, 25_000)).toEqual({ from: 0, to: 25_000 });
  });
  it("have names that are quoted", () => {
    const run = { test: 'a"b', from: 0, to: 9_500, users: 1, isRunning: false };
    expect(totalsQueries(run).requests).toBe('sum(last_over_time(k6_http_reqs_total{testid="a\\"b"}[40s]))');
  });
});

it("selectors of the cardinality page quote odd names", () => {
  expect(pairSelector("job=a=b")).toBe('{job="a=b"}');
  expect(pairSelector("k8s.pod=x")).toBe('{"k8s.pod"="x"}');
  expect(labelsQuery("up", "k8s.pod")).toBe('count(count by ("k8s.pod") (up))');
  expect(valuesOfQuery("up", "job")).toBe("topk(50, count by (job) (up))");
});

it("what a run promised is told with the numbers, crossed ones first", () => {
  const row = (said: string, metric: string, threshold: string, value: number) => ({
    labels: { said, metric, threshold },
    value,
  });
  const rows = [
    row("ok", "checks", "rate>0.9", 1),
    row("ok", "http_req_duration", "p(95)<500", 0),
    row("measured", "http_req_duration", "p(95)<500", 612),
  ];
  expect(promisedOf(rows)).toEqual([
    { metric: "http_req_duration", threshold: "p(95)<500", held: false, measured: 612 },
    { metric: "checks", threshold: "rate>0.9", held: true, measured: undefined },
  ]);
  const run = { test: 'a"b', from: 0, to: 60_000, users: 1, isRunning: false };
  expect(promisedQuery(run).at).toBe(75_000);
  expect(promisedQuery(run).expr).toContain('oriel_load_threshold_ok{testid="a\\"b"}[105s]');
});
