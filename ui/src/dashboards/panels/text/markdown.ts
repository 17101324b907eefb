// Markdown as HTML text, block by block. What it may do on a page is decided by who renders that (markup.tsx). Pure.

const escapeText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Lists and quotes within each other deeper than this are text. */
const MOST_DEPTH = 8;

export function markdownToHtml(source: string): string {
  return blocks(source.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), 0).join("\n");
}

const FENCE = /^\s*(```|~~~)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(\S.*)?$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/;
const QUOTE = /^\s{0,3}> ?/;
const TABLE_RULE = /^\s*(?:\|\s*)?:?-+:?\s*(?:\|\s*:?-+:?\s*)*(?:\|\s*)?$/;
/** A line that opens a block of HTML: it goes as it is until an empty line. */
const HTML =
  /^\s{0,3}<\/?(div|table|thead|tbody|tr|td|th|h\d|p|ul|ol|li|pre|center|details|summary|section|hr|br|img|style)\b/i;

/** A block and the number of lines it took. */
type Taken = readonly [html: string, lines: number];

function blocks(lines: readonly string[], depth: number): string[] {
  const out: string[] = [];
  let index = 0;
  while (index < lines.length) {
    if ((lines[index] ?? "").trim() === "") {
      index += 1;
      continue;
    }
    const [html, many] = block(lines.slice(index), depth);
    out.push(html);
    index += Math.max(1, many);
  }
  return out;
}

function block(lines: readonly string[], depth: number): Taken {
  const [first = "", second = ""] = lines;
  if (FENCE.test(first)) return code(lines);
  const heading = HEADING.exec(first);
  if (heading !== null) {
    const level = heading[1]?.length ?? 1;
    const words = (heading[2] ?? "").trimEnd().replace(/(?<!#)#+$/, "");
    return [`<h${level}>${inline(words.trimEnd())}</h${level}>`, 1];
  }
  if (RULE.test(first)) return ["<hr>", 1];
  if (depth < MOST_DEPTH && ITEM.test(first)) return listOf(lines, depth);
  if (depth < MOST_DEPTH && QUOTE.test(first)) return quote(lines, depth);
  if (first.includes("|") && TABLE_RULE.test(second)) return table(lines);
  if (HTML.test(first)) {
    const many = before(lines, (line) => line.trim() === "");
    return [lines.slice(0, many).map(inline).join("\n"), many];
  }
  return paragraph(lines);
}

/** How many lines stand before the first that is so. */
function before(lines: readonly string[], is: (line: string, index: number) => boolean): number {
  const found = lines.findIndex(is);
  return found < 0 ? lines.length : found;
}

function code(lines: readonly string[]): Taken {
  const mark = FENCE.exec(lines[0] ?? "")?.[1] ?? "```";
  const many = before(lines, (line, index) => index > 0 && line.trim().startsWith(mark));
  return [`<pre><code>${escapeText(lines.slice(1, many).join("\n"))}</code></pre>`, many + 1];
}

function paragraph(lines: readonly string[]): Taken {
  const ends = (line: string) =>
    line.trim() === "" ||
    HEADING.test(line) ||
    FENCE.test(line) ||
    ITEM.test(line) ||
    QUOTE.test(line) ||
    HTML.test(line);
  const many = Math.max(
    1,
    before(lines, (line, index) => index > 0 && ends(line)),
  );
  const words = lines.slice(0, many).map((line, index) => {
    // Two spaces or a backslash at the end of a line break it.
    const isBroken = index < many - 1 && / {2}$|\\$/.test(line);
    return inline(line.trim().replace(/\\$/, "")) + (isBroken ? "<br>" : "");
  });
  return [`<p>${words.join(" ")}</p>`, many];
}

function quote(lines: readonly string[], depth: number): Taken {
  const many = before(lines, (line) => !QUOTE.test(line));
  const inside = lines.slice(0, many).map((line) => line.replace(QUOTE, ""));
  return [`<blockquote>${blocks(inside, depth + 1).join("\n")}</blockquote>`, many];
}

/** Items of one indent; what is indented more belongs to the item above it. */
function listOf(lines: readonly string[], depth: number): Taken {
  const opened = ITEM.exec(lines[0] ?? "");
  const indent = opened?.[1]?.length ?? 0;
  const ordered = /\d/.test(opened?.[2] ?? "");
  const items: string[][] = [];
  let index = 0;
  for (; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const item = ITEM.exec(line);
    const deep = /^\s*/.exec(line)?.[0].length ?? 0;
    if (item !== null && deep <= indent + 1) {
      if (deep < indent || /\d/.test(item[2] ?? "") !== ordered || RULE.test(line)) break;
      items.push([item[4] ?? ""]);
    } else if (line.trim() === "") {
      const next = lines[index + 1] ?? "";
      if (!/^\s/.test(next) && !ITEM.test(next)) break;
      items.at(-1)?.push("");
    } else if (deep > indent || (lines[index - 1] ?? "").trim() !== "") {
      if (deep <= indent && (HEADING.test(line) || FENCE.test(line) || QUOTE.test(line))) break;
      items.at(-1)?.push(line.slice(Math.min(deep, indent + 2)));
    } else break;
  }
  const tag = ordered ? "ol" : "ul";
  return [`<${tag}>${items.map((one) => itemOf(one, depth)).join("")}</${tag}>`, index];
}

function itemOf([first = "", ...rest]: readonly string[], depth: number): string {
  const task = /^\[([ xX])\]\s+/.exec(first);
  const words = task === null ? first : `${task[1] === " " ? "☐" : "☑"} ${first.slice(task[0].length)}`;
  const inside = blocks([words, ...rest], depth + 1);
  // An item of one paragraph is its words.
  const [head = "", ...more] = inside;
  return `<li>${head.replace(/^<p>([\s\S]*)<\/p>$/, "$1")}${more.length === 0 ? "" : `\n${more.join("\n")}`}</li>`;
}

function table(lines: readonly string[]): Taken {
  const split = (row: string) =>
    row
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((one) => one.trim().replaceAll("\\|", "|"));
  const sides = split(lines[1] ?? "").map((one) =>
    one.endsWith(":") ? (one.startsWith(":") ? "center" : "right") : one.startsWith(":") ? "left" : "",
  );
  const cells = (row: string, tag: string) =>
    split(row)
      .map((one, at) => {
        const side = sides[at] ?? "";
        return `<${tag}${side === "" ? "" : ` style="text-align: ${side}"`}>${inline(one)}</${tag}>`;
      })
      .join("");
  const many = before(lines, (line, index) => index > 1 && !line.includes("|"));
  const rows = lines.slice(2, many).map((row) => `<tr>${cells(row, "td")}</tr>`);
  const head = `<thead><tr>${cells(lines[0] ?? "", "th")}</tr></thead>`;
  return [`<table>${head}<tbody>${rows.join("")}</tbody></table>`, many];
}

const attribute = (text: string) => text.replaceAll('"', "%22").replaceAll("<", "%3C");

function inline(source: string): string {
  const kept: string[] = [];
  const keep = (html: string) => `\uE000${kept.push(html) - 1}\uE001`;
  let words = source
    .replaceAll(/[\uE000\uE001]/g, "")
    .replaceAll(/(`+)([^`]|[^`].*?[^`])\1(?!`)/g, (_whole, _marks, code: string) =>
      keep(`<code>${escapeText(code.trim())}</code>`),
    )
    .replaceAll(/\\([\\`*_{}[\]()#+\-.!|~>])/g, (_whole, one: string) => keep(escapeText(one)))
    .replaceAll(/!\[([^\]]{0,2000})\]\(([^)\s]+)(?:\s[^)]*)?\)/g, (_whole, text: string, src: string) =>
      keep(`<img src="${attribute(src)}" alt="${escapeText(text).replaceAll('"', "&quot;")}">`),
    )
    .replaceAll(/\[([^\]]{1,2000})\]\(([^)\s]+)(?:\s[^)]*)?\)/g, (_whole, text: string, href: string) =>
      keep(`<a href="${attribute(href)}">${/^\uE000\d+\uE001$/.test(text) ? text : escapeText(text)}</a>`),
    )
    .replaceAll(/<(https?:\/\/[^\s<>]+)>/g, (_whole, url: string) =>
      keep(`<a href="${attribute(url)}">${escapeText(url)}</a>`),
    )
    .replaceAll(/<[^<>]+>/g, (tag) => keep(tag))
    .replaceAll(/(?<!["'=>\w])https?:\/\/[^\s<>")\uE000]+/g, (url) =>
      keep(`<a href="${attribute(url)}">${escapeText(url)}</a>`),
    )
    .replaceAll(
      /\*\*([^*]+(?:\*[^*]+\*[^*]*)*)\*\*|__([^_]+)__/g,
      (_whole, star, low) => `<strong>${star ?? low}</strong>`,
    )
    .replaceAll(
      /(?<![\w*])\*([^*\s][^*]*)\*(?!\w)|(?<![\w_])_([^_\s][^_]*)_(?!\w)/g,
      (_whole, star, low) => `<em>${star ?? low}</em>`,
    )
    .replaceAll(/~~([^~]+)~~/g, "<s>$1</s>");
  // A link may hold code or an image.
  for (let round = 0; round < 3 && words.includes("\uE000"); round += 1) {
    words = words.replaceAll(/\uE000(\d+)\uE001/g, (_whole, place: string) => kept[Number(place)] ?? "");
  }
  return words;
}
