import { describe, expect, it } from "vitest";
import { sparkPath } from "../charts/sparkPath";
import { boardsOf } from "./boardsOf";
import { rates, withPoll } from "./rates";
import { receivedOf } from "./received";
import { reachable, snippets } from "./snippets";

const poll = (at: number, samples: number | undefined) => ({ at, ingest: { samples, lines: undefined, spans: 0 } });

describe("rates", () => {
  it("are differences over time, with holes where they cannot be known", () => {
    const polls = [poll(0, 10), poll(5_000, 60), poll(10_000, 5), poll(12_000, undefined)];
    expect(rates(polls, "samples")).toEqual([10, null, null]);
    expect(rates(polls, "lines")).toEqual([null, null, null]);
    expect(rates([], "spans")).toEqual([]);
  });

  it("keep the order of polls and bound them", () => {
    const first = withPoll([], poll(5, 1));
    expect(withPoll(first, poll(5, 2))).toBe(first);
    let polls = first;
    for (let at = 6; at < 500; at += 1) polls = withPoll(polls, poll(at, at));
    expect(polls).toHaveLength(120);
  });
});

it("what a snippet sends is counted where it arrives", () => {
  const counted = {
    doors: new Map([["otlp_http", 2]]),
    routes: new Map([
      ["POST /loki/api/v1/push", 5],
      ["POST /api/v1/write", 1],
    ]),
  };
  expect(["otel", "alloy", "promtail", "k6", "unknown"].map((one) => receivedOf(one, counted))).toEqual([
    2,
    8,
    5,
    1,
    undefined,
  ]);
  // Every snippet is watched.
  expect(snippets([], "h").filter((one) => receivedOf(one.id, counted) === undefined)).toEqual([]);
});

describe("snippets", () => {
  it("use this server's addresses", () => {
    const doors = [
      { name: "loki", address: "0.0.0.0:33100", open: true },
      { name: "otlp-grpc", address: "127.0.0.1:24317", open: true },
    ];
    const all = snippets(doors, "oriel.example");
    const text = (id: string) => all.find((one) => one.id === id)?.text ?? "";
    expect(text("promtail")).toContain("http://oriel.example:33100/loki/api/v1/push");
    expect(text("otel")).toContain("http://127.0.0.1:24317");
    expect(text("otel")).not.toContain("http/protobuf");
    expect(
      snippets([], "h")
        .find((one) => one.id === "otel")
        ?.text.split("\n"),
    ).toEqual([
      "export OTEL_SERVICE_NAME=checkout",
      "export OTEL_EXPORTER_OTLP_ENDPOINT=http://h:4317",
      "export OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
      "# or:",
      "# export OTEL_EXPORTER_OTLP_ENDPOINT=http://h:4318",
      "# export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ]);
    expect(text("prometheus")).toContain("http://oriel.example:9090/api/v1/write");
  });

  it("replace wildcards only", () => {
    expect(reachable("[::]:3000", "h")).toBe("h:3000");
    expect(reachable("10.0.0.1:3000", "h")).toBe("10.0.0.1:3000");
    expect(reachable("odd", "h")).toBe("odd");
  });
});

describe("sparkPath", () => {
  it("draws lines and leaves gaps", () => {
    expect(sparkPath([0, 10, null, 5, 5], 80, 20)).toBe("M0 20L20 0M60 10L80 10");
    expect(sparkPath([null, 3, null], 80, 20)).toBe("M0 0l0.01 0");
    expect(sparkPath([null, null, 0, 10], 80, 20)).toBe("M0 20L80 0");
    expect(sparkPath([], 80, 20)).toBe("");
  });
});

it("dashboards: starred first, then the last opened, then by name", () => {
  const hit = (uid: string, starred = false) => ({
    uid,
    title: uid,
    tags: [],
    folder: "",
    folderUid: "",
    starred,
    description: "",
  });
  const all = [hit("d"), hit("c"), hit("b"), hit("a"), hit("z", true)];
  expect(boardsOf(all, ["b", "d", "gone"]).map((one) => one.uid)).toEqual(["z", "b", "d", "a", "c"]);
  expect(
    boardsOf(
      Array.from({ length: 30 }, (_, index) => hit(String(index))),
      [],
    ),
  ).toHaveLength(10);
});
