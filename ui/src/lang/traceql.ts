// TraceQL in the editor: highlighting, and completion of attributes, intrinsics, values and pipeline stages.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { tagNames, tagValues } from "../api/tempo/tags";
import type { Range } from "../time/range";
import { streamLanguage } from "./streamLanguage";
import { traceqlContext } from "./traceqlContext";
import { INTRINSICS, KEYWORD_VALUES } from "./traceqlWords";
import { wordHover } from "./words/wordHover";

/** Those that are seldom asked for come last. */
const COMPLETED = [...INTRINSICS, "nestedSetParent", "event:name", "span:id", "trace:id"];

const STAGES: readonly (readonly [string, string])[] = [
  ["count() > ", "spans that matched"],
  ["avg(duration) > ", "mean of the spans"],
  ["max(duration) > ", "longest of the spans"],
  ["min(duration) > ", "shortest of the spans"],
  ["sum(duration) > ", "all of the spans"],
  ["by(resource.service.name)", "a spanset for each value"],
  ["select(", "shows more fields"],
  ["coalesce()", "one spanset again"],
  ["rate()", "spans a second"],
  ["count_over_time()", "spans of a step"],
  ["quantile_over_time(duration, .95)", "95 of 100 are below"],
  ["histogram_over_time(duration)", "how durations are spread"],
  ["avg_over_time(duration)", "mean of a step"],
  ["max_over_time(duration)", "highest of a step"],
  ["compare({ status = error })", "what these have in common"],
  ["with (most_recent=true)", "the newest matches"],
];

const STARTS: readonly (readonly [string, string])[] = [
  ["{ status = error }", "spans that failed"],
  ["{ duration > 500ms }", "slow spans"],
  ['{ resource.service.name = "', "spans of a service"],
  ['{ name = "', "spans by name"],
  ["{ } | rate() by (resource.service.name)", "spans a second"],
];

const RELATIONS: readonly (readonly [string, string])[] = [
  [" | ", "on with a pipeline"],
  [" && { ", "both in one trace"],
  [" || { ", "one of both"],
  [" > { ", "has a child"],
  [" >> { ", "has it somewhere below"],
  [" < { ", "has a parent"],
  [" << { ", "has it somewhere above"],
  [" ~ { ", "has a sibling"],
];

const WORDS = {
  keywords: new Set(
    "by select coalesce with true false nil error ok unset server client producer consumer internal unspecified compare".split(
      " ",
    ),
  ),
  functions: new Set(
    "count avg max min sum rate count_over_time quantile_over_time histogram_over_time max_over_time min_over_time avg_over_time topk bottomk".split(
      " ",
    ),
  ),
  word: "name",
} as const;

/** `rangeNow` is read at the moment of completion. */
export function traceql(rangeNow: () => Range): Extension {
  return [
    streamLanguage("traceql", WORDS, (context) => complete(context, rangeNow())),
    wordHover(() => import("./words/traceqlWords").then((module) => module.TRACEQL_WORDS)),
  ];
}

async function complete(context: CompletionContext, range: Range): Promise<CompletionResult | null> {
  const place = traceqlContext(context.state.doc.sliceString(0, context.pos));
  const isAsked = context.explicit || (place.kind !== "start" && place.kind !== "relation");
  if (place.kind === "none" || !isAsked) return null;
  const options = await optionsFor(place, range).catch((): Completion[] => []);
  const validFor = place.kind === "value" && place.quoted ? /^[^"`]*$/ : /^[\w.:/-]*$/;
  return options.length === 0 ? null : { from: place.from, options, validFor };
}

const option = ([label, detail]: readonly [string, string]): Completion => ({ label, detail, type: "keyword" });

async function optionsFor(
  place: Exclude<ReturnType<typeof traceqlContext>, { kind: "none" }>,
  range: Range,
): Promise<Completion[]> {
  if (place.kind === "start") return STARTS.map(option);
  if (place.kind === "relation") return RELATIONS.map(option);
  if (place.kind === "stage") return STAGES.map(option);
  if (place.kind === "field") {
    const scopes = await tagNames(range);
    const attributes = scopes.flatMap((scope) =>
      scope.name === "intrinsic"
        ? []
        : scope.tags.map((tag): Completion => ({ label: `${scope.name}.${tag}`, type: "property" })),
    );
    return [...attributes, ...COMPLETED.map((label): Completion => ({ label, detail: "intrinsic", type: "keyword" }))];
  }
  const known = KEYWORD_VALUES[place.field];
  if (known !== undefined) return known.map((label) => ({ label, type: "keyword" }));
  const values = await tagValues(place.field, range);
  return values.map((one): Completion => {
    const isText = one.type === "string" || one.type === "";
    const text = JSON.stringify(one.value);
    return { label: one.value, type: "text", apply: !isText ? one.value : place.quoted ? text.slice(1, -1) : text };
  });
}
