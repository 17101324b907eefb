// Which rows of a table are asked for: what is ticked, what is contained, or what a comparison such as `$ >= 10 && $ < 20` lets through. Pure.
import { plainValue } from "../../../data/frame";
import { type Column, wordsOf } from "../columns";

export const OPERATORS = ["contains", "expression", "=", "!=", "<", "<=", ">", ">="] as const;
export type Operator = (typeof OPERATORS)[number];

/** What is asked of one column. */
export interface Ask {
  readonly operator: Operator;
  readonly text: string;
  readonly matchCase: boolean;
  /** The words that may stand in its cells; undefined: any. */
  readonly ticked: ReadonlySet<string> | undefined;
}

/** By the name of the column. */
export type Asks = ReadonlyMap<string, Ask>;

export const NO_ASK: Ask = { operator: "contains", text: "", matchCase: false, ticked: undefined };

export function isEmptyAsk(ask: Ask): boolean {
  return ask.text.trim() === "" && ask.ticked === undefined;
}

type Test = (words: string, value: unknown) => boolean;

/** Whether a text passes what is typed. A comparison that makes no sense lets all through: it is half typed. */
export function testOf({ operator, text, matchCase }: Ask): Test {
  const typed = text.trim();
  if (typed === "") return () => true;
  if (operator === "contains") {
    const pattern = containedIn(typed, matchCase);
    return (words) => pattern(words);
  }
  const compare = readExpression(operator === "expression" ? typed : `$ ${operator} ${quoted(typed)}`);
  return compare === undefined ? () => true : (words, value) => compare({ words, value });
}

/** The operator is chosen, so what is typed is one value, whatever stands in it. */
function quoted(typed: string): string {
  return Number.isFinite(Number(typed)) ? typed : JSON.stringify(typed);
}

/** As a pattern where it is one, else as the words themselves. */
function containedIn(typed: string, matchCase: boolean): (words: string) => boolean {
  try {
    const pattern = new RegExp(typed, matchCase ? "" : "i");
    return (words) => pattern.test(words);
  } catch {
    const asked = matchCase ? typed : typed.toLowerCase();
    return (words) => (matchCase ? words : words.toLowerCase()).includes(asked);
  }
}

interface Compared {
  readonly words: string;
  readonly value: unknown;
}
type Compare = (of: Compared) => boolean;

const TOKEN = /\s*(&&|\|\||[=!]==?|[()!]|[<>]=?|=|\$|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s()&|<>=!$"']+)/y;

/** `$` is the value: comparisons with `&&`, `||`, `!` and brackets. Nothing of it is ever run as code. */
export function readExpression(written: string): Compare | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const source = written.trim();
  while (TOKEN.lastIndex < source.length) {
    const found = TOKEN.exec(source);
    if (found === null) return undefined;
    tokens.push(found[1] ?? "");
  }
  let at = 0;
  const take = (token: string) => tokens[at] === token && ++at > 0;
  const either = (): Compare | undefined => {
    let left = both();
    while (left !== undefined && take("||")) {
      const [a, b] = [left, both()];
      left = b === undefined ? undefined : (of) => a(of) || b(of);
    }
    return left;
  };
  const both = (): Compare | undefined => {
    let left = single();
    while (left !== undefined && take("&&")) {
      const [a, b] = [left, single()];
      left = b === undefined ? undefined : (of) => a(of) && b(of);
    }
    return left;
  };
  const single = (): Compare | undefined => {
    if (take("!")) {
      const inner = single();
      return inner === undefined ? undefined : (of) => !inner(of);
    }
    if (take("(")) {
      const inner = either();
      return take(")") ? inner : undefined;
    }
    const [left, operator, right] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    const compare = comparisonOf(operator ?? "");
    if (left === undefined || right === undefined || compare === undefined) return undefined;
    at += 3;
    if (left === "$") return (of) => compare(of, wordOf(right));
    const turned = comparisonOf(TURNED[operator ?? ""] ?? operator ?? "");
    return right === "$" && turned !== undefined ? (of) => turned(of, wordOf(left)) : undefined;
  };
  const all = either();
  return at === tokens.length ? all : undefined;
}

function wordOf(token: string): string {
  return /^["']/.test(token) ? token.slice(1, -1).replaceAll(/\\(.)/g, "$1") : token;
}

const TURNED: Readonly<Record<string, string>> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };

function isSame({ words, value }: Compared, other: string): boolean {
  return typeof value === "number" && other !== "" && Number.isFinite(Number(other))
    ? value === Number(other)
    : words === other || String(value) === other;
}

/** Numbers as numbers, anything else as words. */
function order({ words, value }: Compared, other: string): number {
  const size = Number(other);
  if (typeof value === "number" && Number.isFinite(size)) return value - size;
  return words < other ? -1 : words > other ? 1 : 0;
}

const isValue = ({ value }: Compared) => value !== null && value !== undefined && !Number.isNaN(value);

const COMPARED: Readonly<Record<string, (of: Compared, other: string) => boolean>> = {
  "=": isSame,
  "==": isSame,
  "===": isSame,
  "!=": (of, other) => !isSame(of, other),
  "!==": (of, other) => !isSame(of, other),
  "<": (of, other) => isValue(of) && order(of, other) < 0,
  "<=": (of, other) => isValue(of) && order(of, other) <= 0,
  ">": (of, other) => isValue(of) && order(of, other) > 0,
  ">=": (of, other) => isValue(of) && order(of, other) >= 0,
};

/** Names that every object has, such as `constructor`, are no operators. */
function comparisonOf(operator: string): ((of: Compared, other: string) => boolean) | undefined {
  return Object.hasOwn(COMPARED, operator) ? COMPARED[operator] : undefined;
}

/** The rows that pass what is asked of every column. */
export function askedRows(columns: readonly Column[], rows: readonly number[], asks: Asks): readonly number[] {
  const tests = columns.flatMap((column) => {
    const ask = asks.get(column.name);
    if (ask === undefined || isEmptyAsk(ask)) return [];
    const test = testOf(ask);
    return [
      (row: number) => {
        const words = wordsOf(column, row);
        return (ask.ticked === undefined || ask.ticked.has(words)) && test(words, plainValue(column.field.values[row]));
      },
    ];
  });
  return tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test(row)));
}

export interface Choice {
  readonly words: string;
  readonly value: unknown;
  readonly rows: number;
}

/** The different words of a column and how many rows have each, in the order of the column. */
export function choicesOf(
  column: Column,
  rows: readonly number[],
  compare: (a: unknown, b: unknown) => number,
): Choice[] {
  const found = new Map<string, { value: unknown; rows: number }>();
  for (const row of rows) {
    const words = wordsOf(column, row);
    const known = found.get(words);
    if (known === undefined) found.set(words, { value: plainValue(column.field.values[row]), rows: 1 });
    else known.rows += 1;
  }
  return [...found].map(([words, one]) => ({ words, ...one })).sort((a, b) => compare(a.value, b.value));
}
