// What the server offers for the parts of a query, by signal. Other conditions narrow the choice.
import { lokiLabels, lokiLabelValues } from "../api/loki/labels";
import { labelNames, labelValues } from "../api/prometheus/labels";
import { tagNames, tagValues } from "../api/tempo/tags";
import type { Signal } from "../explore/search";
import { INTRINSICS, KEYWORD_VALUES } from "../lang/traceqlWords";
import type { Range } from "../time/range";
import { LOGQL } from "./logqlBuild";
import type { Built, Condition } from "./model";
import { PROMQL } from "./promqlBuild";

export interface Choices {
  readonly subjects: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly names: (built: Built, signal: AbortSignal) => Promise<readonly string[]>;
  readonly values: (built: Built, name: string, signal: AbortSignal) => Promise<readonly string[]>;
}

/** Without the condition that is being chosen for. */
function others(built: Built, name: string): readonly Condition[] {
  return built.conditions.filter((one) => one.name !== name && one.value !== "");
}

function selector(built: Built, name: string): string | undefined {
  return PROMQL.print({ ...built, conditions: others(built, name), steps: [] }) || undefined;
}

export function choicesOf(signal: Signal, range: Range): Choices {
  if (signal === "metrics") {
    return {
      subjects: (abort) => labelValues("__name__", undefined, abort),
      names: async (built, abort) => (await labelNames(selector(built, ""), abort)).filter((one) => one !== "__name__"),
      values: (built, name, abort) => labelValues(name, selector(built, name), abort),
    };
  }
  if (signal === "logs") {
    return {
      subjects: () => Promise.resolve([]),
      names: (_, abort) => lokiLabels(range, abort),
      values: (built, name, abort) => {
        const known = others(built, name);
        const query = known.length === 0 ? undefined : LOGQL.print({ subject: "", conditions: known, steps: [] });
        return lokiLabelValues(name, query, range, abort);
      },
    };
  }
  return {
    subjects: () => Promise.resolve([]),
    names: async (_, abort) => {
      const scopes = await tagNames(range, abort);
      const attributes = scopes.flatMap((one) =>
        one.name === "intrinsic" ? [] : one.tags.map((tag) => `${one.name}.${tag}`),
      );
      return [...INTRINSICS, ...attributes];
    },
    values: async (_, name, abort) =>
      KEYWORD_VALUES[name] ?? (await tagValues(name, range, abort)).map((one) => one.value),
  };
}
