// LogQL in the editor: highlighting, and completion of labels, values, stages and functions.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { lokiLabels, lokiLabelValues } from "../api/loki/labels";
import type { Range } from "../time/range";
import { logqlContext } from "./logqlContext";
import { streamLanguage } from "./streamLanguage";

const STAGES: readonly [string, string][] = [
  ["= ", "line contains"],
  ["~ ", "line matches"],
  ["json", "fields of a JSON line"],
  ["logfmt", "fields of key=value lines"],
  ["pattern ", "fields by position"],
  ["regexp ", "fields by named groups"],
  ["unpack", "packed lines"],
  ["line_format ", "rewrite the line"],
  ["label_format ", "rename or make labels"],
  ["drop ", "remove labels"],
  ["keep ", "keep only these labels"],
  ["decolorize", "remove terminal colours"],
  ["unwrap ", "number of a label"],
  ['detected_level="error"', "only errors"],
];

const AGGREGATIONS = ["sum", "avg", "min", "max", "count", "stddev", "stdvar", "topk", "bottomk", "sort", "sort_desc"];
const RANGES = [
  "rate",
  "count_over_time",
  "bytes_rate",
  "bytes_over_time",
  "sum_over_time",
  "avg_over_time",
  "max_over_time",
  "min_over_time",
  "quantile_over_time",
  "first_over_time",
  "last_over_time",
  "stddev_over_time",
  "absent_over_time",
  "rate_counter",
];

const WORDS = {
  keywords: new Set(
    [
      "by without on ignoring group_left group_right bool offset and or unless json logfmt pattern regexp unpack unwrap drop keep",
      "line_format label_format decolorize distinct ip duration bytes",
    ]
      .join(" ")
      .split(" "),
  ),
  functions: new Set([...AGGREGATIONS, ...RANGES, "label_replace", "vector"]),
  word: "label",
} as const;

/** `rangeNow` is read at the moment of completion. */
export function logql(rangeNow: () => Range): Extension {
  return streamLanguage("logql", WORDS, (context) => complete(context, rangeNow()));
}

async function complete(context: CompletionContext, range: Range): Promise<CompletionResult | null> {
  const before = context.state.doc.sliceString(0, context.pos);
  const place = logqlContext(before);
  if (place.kind === "none" || (!context.explicit && place.kind === "function" && place.from === context.pos))
    return null;
  const options = await optionsFor(place, range).catch((): Completion[] => []);
  return options.length === 0 ? null : { from: place.from, options, validFor: /^[\w./:-]*$/ };
}

async function optionsFor(
  place: Exclude<ReturnType<typeof logqlContext>, { kind: "none" }>,
  range: Range,
): Promise<Completion[]> {
  if (place.kind === "label") {
    return (await lokiLabels(range)).map((label) => ({ label, type: "property" }));
  }
  if (place.kind === "value") {
    const query = place.selector === "{}" ? undefined : place.selector;
    const values = await lokiLabelValues(place.label, query, range);
    return values.map((value) => {
      const text = JSON.stringify(value);
      return { label: value, type: "text", apply: place.quoted ? text.slice(1, -1) : text };
    });
  }
  if (place.kind === "stage") return STAGES.map(([label, detail]) => ({ label, detail, type: "keyword" }));
  return [...RANGES, ...AGGREGATIONS].map((label) => ({ label, apply: `${label}(`, type: "function" }));
}
