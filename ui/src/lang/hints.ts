// What to do about a refused query: words about the error that the server told, and the query mended where only one mend makes
// sense. Pure.
import type { Fault } from "./fault";

export interface Hint {
  readonly words: string;
  /** The query as it was probably meant. */
  readonly mended?: string;
}

interface Rule {
  readonly error: RegExp;
  readonly words: string;
  readonly mend?: (query: string, fault: Fault | undefined, found: RegExpExecArray) => string | undefined;
}

const RULES: readonly Rule[] = [
  {
    error: /expected type range vector in call to function "(\w+)", got instant vector/,
    words: "This function looks back over a window of time: give the selector one, such as [5m].",
    mend: withWindow,
  },
  {
    error: /expected type instant vector in .*, got range vector/,
    words: "A window such as [5m] belongs into a function that looks back over time, such as rate.",
    mend: wrapped,
  },
  {
    error: /invalid expression type "range vector" for range query/,
    words: "A window of samples cannot be drawn: put it into a function, such as rate.",
    mend: (query) => {
      const end = endOf(query);
      const start = query.length - query.trimStart().length;
      return `rate(${query.slice(start, end)})${query.slice(end).trimEnd()}`;
    },
  },
  {
    error: /unexpected \$end, expecting IDENTIFIER or }/,
    words: 'A selector names at least one label, such as {service_name="checkout"}.',
  },
  {
    error: /unclosed left (?:parenthesis|brace)|unexpected \$end|unexpected end of input/,
    words: "The query ends too early.",
    mend: closed,
  },
  {
    error: /syntax error: unexpected \)$/,
    words: "A function over lines looks back over a window of time, such as [5m].",
    mend: (query, fault) =>
      fault !== undefined && query[fault.from - 1] === "}" && query[fault.from] === ")"
        ? `${query.slice(0, fault.from)}[5m]${query.slice(fault.from)}`
        : undefined,
  },
  {
    error: /many-to-many matching not allowed|found duplicate series for the match group/,
    words:
      "One side has several series for one of the other. Say which labels decide with on(…), and with group_left where the left side has more.",
  },
  {
    error: /vector cannot contain metrics with the same labelset/,
    words: "Without its name two metrics become one series. Narrow the selector, or sum them by what tells them apart.",
  },
  {
    error: /must contain at least one non-empty matcher|at least one regexp or equality matcher/,
    words: "Name at least one label with a value, so that not everything is read.",
  },
  {
    error: /unknown identifier: ([\w.-]+)/,
    words: "An attribute is written with its scope: span.NAME, resource.NAME, or .NAME for both.",
    mend: (query, fault, found) => {
      const name = found[1] ?? "";
      const at = fault?.from ?? query.indexOf(name);
      const isAsked = query.startsWith(name, at) && /^\s*[=!<>]/.test(query.slice(at + name.length));
      return isAsked ? `${query.slice(0, at)}.${query.slice(at)}` : undefined;
    },
  },
  {
    error: /unknown function with name "(\w+)"/,
    words: "There is no such function. Ctrl Space lists them.",
    mend: (query, fault, found) => {
      const meant = nearest(found[1] ?? "");
      const at = fault?.from;
      return at === undefined || meant === undefined || !query.startsWith(found[1] ?? "", at)
        ? undefined
        : `${query.slice(0, at)}${meant}${query.slice(at + (found[1] ?? "").length)}`;
    },
  },
  {
    error: /exceeded maximum resolution|too many points/,
    words: "The steps are too fine for this range.",
  },
  {
    // A text that cannot be read may have any of these words in it.
    error: /^(?!.*(?:parse|syntax) error).*(?:timed out|deadline|limit|too many|too large|memory)/is,
    words: "It would read or hold more than one query may. Narrow the range, or the selector.",
  },
];

/** The first rule that knows the error. */
export function hintOf(message: string, query: string, fault: Fault | undefined): Hint | undefined {
  for (const { error, words, mend } of RULES) {
    const found = error.exec(message);
    if (found === null) continue;
    const mended = mend?.(query, fault, found);
    return mended === undefined || mended === query ? { words } : { words, mended };
  }
  return undefined;
}

/** Puts a window behind the selector that the fault begins at. */
function withWindow(query: string, fault: Fault | undefined): string | undefined {
  if (fault === undefined) return undefined;
  const selector = /^[\w:]*\s*(?:\{(?:[^"'`}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\})?/.exec(
    query.slice(fault.from),
  );
  const length = selector?.[0].trimEnd().length ?? 0;
  const end = fault.from + length;
  // A call or an operation needs a subquery, and which one is not for us to say.
  if (length === 0 || !/^\s*[),]/.test(query.slice(end))) return undefined;
  return `${query.slice(0, end)}[5m]${query.slice(end)}`;
}

/** Puts the range vector that the fault begins at into `rate`. */
function wrapped(query: string, fault: Fault | undefined): string | undefined {
  if (fault === undefined) return undefined;
  const vector = /^[\w:]*\s*(?:\{[^}]*\})?\s*\[[^\]]*\]/.exec(query.slice(fault.from));
  if (vector === null) return undefined;
  const end = fault.from + vector[0].length;
  return `${query.slice(0, fault.from)}rate(${vector[0]})${query.slice(end)}`;
}

/** Texts, comments, and what opens and closes. */
const TOKENS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*|["'`]|[(){}[\]]/g;

/** Where the query ends, before space and comments behind it: what is put there is no part of a comment. */
function endOf(query: string): number {
  const blank = (comment: string) => " ".repeat(comment.length);
  return query.replaceAll(TOKENS, (token) => (token.startsWith("#") ? blank(token) : token)).trimEnd().length;
}

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "{": "}", "[": "]" };

/** The query with what is open closed, in order; undefined inside a text or where something else is closed. */
function closed(query: string): string | undefined {
  const open: string[] = [];
  for (const [token] of query.matchAll(TOKENS)) {
    if (token.length > 1 || token === "#") continue;
    if (CLOSING[token] !== undefined) open.push(CLOSING[token]);
    else if (/["'`]/.test(token) || open.pop() !== token) return undefined;
  }
  const end = endOf(query);
  return open.length === 0 ? undefined : query.slice(0, end) + open.reverse().join("") + query.slice(end).trimEnd();
}

/** Functions that are mistyped most. */
const FUNCTIONS = [
  "rate",
  "irate",
  "increase",
  "delta",
  "deriv",
  "histogram_quantile",
  "label_replace",
  "label_join",
  "avg_over_time",
  "max_over_time",
  "min_over_time",
  "sum_over_time",
  "count_over_time",
  "last_over_time",
  "quantile_over_time",
  "absent_over_time",
  "present_over_time",
  "predict_linear",
  "clamp_min",
  "clamp_max",
  "changes",
  "resets",
  "sort_desc",
] as const;

/** The function that two changed letters lead to, if there is one alone. */
function nearest(name: string): string | undefined {
  const most = name.length < 5 ? 1 : 2;
  const near = FUNCTIONS.map((one) => ({ one, away: distance(name, one) })).sort((a, b) => a.away - b.away);
  const [first, second] = near;
  if (first === undefined || first.away > most || first.away === second?.away) return undefined;
  return first.one;
}

/** Letters to add, drop or change between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
