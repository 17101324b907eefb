// Whether a row, a tab or a panel is shown: by values of variables and by how long the shown time is. Pure.
// Conditions on the data of a panel do not hide it here: what hides itself cannot say that it failed.
import { list, record, text } from "../../../api/decode";

export interface Test {
  readonly kind: "variable" | "range";
  readonly variable: string;
  readonly operator: string;
  readonly value: string;
}

export interface Condition {
  readonly show: boolean;
  readonly all: boolean;
  readonly tests: readonly Test[];
}

export interface Facts {
  /** Chosen values of a variable. */
  readonly valuesOf: (name: string) => readonly string[];
  /** Length of the shown time, milliseconds. */
  readonly rangeMs: number;
  readonly durationOf: (text: string) => number | undefined;
}

export function parseCondition(value: unknown): Condition | undefined {
  const spec = record(record(value).spec);
  const tests = list(spec.items).flatMap((one): Test[] => {
    const item = record(one);
    const own = record(item.spec);
    if (item.kind === "ConditionalRenderingVariable") {
      return [
        {
          kind: "variable",
          variable: text(own.variable),
          operator: text(own.operator, "equals"),
          value: text(own.value),
        },
      ];
    }
    if (item.kind === "ConditionalRenderingTimeRangeSize") {
      return [{ kind: "range", variable: "", operator: "", value: text(own.value) }];
    }
    return [];
  });
  return tests.length === 0 ? undefined : { show: spec.visibility !== "hide", all: spec.condition !== "or", tests };
}

export function isShown(condition: Condition | undefined, facts: Facts): boolean {
  if (condition === undefined) return true;
  const holds = (test: Test) => isTrue(test, facts);
  const met = condition.all ? condition.tests.every(holds) : condition.tests.some(holds);
  return met === condition.show;
}

function isTrue(test: Test, facts: Facts): boolean {
  if (test.kind === "range") return facts.rangeMs <= (facts.durationOf(test.value) ?? Number.POSITIVE_INFINITY);
  const values = facts.valuesOf(test.variable);
  switch (test.operator) {
    case "equals":
      return values.includes(test.value);
    case "notEquals":
      return !values.includes(test.value);
    case "matches":
      return values.some((one) => isMatch(test.value, one));
    case "notMatches":
      return !values.some((one) => isMatch(test.value, one));
    default:
      return true;
  }
}

/** A pattern that is none matches nothing. */
function isMatch(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return false;
  }
}
