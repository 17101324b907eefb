// LogQL in the editor: highlighting, and completion of labels, values, stages and functions.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { detectedFields, detectedLabels, detectedValues } from "../api/loki/detected";
import { lokiLabels, lokiLabelValues } from "../api/loki/labels";
import type { Range } from "../time/range";
import { linesOf, logqlContext } from "./logqlContext";
import { streamLanguage } from "./streamLanguage";
import { VALID_WINDOW, windowOptions } from "./windows";
import { wordHover } from "./words/wordHover";

/** Completion that takes longer is no help. */
const MOST_WAIT_MS = 5_000;

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

const AGGREGATIONS: readonly (readonly [string, string])[] = [
  ["sum", "all series as one, or one a label"],
  ["avg", "mean of the series"],
  ["min", "lowest series"],
  ["max", "highest series"],
  ["count", "number of series"],
  ["stddev", "how far series are apart"],
  ["stdvar", "the same, squared"],
  ["topk", "(k, series): the highest"],
  ["bottomk", "(k, series): the lowest"],
  ["sort", "lowest first"],
  ["sort_desc", "highest first"],
];
const RANGES: readonly (readonly [string, string])[] = [
  ["rate", "lines a second"],
  ["count_over_time", "lines of the window"],
  ["bytes_rate", "bytes a second"],
  ["bytes_over_time", "bytes of the window"],
  ["sum_over_time", "sum of an unwrapped number"],
  ["avg_over_time", "its mean"],
  ["max_over_time", "its highest"],
  ["min_over_time", "its lowest"],
  ["quantile_over_time", "(0.95, lines | unwrap field [5m])"],
  ["first_over_time", "its first"],
  ["last_over_time", "its last"],
  ["stddev_over_time", "how far it is apart"],
  ["absent_over_time", "1 where no line was written"],
  ["rate_counter", "growth a second of an unwrapped counter"],
];
const names = (all: readonly (readonly [string, string])[]) => all.map(([name]) => name);

const WORDS = {
  keywords: new Set(
    [
      "by without on ignoring group_left group_right bool offset and or unless json logfmt pattern regexp unpack unwrap drop keep",
      "line_format label_format decolorize distinct ip duration bytes",
    ]
      .join(" ")
      .split(" "),
  ),
  functions: new Set([...names(AGGREGATIONS), ...names(RANGES), "label_replace", "vector"]),
  word: "label",
} as const;

/** `rangeNow` is read at the moment of completion. */
export function logql(rangeNow: () => Range): Extension {
  return [
    streamLanguage("logql", WORDS, (context) => complete(context, rangeNow())),
    wordHover(() => import("./words/logqlWords").then((module) => module.LOGQL_WORDS)),
  ];
}

async function complete(context: CompletionContext, range: Range): Promise<CompletionResult | null> {
  const before = context.state.doc.sliceString(0, context.pos);
  const place = logqlContext(before);
  if (place.kind === "none" || (!context.explicit && place.kind === "function" && place.from === context.pos))
    return null;
  const whole = linesOf(context.state.doc.toString());
  const options = await optionsFor(place, whole, range).catch((): Completion[] => []);
  if (options.length === 0) return null;
  const isText = (place.kind === "value" || place.kind === "fieldValue") && place.quoted;
  const validFor = isText ? /^[^"`]*$/ : place.kind === "window" ? VALID_WINDOW : /^[\w./:-]*$/;
  return { from: place.from, options, validFor };
}

type Place = Exclude<ReturnType<typeof logqlContext>, { kind: "none" }>;

async function optionsFor(place: Place, whole: string | undefined, range: Range): Promise<Completion[]> {
  switch (place.kind) {
    case "label":
      return (await lokiLabels(range)).map((label) => ({ label, type: "property" }));
    case "value": {
      const query = place.selector === "{}" ? undefined : place.selector;
      return (await lokiLabelValues(place.label, query, range)).map((value) => textOption(value, place.quoted));
    }
    case "stage":
      return [
        ...STAGES.map(([label, detail]) => ({ label, detail, type: "keyword", boost: 1 })),
        ...(await fieldOptions(place.lines, range)),
      ];
    case "field":
      return fieldOptions(place.lines, range);
    case "fieldValue":
      return (await detectedValues(place.field, place.lines, range)).map((value) => textOption(value, place.quoted));
    case "group":
      return whole === undefined
        ? (await lokiLabels(range)).map((label) => ({ label, type: "property" }))
        : fieldOptions(whole, range);
    case "window":
      return windowOptions(["$__auto", "$__interval", "$__range"]);
    default:
      return [...RANGES, ...AGGREGATIONS].map(([label, detail]) => ({
        label,
        detail,
        apply: `${label}(`,
        type: "function",
      }));
  }
}

function textOption(value: string, quoted: boolean): Completion {
  const text = JSON.stringify(value);
  return { label: value, type: "text", apply: quoted ? text.slice(1, -1) : text };
}

/** Labels of the streams, and fields that a parser of the query, or metadata, gives their lines. */
async function fieldOptions(lines: string, range: Range): Promise<Completion[]> {
  const abort = AbortSignal.timeout(MOST_WAIT_MS);
  const [labels, fields] = await Promise.allSettled([
    detectedLabels(lines, range, abort),
    detectedFields(lines, range, abort),
  ]);
  const of = (found: typeof labels, detail: string) =>
    found.status === "fulfilled" ? found.value.map(({ name }) => ({ label: name, detail, type: "property" })) : [];
  const all = [...of(labels, "label"), ...of(fields, "field"), { label: "__error__", detail: "why a parser failed" }];
  return all.filter((one, index) => all.findIndex(({ label }) => label === one.label) === index);
}
