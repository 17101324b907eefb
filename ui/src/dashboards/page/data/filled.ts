// Variables filled into what a panel says of its data: steps of transformations, names, words for no value. Pure.
import type { FieldOptions, Override, Panel, Transformation } from "../../model/types";
import { interpolate, type Lookup } from "../../variables/interpolate";

type Told = Pick<Panel, "transformations" | "defaults" | "overrides">;

const HAS_VARIABLE = /\$\{?[a-zA-Z_]|\[\[/;

/** Properties whose values are words for people. */
const WORDS: ReadonlySet<string> = new Set(["displayName", "noValue"]);

/** The panel's own parts where nothing is to be filled in. */
export function filledPanel(panel: Told, lookup: Lookup): Told {
  const fill = (text: string) => interpolate(text, lookup, "plain");
  return {
    transformations: eachChanged(panel.transformations, (one) => filledStep(one, fill)),
    defaults: filledDefaults(panel.defaults, fill),
    overrides: eachChanged(panel.overrides, (one) => filledOverride(one, fill)),
  };
}

function filledStep(step: Transformation, fill: (text: string) => string): Transformation {
  if (!HAS_VARIABLE.test(JSON.stringify(step.options))) return step;
  return { ...step, options: deep(step.options, fill) as Transformation["options"] };
}

function filledDefaults(defaults: FieldOptions, fill: (text: string) => string): FieldOptions {
  const { displayName, noValue } = defaults;
  if (!HAS_VARIABLE.test(`${displayName ?? ""} ${noValue ?? ""}`)) return defaults;
  const filled = (text: string | undefined) => (text === undefined ? undefined : fill(text));
  return { ...defaults, displayName: filled(displayName), noValue: filled(noValue) };
}

function filledOverride(override: Override, fill: (text: string) => string): Override {
  const properties = eachChanged(override.properties, (one) =>
    WORDS.has(one.id) && typeof one.value === "string" && HAS_VARIABLE.test(one.value)
      ? { ...one, value: fill(one.value) }
      : one,
  );
  return properties === override.properties ? override : { ...override, properties };
}

/** All texts within, the names of members too: steps name fields there. */
function deep(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((one) => deep(one, fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [fill(name), deep(one, fill)]));
}

/** The same list when no entry changed, so that what is made of it is kept. */
function eachChanged<T>(all: readonly T[], change: (one: T) => T): readonly T[] {
  const changed = all.map(change);
  return changed.every((one, at) => one === all[at]) ? all : changed;
}
