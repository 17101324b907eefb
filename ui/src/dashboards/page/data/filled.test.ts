import { expect, it } from "vitest";
import type { Lookup } from "../../variables/interpolate";
import { filledPanel } from "./filled";

const lookup: Lookup = (name) =>
  name === "top"
    ? { values: ["3"], texts: ["3"], many: false }
    : name === "env"
      ? { values: ["prod"], texts: ["prod"], many: false }
      : undefined;

it("fills variables into steps and names, and leaves what has none as it is", () => {
  const panel = {
    transformations: [
      { id: "limit", options: { limitField: "$top" }, disabled: false },
      { id: "organize", options: { renameByName: { "Value ${env}": "Value" } }, disabled: false },
      { id: "renameByRegex", options: { regex: "(.*)", renamePattern: "$1" }, disabled: false },
    ],
    defaults: { displayName: "${env} ${__field.labels.job}", custom: {} },
    overrides: [
      { matcher: "byName", argument: "a", properties: [{ id: "displayName", value: "$env" }] },
      { matcher: "byName", argument: "b", properties: [{ id: "unit", value: "s" }] },
    ],
  };
  const filled = filledPanel(panel, lookup);
  expect(filled.transformations.map((one) => one.options)).toEqual([
    { limitField: "3" },
    { renameByName: { "Value prod": "Value" } },
    { regex: "(.*)", renamePattern: "$1" },
  ]);
  expect(filled.defaults.displayName).toBe("prod ${__field.labels.job}");
  expect(filled.overrides[0]?.properties[0]?.value).toBe("prod");
  expect(filled.overrides[1]).toBe(panel.overrides[1]);
  const still = { ...panel, transformations: [], defaults: { custom: {} }, overrides: panel.overrides.slice(1) };
  expect(filledPanel(still, lookup).overrides).toBe(still.overrides);
});
