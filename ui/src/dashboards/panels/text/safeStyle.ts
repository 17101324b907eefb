// Of the style that words on a dashboard ask for, what changes their look and nothing else: no address is loaded, nothing leaves
// its place on the page. Pure.

const ALLOWED =
  /^(color|background|background-color|opacity|font(-(size|weight|style|family|variant))?|text-(align|decoration|transform|indent)|line-height|letter-spacing|word-break|white-space|vertical-align|padding(-(top|right|bottom|left))?|margin(-(top|right|bottom|left))?|border(-(top|right|bottom|left|color|width|style|radius|collapse|spacing))*|(min-|max-)?(width|height)|display|flex(-(direction|wrap|grow|shrink|basis|flow))?|gap|row-gap|column-gap|justify-content|align-(items|self|content)|grid-template-(columns|rows)|float|clear|list-style(-type)?|overflow(-x|-y)?|box-sizing|columns?)$/;
/** Words, numbers, colours and the functions that make these. */
const VALUE = /^[\w\s#.,%()/+'"-]*$/;
const LOADS = /url|image|expression|attr\(|env\(/i;
const MOST_RULES = 40;

export function safeStyle(css: string): Record<string, string> {
  const style: Record<string, string> = {};
  for (const rule of css.split(";").slice(0, MOST_RULES)) {
    const at = rule.indexOf(":");
    const name = rule.slice(0, at).trim().toLowerCase();
    const value = rule
      .slice(at + 1)
      .replace(/!\s*important/i, "")
      .trim();
    if (at < 0 || !ALLOWED.test(name) || !VALUE.test(value) || LOADS.test(value)) continue;
    style[name.replaceAll(/-([a-z])/g, (_whole, letter: string) => letter.toUpperCase())] = value;
  }
  return style;
}
