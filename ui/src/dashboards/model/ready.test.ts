// The dashboards that come with the server, as this page reads them.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type Json, record } from "../../api/decode";
import { parsePanel } from "./parse";

function panelOf(name: string, title: string): Json {
  const file = new URL(`../../../../crates/server/src/api/grafana/ready/${name}.json`, import.meta.url);
  const { panels } = record(JSON.parse(readFileSync(file, "utf8")));
  return record(Array.isArray(panels) ? panels.find((one) => record(one).title === title) : undefined);
}

it("colours services alike on every panel that tells them apart", () => {
  const shown = [
    ["red", "Rate"],
    ["red", "Errors"],
    ["red", "Duration, 95%"],
    ["logs", "Loudest services"],
  ] as const;
  for (const [name, title] of shown) {
    const panel = parsePanel(panelOf(name, title));
    expect(panel.defaults.color?.mode, title).toBe("palette-classic-by-name");
  }
});

it("draws of what was refused no lines of zeros, and says when there is nothing", () => {
  const refused = panelOf("self", "Refused");
  expect(refused.targets).toMatchObject([{ expr: expect.stringMatching(/ > 0$/) }]);
  expect(parsePanel(refused).defaults.noValue).toBe("Nothing refused");
});
