import { expect, it } from "vitest";
import { asCopy, readIncoming } from "./incoming";

it("keeps the text of a bare dashboard and of one in an envelope", () => {
  const bare = '{\n  "title": "T",\n  "x": 1.0, "panels": []\n}';
  expect(readIncoming(`\n${bare}\n`)).toEqual({ json: bare, title: "T", panels: 0 });
  expect(readIncoming(`{"meta": {}, "dashboard": ${bare}}`).json).toBe(bare);
});

it("keeps resources with elements whole, and takes older dashboards out of theirs", () => {
  const whole =
    '{"apiVersion":"dashboard.grafana.app/v2","metadata":{"name":"u"},"spec":{"title":"E","elements":{"a":{}},"layout":{}}}';
  expect(readIncoming(whole)).toMatchObject({ json: whole, title: "E", panels: 1 });
  const older = '{"apiVersion":"dashboard.grafana.app/v1","metadata":{"name":"u"},"spec":{"title":"O","panels":[]}}';
  expect(JSON.parse(readIncoming(older).json)).toEqual({ title: "O", panels: [], uid: "u" });
  expect(JSON.parse(asCopy(whole))).toMatchObject({ metadata: {}, spec: { title: "E (copy)" } });
  expect(JSON.parse(asCopy('{"title":"T","uid":"u","id":3}'))).toEqual({ title: "T (copy)" });
});

it("says what is wrong", () => {
  expect(() => readIncoming("{")).toThrow(/Not JSON/);
  expect(() => readIncoming('{"a":1}')).toThrow(/no dashboard/);
});
