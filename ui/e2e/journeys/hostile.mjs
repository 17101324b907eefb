// Dashboards are brought in from anywhere, and labels come from any application: whatever they say, nothing of it becomes markup,
// runs, or loads something. The watch of every journey adds: no violation of the policy, no request to another origin.
import assert from "node:assert/strict";
import { answerBatch, BATCH } from "../frames.mjs";
import { importText, isSettled } from "./dashboards/dashboards.mjs";

const RUN = "window.__pwned=(window.__pwned||0)+1";
const IMG = `<img src=x onerror="${RUN}">`;
const SCRIPT = `</title></style></textarea><script>${RUN}</script>`;
const EVIL = `${IMG}${SCRIPT}"'\u0000\u202e{{constructor}}\${__proto__}`;
const JS = `javascript:${RUN}//`;
const AWAY = "http://evil.invalid/x.png";

const MARKUP = [
  IMG,
  SCRIPT,
  `<svg onload=${RUN}><animate onbegin=${RUN} attributeName=x></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${RUN}&gt;">`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe><object data="${JS}"></object><embed src="${JS}">`,
  `<a href="${JS}">one</a> <a href=" java&#10;script:${RUN}">two</a> <a href="data:text/html,x">three</a>`,
  `<form action="${JS}"><button formaction="${JS}">four</button></form>`,
  `<div style="background:url(${AWAY})" onclick=${RUN}>five</div><style>@import "${AWAY}";</style>`,
  `<link rel=stylesheet href=${AWAY}><meta http-equiv=refresh content="0;url=${AWAY}"><base href=${AWAY}>`,
  `<noscript><p title="</noscript>${IMG}">`,
  `[six](${JS}) ![seven](${AWAY}) [eight](" onmouseover="${RUN}) \`${IMG}\``,
  `<https://x" onmouseover="${RUN}> http://x"onmouseover="${RUN}`,
];

/** Each in a panel of its own: some would swallow what comes after them. */
const pieces = (mode, from, x, y) =>
  MARKUP.map((content, index) => ({
    id: from + index,
    type: "text",
    title: "",
    gridPos: { x, y: y + index * 3, w: 12, h: 3 },
    options: { mode, content },
  }));

const text = (id, mode, y) => ({
  id,
  type: "text",
  title: `${mode} ${EVIL}`,
  description: EVIL,
  gridPos: { x: 0, y, w: 12, h: 6 },
  options: { mode, content: `${MARKUP.join("\n\n")}\n\n$evil \${evil:raw} \${link}` },
  links: [{ title: EVIL, url: "$link" }],
});

const values = (id, type, x, y, extra = {}) => ({
  id,
  type,
  title: `${type} ${EVIL}`,
  gridPos: { x, y, w: 6, h: 6 },
  fieldConfig: {
    defaults: {
      unit: `suffix:${EVIL}`,
      noValue: EVIL,
      color: { mode: "fixed", fixedColor: `red;background:url(${AWAY})` },
      links: [{ title: EVIL, url: "${link}${__value.raw}" }],
      mappings: [{ type: "value", options: { 1: { text: EVIL, color: `url(${AWAY})` } } }],
    },
    overrides: [],
  },
  options: { legend: { displayMode: "table", calcs: ["last", "__proto__"] }, tooltip: { mode: "multi" } },
  targets: [{ refId: "A", expr: "evil", legendFormat: `{{bad}} ${EVIL}` }],
  ...extra,
});

const custom = (name, value) => ({
  name,
  label: EVIL,
  type: "custom",
  query: `x : ${value.replaceAll(",", "\\,")}`,
  current: { value },
});

const TYPES = [
  "timeseries",
  "stat",
  "gauge",
  "bargauge",
  "piechart",
  "barchart",
  "table",
  "state-timeline",
  "histogram",
  "heatmap",
];

const BOARD = {
  uid: "journey-hostile",
  title: EVIL,
  description: EVIL,
  tags: [EVIL],
  schemaVersion: 42,
  links: [
    { type: "link", title: EVIL, url: JS },
    { type: "link", title: "by a variable", url: "${link}", keepTime: true, includeVars: true },
  ],
  templating: {
    list: [
      custom("evil", EVIL),
      custom("link", JS),
      { ...custom("__proto__", EVIL) },
      { name: "constructor", type: "textbox", query: EVIL },
    ],
  },
  annotations: {
    list: [
      {
        name: EVIL,
        datasource: { type: "prometheus" },
        expr: "evil",
        titleFormat: "{{bad}}",
        iconColor: `url(${AWAY})`,
      },
    ],
  },
  panels: [
    text(1, "markdown", 0),
    text(2, "html", 0),
    text(3, "code", 6),
    { id: 4, type: "row", title: EVIL, gridPos: { x: 0, y: 12, w: 24, h: 1 } },
    ...TYPES.map((type, index) => values(10 + index, type, (index % 4) * 6, 13 + Math.floor(index / 4) * 6)),
    values(30, "table", 0, 40, { targets: [{ refId: "A", expr: "evil", instant: true, format: "table" }] }),
    { id: 31, type: EVIL, title: "", gridPos: { x: 12, y: 40, w: 12, h: 6 } },
    ...pieces("markdown", 40, 0, 52),
    ...pieces("html", 60, 12, 52),
    { id: 32, type: "news", title: "", gridPos: { x: 12, y: 46, w: 12, h: 6 }, options: { feedUrl: JS } },
  ],
};
BOARD.panels[1].gridPos.x = 12;

/** What must not be anywhere in the page. */
const faults = (page) =>
  page.evaluate(() => {
    const wrong = [];
    if (window.__pwned !== undefined) wrong.push(`something ran ${window.__pwned} times`);
    for (const element of document.querySelectorAll("main *, [role=dialog] *, [role=menu] *")) {
      const tag = element.tagName.toLowerCase();
      if (/^(script|iframe|object|embed|img|form|link|meta|base|math|style)$/.test(tag)) wrong.push(`<${tag}>`);
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on")) wrong.push(`${tag} ${name}`);
        if (/^(href|src|action|formaction|xlink:href)$/.test(name) && /^\s*(java|vb)?script:|^data:/i.test(value))
          wrong.push(`${tag} ${name}=${value}`);
        if (name === "style" && /evil\.invalid/.test(value)) wrong.push(`${tag} style=${value}`);
      }
    }
    return [...new Set(wrong)];
  });

export const HOSTILE_JOURNEYS = [
  {
    name: "hostile dashboards and labels stay words: nothing runs, nothing is loaded",
    run: async ({ page, shoot }) => {
      const labels = { __name__: "evil", bad: EVIL, le: EVIL };
      await page.route(BATCH, (route) =>
        route.fulfill(answerBatch(route.request(), () => [{ labels, value: () => 1 }])),
      );
      await importText(page, JSON.stringify(BOARD));
      assert.deepEqual(await faults(page), []);
      await shoot("dashboard-hostile");
      // What is below comes into the page when it is scrolled to.
      for (let at = 0; at <= 8; at += 1) {
        await page.locator("main").evaluate((main, part) => main.scrollTo(0, (main.scrollHeight * part) / 8), at);
        await page.waitForTimeout(250);
        await isSettled(page);
        assert.deepEqual(await faults(page), []);
      }
      await page.locator("main").evaluate((main) => main.scrollTo(0, 400));
      const over = page.locator('[data-panel="panel-10"] .u-over');
      const box = await over.boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + 30);
      await page.locator('[data-panel="panel-10"]').getByText("<img").first().waitFor();
      assert.deepEqual(await faults(page), [], "tooltip");
      // Every link that is there is pressed: none of them runs anything.
      await page.locator('[data-panel="panel-1"]').hover();
      await page
        .locator('[data-panel="panel-1"]')
        .getByRole("button", { name: /^Menu of/ })
        .click();
      assert.deepEqual(await faults(page), [], "menu");
      await page.getByRole("menuitem", { name: "Inspect" }).click();
      await page.getByRole("dialog").waitFor();
      assert.deepEqual(await faults(page), [], "inspect");
      await page.keyboard.press("Escape");
      await page.goto("/dashboards");
      await page.getByTestId("dashboard-link").first().waitFor();
      assert.deepEqual(await faults(page), [], "list");
      await page.request.delete("/api/dashboards/uid/journey-hostile");
    },
  },
];
