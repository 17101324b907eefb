// A line tokenizer for LogQL and TraceQL, which have no grammar of their own for the editor. Pure: text in, kind out.

export type TokenKind =
  | "comment"
  | "string"
  | "number"
  | "keyword"
  | "function"
  | "label"
  | "name"
  | "operator"
  | "invalid";

export interface Vocabulary {
  readonly keywords: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** What a plain word is when nothing else fits. */
  readonly word: TokenKind;
}

const NUMBER = /^-?(?:\d+(?:\.\d+)?)(?:ns|us|µs|ms|s|m|h|d|w|y|[KMGTPE]i?B|B|[kKMG]b?)?(?:\d+(?:ms|s|m|h))*(?![\w.])/;
/** `$__auto` and its like stand for durations. */
const INTERVAL = /^\$(?:\w+|\{\w+\})/;
const WORD = /^[A-Za-z_][\w.:/-]*/;
const PLAIN_WORD = /^[A-Za-z_][\w.:]*/;
const OPERATOR = /^(?:\|[=~>]|![=~>]|!>>|!<<|!&|[=<>!]=|=~|!~|&&|\|\||>>|<<|&>>|&<<|&>|&<|[-+*/%^=<>|,(){}[\].~&!])/;

/** The kind and length of the token at the start of `text`, which is neither empty nor starts with a space. */
export function nextToken(text: string, words: Vocabulary): { kind: TokenKind; length: number } {
  const first = text[0] ?? "";
  if (first === "#") return { kind: "comment", length: text.length };
  if (first === '"' || first === "`") {
    const end = first === "`" ? /^`[^`]*`?/.exec(text) : /^"(?:[^"\\]|\\.)*"?/.exec(text);
    return { kind: "string", length: end?.[0].length ?? 1 };
  }
  const interval = INTERVAL.exec(text);
  if (interval !== null) return { kind: "number", length: interval[0].length };
  const number = NUMBER.exec(text);
  if (number !== null) return { kind: "number", length: number[0].length };
  const word = (words.word === "name" ? WORD : PLAIN_WORD).exec(text);
  if (word !== null) return { kind: kindOfWord(word[0], text.slice(word[0].length), words), length: word[0].length };
  const operator = OPERATOR.exec(text);
  if (operator !== null) return { kind: "operator", length: operator[0].length };
  return { kind: "invalid", length: 1 };
}

function kindOfWord(word: string, after: string, words: Vocabulary): TokenKind {
  if (words.keywords.has(word)) return "keyword";
  if (words.functions.has(word) && /^\s*(?:\(|by\b|without\b)/.test(after)) return "function";
  if (/^\s*(?:=|!=|=~|!~|>|<)/.test(after)) return "label";
  return words.word;
}
