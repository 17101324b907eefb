// Text panels: Markdown and the harmless part of HTML, made into elements one by one. Nothing is ever put into the page
// as markup: tags that are not on the list become their text, attributes that are not on the list vanish.
import { createElement, Fragment, type ReactNode } from "react";
import { safeHref } from "../compute/links";
import { markdownToHtml } from "./markdown";
import { safeImage } from "./safeImage";
import { safeStyle } from "./safeStyle";

const TAGS: ReadonlySet<string> = new Set(
  "a abbr b big blockquote br caption code col colgroup dd del details div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li mark ol p pre q s section small span strong sub summary sup table tbody td tfoot th thead tr u ul".split(
    " ",
  ),
);
const VOID: ReadonlySet<string> = new Set(["br", "hr", "col"]);
/** Between these no text may stand. */
const TABLE_PARTS: ReadonlySet<string> = new Set(["table", "thead", "tbody", "tfoot", "tr", "colgroup"]);
const DROPPED: ReadonlySet<string> = new Set([
  "script",
  "style",
  "iframe",
  "object",
  "embed",
  "template",
  "svg",
  "math",
  "noscript",
  "title",
  "head",
]);
const MOST_DEPTH = 40;
/** Longer words are books. */
const MOST_LETTERS = 200_000;

export function renderHtml(source: string): ReactNode {
  // Handlers, styles, pictures and tags of a document's head would not survive anyway; they go before parsing so that the policy has
  // nothing to report and nothing is loaded.
  // Behind the last `>` stands no whole tag.
  const tags = source.slice(0, source.lastIndexOf(">") + 1);
  const quiet = (tags + source.slice(tags.length).replaceAll("<", "&lt;"))
    .replace(/([\s"'/])on\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)/gi, "$1")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/([\s"'/])(style|src)\s*=/gi, "$1data-$2="))
    .replace(/<(base|link|meta)\b/gi, "<x-$1");
  const body = new DOMParser().parseFromString(quiet, "text/html").body;
  return children(body, 0);
}

function children(parent: Element, depth: number): ReactNode[] {
  if (depth > MOST_DEPTH) return [parent.textContent];
  const isTable = TABLE_PARTS.has(parent.tagName.toLowerCase());
  return [...parent.childNodes].map((node, index) => {
    if (node.nodeType === Node.TEXT_NODE) return isTable ? null : node.textContent;
    if (!(node instanceof Element)) return null;
    const tag = node.tagName.toLowerCase();
    if (DROPPED.has(tag)) return null;
    if (tag === "img") return picture(node, index);
    const inside = VOID.has(tag) ? undefined : children(node, depth + 1);
    if (tag === "center") return createElement("div", { key: index, style: { textAlign: "center" } }, inside);
    if (!TAGS.has(tag)) return createElement(Fragment, { key: index }, inside);
    return createElement(tag, { key: index, ...attributes(node, tag) }, inside);
  });
}

function attributes(node: Element, tag: string): Record<string, unknown> {
  const props: Record<string, unknown> = {};
  const style = safeStyle(node.getAttribute("data-style") ?? "");
  const align = node.getAttribute("align");
  if (align !== null && /^(left|right|center)$/.test(align)) style.textAlign ??= align;
  if (Object.keys(style).length > 0) props.style = style;
  const title = node.getAttribute("title");
  if (title !== null) props.title = title;
  if (tag === "a") {
    const href = safeHref(node.getAttribute("href") ?? "");
    const isAway = href?.startsWith("http") === true || node.getAttribute("target") === "_blank";
    if (href !== undefined) Object.assign(props, { href, rel: "noreferrer", target: isAway ? "_blank" : undefined });
  }
  if (tag === "td" || tag === "th") {
    for (const [from, to] of [
      ["colspan", "colSpan"],
      ["rowspan", "rowSpan"],
    ] as const) {
      const many = Number(node.getAttribute(from));
      if (many > 1 && many < 100) props[to] = many;
    }
  }
  if (tag === "details" && node.hasAttribute("open")) props.open = true;
  if (tag === "ol" && Number(node.getAttribute("start")) > 0) props.start = Number(node.getAttribute("start"));
  return props;
}

/** A picture of this server or of the text itself; of another server its words, as a link to it. */
function picture(node: Element, key: number): ReactNode {
  const src = node.getAttribute("data-src") ?? "";
  const alt = node.getAttribute("alt") ?? "";
  const own = safeImage(src, location.href);
  if (own !== undefined) {
    const size = (name: string) => {
      const pixels = Number.parseInt(node.getAttribute(name) ?? "", 10);
      return pixels > 0 && pixels < 4_000 ? pixels : undefined;
    };
    const style = safeStyle(node.getAttribute("data-style") ?? "");
    return createElement("img", { key, src: own, alt, width: size("width"), height: size("height"), style });
  }
  const href = safeHref(src);
  const words = alt === "" ? "picture" : alt;
  return href === undefined ? words : createElement("a", { key, href, rel: "noreferrer", target: "_blank" }, words);
}

/** Markdown, block by block. Inline HTML in it goes the way of all HTML. */
export function renderMarkdown(source: string): ReactNode {
  return renderHtml(markdownToHtml(source.length > MOST_LETTERS ? `${source.slice(0, MOST_LETTERS)}…` : source));
}
