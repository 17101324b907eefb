// Wraps the tokenizer as a CodeMirror language with a completion source.
import type { CompletionSource } from "@codemirror/autocomplete";
import { LanguageSupport, StreamLanguage } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { nextToken, type Vocabulary } from "./tokens";

const TAGS = {
  comment: tags.comment,
  string: tags.string,
  number: tags.number,
  keyword: tags.keyword,
  function: tags.function(tags.variableName),
  label: tags.labelName,
  name: tags.variableName,
  operator: tags.operator,
  invalid: tags.invalid,
};

export function streamLanguage(name: string, words: Vocabulary, complete: CompletionSource): LanguageSupport {
  const language = StreamLanguage.define({
    name,
    tokenTable: TAGS,
    token: (stream) => {
      if (stream.eatSpace()) return null;
      const token = nextToken(stream.string.slice(stream.pos), words);
      stream.pos += Math.max(1, token.length);
      return token.kind;
    },
    languageData: { closeBrackets: { brackets: ["(", "[", "{", '"', "`"] }, commentTokens: { line: "#" } },
  });
  return new LanguageSupport(language, [language.data.of({ autocomplete: complete })]);
}
