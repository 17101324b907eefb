import { describe, expect, it } from "vitest";
import { markdownToHtml } from "./markdown";
import { safeImage } from "./safeImage";
import { safeStyle } from "./safeStyle";

describe("Markdown", () => {
  it("has lists within lists, tasks, and paragraphs within items", () => {
    expect(markdownToHtml("- a\n  - b\n    1. c\n- [x] d")).toBe(
      "<ul><li>a\n<ul><li>b\n<ol><li>c</li></ol></li></ul></li><li>☑ d</li></ul>",
    );
    expect(markdownToHtml("1. a\n\n   more\n2. b")).toContain("<li>a\n<p>more</p></li><li>b</li>");
    expect(markdownToHtml("- a\n\nb")).toBe("<ul><li>a</li></ul>\n<p>b</p>");
  });
  it("has quotes, rules, breaks and tables whose columns have sides", () => {
    expect(markdownToHtml("> a\n> > b")).toBe("<blockquote><p>a</p>\n<blockquote><p>b</p></blockquote></blockquote>");
    expect(markdownToHtml("a  \nb\n\n---")).toBe("<p>a<br> b</p>\n<hr>");
    expect(markdownToHtml("|a|b|\n|:-:|-:|\n|1|x\\|y|")).toContain('<td style="text-align: right">x|y</td>');
  });
  it("has pictures, links with code in them, and characters as they are", () => {
    expect(markdownToHtml("![me](public/a.png)")).toBe('<p><img src="public/a.png" alt="me"></p>');
    expect(markdownToHtml("[`x`](/d/y)")).toBe('<p><a href="/d/y"><code>x</code></a></p>');
    expect(markdownToHtml("\\*a\\* **b *c***")).toContain("*a* <strong>b");
    expect(markdownToHtml('see <a href="https://h/_a_">x</a>')).toContain('<a href="https://h/_a_">x</a>');
  });
  it("leaves blocks of HTML as they are and ends with anything", () => {
    expect(markdownToHtml('<div style="color: red">\n**a**\n</div>\n\nb')).toContain(
      "<strong>a</strong>\n</div>\n<p>b</p>",
    );
    for (const odd of ["- ", "-", ">", "1)", "```\nx", "|-|", "* * *", "  - a\n- b\n   c\nd", "[](", "![]()"])
      markdownToHtml(odd);
    for (const slow of [
      `# ${" ".repeat(5_000)}x\u2028x`,
      `# a${"  b".repeat(20_000)}\u2028`,
      "![](".repeat(2_000),
      "[a](b".repeat(2_000),
      `a|b\n|${" ".repeat(50_000)}x`,
      `a|b\n-${" ".repeat(50_000)}x`,
    ]) {
      const from = performance.now();
      markdownToHtml(slow);
      expect(performance.now() - from, slow.slice(0, 9)).toBeLessThan(3_000);
    }
    expect(markdownToHtml("## a # b ##")).toBe("<h2>a # b</h2>");
    markdownToHtml("- ".repeat(500));
    markdownToHtml("> ".repeat(500));
  });
});

it("keeps of a style what changes looks", () => {
  expect(safeStyle("COLOR: red; font-size: 12px !important; position: fixed; z-index: 9")).toEqual({
    color: "red",
    fontSize: "12px",
  });
  expect(safeStyle("background: url(https://evil/x); background: u\\72l(x); width: expression(1)")).toEqual({});
  expect(safeStyle("background: linear-gradient(90deg, #123, rgb(1 2 3 / 5%))")).toHaveProperty("background");
});

it("loads pictures of this server and of the text itself, and nothing else", () => {
  const here = "http://oriel.test/d/one";
  expect(safeImage("/public/img/a.svg", here)).toBe("http://oriel.test/public/img/a.svg");
  expect(safeImage("data:image/png;base64,xx", here)).toBe("data:image/png;base64,xx");
  for (const bad of [
    "https://elsewhere.test/a.png",
    "//elsewhere.test/a.png",
    "/\t/elsewhere.test/a.png",
    "\\\\elsewhere.test\\a.png",
    "/logout",
    "x",
    "javascript:1",
    "data:text/html,x",
    " ",
  ])
    expect(safeImage(bad, here), bad).toBeUndefined();
});
