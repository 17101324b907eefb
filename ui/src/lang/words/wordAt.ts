// The word of a query that the pointer is on, where it is one of the language and no name or text of somebody. Pure.

/** How a word goes on, and what it does; those that go on with a parenthesis are functions. */
export type Words = Readonly<Record<string, readonly [form: string, does: string]>>;

export interface Described {
  readonly from: number;
  readonly to: number;
  /** The word as it is written in full. */
  readonly form: string;
  readonly does: string;
}

/** Behind a function stands a parenthesis, or what it is grouped by. */
const CALLED = /^\s*(?:\(|(?:by|without)\b)/;
/** What stands before a name that belongs to a longer one, such as `span.duration` or `node:name`. */
const LONGER = /[\w.:]$/;

export function wordAt(query: string, at: number, words: Words): Described | undefined {
  const from = at - (/\w*$/.exec(query.slice(0, at))?.[0].length ?? 0);
  const to = at + (/^\w*/.exec(query.slice(at))?.[0].length ?? 0);
  const word = query.slice(from, to);
  if (!Object.hasOwn(words, word) || isText(query, from)) return undefined;
  const [form, does] = words[word] ?? ["", ""];
  const rest = query.slice(to);
  if (LONGER.test(query.slice(0, from)) || /^[.:]/.test(rest)) return undefined;
  if (/^\s?(?:by )?\(/.test(form) && !CALLED.test(rest)) return undefined;
  return { from, to, form: `${word}${form}`, does };
}

function isText(query: string, at: number): boolean {
  return /["`']/.test(query.slice(0, at).replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, ""));
}
