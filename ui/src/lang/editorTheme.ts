// Colours and sizes of the editor, from tokens only, so that one theme serves both schemes.
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Grows to eight lines, then scrolls. */
const TALLEST = "176px";

export const editorTheme = EditorView.theme({
  "&": { fontSize: "13px", background: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px", maxHeight: TALLEST, overflow: "auto" },
  ".cm-content": { padding: "4px 0", caretColor: "var(--accent)", minHeight: "20px" },
  ".cm-line": { padding: "0 8px" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { display: "none" },
  ".cm-placeholder": { color: "var(--muted)", opacity: "0.75" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-content ::selection": {
    background: "var(--accent-soft)",
  },
  ".cm-matchingBracket": { background: "transparent" },
  "&.cm-focused .cm-matchingBracket": {
    background: "transparent",
    outline: "1px solid var(--accent)",
    borderRadius: "2px",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--level-error) 1px",
    textUnderlineOffset: "4px",
    background: "var(--error-soft)",
  },
  ".cm-lintPoint::after": { borderBottomColor: "var(--level-error)" },
  ".cm-tooltip": {
    background: "var(--raised)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    boxShadow: "var(--shadow)",
    color: "var(--text)",
    zIndex: "20",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-mono)", fontSize: "12px", maxHeight: "260px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", lineHeight: "20px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent-text)", fontWeight: "600" },
  ".cm-completionInfo": { maxWidth: "320px", padding: "6px 8px", color: "var(--muted)" },
  ".cm-tooltip.cm-tooltip-hover .cm-word": {
    maxWidth: "420px",
    padding: "6px 10px",
    fontSize: "12px",
    lineHeight: "18px",
  },
  ".cm-word code": { fontFamily: "var(--font-mono)", color: "var(--syntax-function)" },
  ".cm-diagnostic": { fontFamily: "var(--font-mono)", fontSize: "12px", borderLeftColor: "var(--level-error)" },
});

export const highlightStyle = HighlightStyle.define([
  { tag: [tags.comment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--syntax-string)" },
  { tag: [tags.number, tags.bool, tags.unit], color: "var(--syntax-number)" },
  { tag: [tags.labelName, tags.propertyName, tags.attributeName], color: "var(--syntax-label)" },
  { tag: [tags.function(tags.variableName), tags.standard(tags.name)], color: "var(--syntax-function)" },
  { tag: [tags.keyword, tags.modifier, tags.controlKeyword, tags.operatorKeyword], color: "var(--syntax-keyword)" },
  { tag: [tags.variableName, tags.name], color: "var(--syntax-name)" },
  { tag: [tags.operator, tags.punctuation, tags.paren, tags.brace, tags.squareBracket], color: "var(--muted)" },
  { tag: tags.invalid, color: "var(--error-text)" },
]);
