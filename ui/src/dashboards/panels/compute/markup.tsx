// Text panels: Markdown and the harmless part of HTML, made into elements one by one. Nothing is ever put into the page
// as markup: tags that are not on the list become their text, attributes that are not on the list vanish.
import { createElement, Fragment, type ReactNode } from "react";
import { safeHref } from "./links";

const TAGS: ReadonlySet<string> = new Set(
  "a b strong i em u s code pre p br hr h1 h2 h3 h4 h5 h6 ul ol li table thead tbody tr td th blockquote div span center small sub sup".split(
    " ",
  ),
);
const VOID: ReadonlySet<string> = new Set(["br", "hr"]);
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

export function renderHtml(source: string): ReactNode {
  // Handlers and tags of a document's head would not survive anyway; they go before parsing so that the policy has nothing to report.
  const quiet = source
    .replace(/([\s"'/])on\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)/gi, "$1")
    .replace(/<(base|link|meta)\b/gi, "<x-$1");
  const body = new DOMParser().parseFromString(quiet, "text/html").body;
  return children(body, 0);
}

function children(parent: Node, depth: number): ReactNode[] {
  if (depth > MOST_DEPTH) return [parent.textContent];
  return [...parent.childNodes].map((node, index) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (!(node instanceof Element)) return null;
    const tag = node.tagName.toLowerCase();
    if (DROPPED.has(tag)) return null;
    const inside = VOID.has(tag) ? undefined : children(node, depth + 1);
    if (!TAGS.has(tag)) return createElement(Fragment, { key: index }, inside);
    const props: Record<string, unknown> = { key: index };
    if (tag === "a") {
      const href = safeHref(node.getAttribute("href") ?? "");
      if (href !== undefined)
        Object.assign(props, { href, rel: "noreferrer", target: href.startsWith("http") ? "_blank" : undefined });
    }
    const align = /text-align:\s*(center|right|left)/.exec(node.getAttribute("style") ?? "")?.[1];
    if (align !== undefined || tag === "center") props.style = { textAlign: align ?? "center" };
    return createElement(tag === "center" ? "div" : tag, props, inside);
  });
}

/** Markdown, block by block. Inline HTML in it goes the way of all HTML. */
export function renderMarkdown(source: string): ReactNode {
  return renderHtml(markdownToHtml(source));
}

const escapeText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export function markdownToHtml(source: string): string {
  const out: string[] = [];
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  let index = 0;
  const line = () => lines[index] ?? "";
  while (index < lines.length) {
    const fence = /^\s*(```|~~~)/.exec(line());
    if (fence !== null) {
      const code: string[] = [];
      index += 1;
      while (
        index < lines.length &&
        !line()
          .trim()
          .startsWith(fence[1] ?? "```")
      )
        code.push(lines[index++] ?? "");
      index += 1;
      out.push(`<pre><code>${escapeText(code.join("\n"))}</code></pre>`);
      continue;
    }
    const heading = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line());
    if (heading !== null) {
      const level = heading[1]?.length ?? 1;
      out.push(`<h${level}>${inline(heading[2] ?? "")}</h${level}>`);
      index += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line())) {
      out.push("<hr>");
      index += 1;
    } else if (/^\s*([-*+]|\d+[.)])\s+/.test(line())) {
      const ordered = /^\s*\d/.test(line());
      const items: string[] = [];
      while (index < lines.length) {
        const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line());
        if (item !== null) items.push(item[1] ?? "");
        else if (/^\s+\S/.test(line()) && items.length > 0) items[items.length - 1] += ` ${line().trim()}`;
        else break;
        index += 1;
      }
      const tag = ordered ? "ol" : "ul";
      out.push(`<${tag}>${items.map((one) => `<li>${inline(one)}</li>`).join("")}</${tag}>`);
    } else if (line().includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[index + 1] ?? "")) {
      const cells = (row: string, tag: string) =>
        row
          .trim()
          .replace(/^\||\|$/g, "")
          .split("|")
          .map((one) => `<${tag}>${inline(one.trim())}</${tag}>`)
          .join("");
      const head = cells(line(), "th");
      index += 2;
      const rows: string[] = [];
      while (index < lines.length && line().includes("|")) rows.push(`<tr>${cells(lines[index++] ?? "", "td")}</tr>`);
      out.push(`<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`);
    } else if (line().trim() === "") index += 1;
    else {
      const paragraph: string[] = [];
      while (
        index < lines.length &&
        line().trim() !== "" &&
        !/^\s{0,3}(#{1,6}\s|```|~~~|[-*+]\s|\d+[.)]\s)/.test(line())
      ) {
        paragraph.push((lines[index++] ?? "").trim());
      }
      if (paragraph.length === 0) paragraph.push(lines[index++] ?? "");
      const text = paragraph.map(inline).join(" ");
      out.push(/^<(div|table|h\d|p|ul|ol|pre|center)\b/i.test(text) ? text : `<p>${text}</p>`);
    }
  }
  return out.join("\n");
}

function inline(source: string): string {
  const kept: string[] = [];
  const keep = (html: string) => `\uE000${kept.push(html) - 1}\uE001`;
  return source
    .replaceAll(/[\uE000\uE001]/g, "")
    .replaceAll(/`([^`]+)`/g, (_whole, code: string) => keep(`<code>${escapeText(code)}</code>`))
    .replaceAll(/!\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\[([^\]]+)\]\(([^)\s]+)[^)]*\)/g, (_whole, text: string, href: string) =>
      keep(`<a href="${href.replaceAll('"', "%22")}">${escapeText(text)}</a>`),
    )
    .replaceAll(/(?<!["'=>\w])https?:\/\/[^\s<>")]+/g, (url) =>
      keep(`<a href="${url.replaceAll('"', "%22")}">${escapeText(url)}</a>`),
    )
    .replaceAll(/\*\*([^*]+)\*\*|__([^_]+)__/g, (_whole, star, low) => `<strong>${star ?? low}</strong>`)
    .replaceAll(
      /(?<![\w*])\*([^*\s][^*]*)\*(?!\w)|(?<![\w_])_([^_\s][^_]*)_(?!\w)/g,
      (_whole, star, low) => `<em>${star ?? low}</em>`,
    )
    .replaceAll(/~~([^~]+)~~/g, "<s>$1</s>")
    .replaceAll(/\uE000(\d+)\uE001/g, (_whole, place: string) => kept[Number(place)] ?? "");
}
