// Services of strangers: what they call themselves, their labels, spans and lines may say anything. Each page that shows any of it shows it as
// words: nothing runs, no element comes of it, no link leads into a script, and nothing is pushed out of the page by its length.
import assert from "node:assert/strict";
import { settle } from "./access.mjs";
import { explore } from "./explore.mjs";

const RUN = "window.__pwned=(window.__pwned||0)+1";
const LONG = "long".repeat(2_500);

/** What applications may call things, one idea each. */
const NAMES = [
  `<img src=x onerror="${RUN}">`,
  `</script><script>${RUN}</script>`,
  `javascript:${RUN}//`,
  "${__proto__} {{constructor}} $__all %s",
  "\u202eright to left\u0007\u001b[31m\u0000 and control",
  LONG,
];

/** What a hostile application may write: markup that would run if anything of it became part of the page. */
export const HOSTILE =
  '<img src=x onerror="window.__pwned=1"><script>window.__pwned=2</script> "quoted" & \u001b[31mred\u001b[0m';

const nanos = (ms) => `${BigInt(Math.round(ms)) * 1_000_000n}`;
const hex = (value, length) => value.toString(16).padStart(length, "0");
const attribute = (key, stringValue) => ({ key, value: { stringValue } });

async function send(page) {
  const status = await (await page.request.get("/api/oriel/v1/status")).json();
  const door = status.doors.find((one) => one.name === "otlp_http").address;
  const now = Date.now();
  const post = async (path, data) => {
    const answer = await page.request.post(`http://${door}${path}`, { data });
    assert.equal(answer.status(), 200, `${path}: ${await answer.text()}`);
  };
  const of = (name) => ({ attributes: [attribute("service.name", name), attribute("host", name)] });
  const root = hex(now, 32);
  await post("/v1/traces", {
    resourceSpans: NAMES.map((name, index) => ({
      resource: of(name),
      scopeSpans: [
        {
          scope: { name },
          spans: [
            {
              traceId: root,
              spanId: hex(index + 1, 16),
              parentSpanId: index === 0 ? "" : hex(index, 16),
              name,
              kind: index % 2 === 0 ? 2 : 3,
              startTimeUnixNano: nanos(now - 900 + index * 10),
              endTimeUnixNano: nanos(now - 100 - index * 10),
              attributes: [attribute("url.full", name), attribute("evil", name)],
              status: { code: 2, message: name },
              events: [{ name, timeUnixNano: nanos(now - 500), attributes: [attribute("exception.message", name)] }],
            },
          ],
        },
      ],
    })),
  });
  await post("/v1/logs", {
    resourceLogs: NAMES.map((name) => ({
      resource: of(name),
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: nanos(now - 500),
              body: { stringValue: `${name} level=error ${JSON.stringify({ link: name })}` },
              attributes: [attribute("evil", name)],
              traceId: root,
              spanId: hex(1, 16),
            },
          ],
        },
      ],
    })),
  });
  await post("/v1/metrics", {
    resourceMetrics: NAMES.map((name) => ({
      resource: of(name),
      scopeMetrics: [
        {
          metrics: [
            {
              name: "strange_gauge",
              description: name,
              gauge: { dataPoints: [{ timeUnixNano: nanos(now), asDouble: 1, attributes: [attribute("evil", name)] }] },
            },
          ],
        },
      ],
    })),
  });
  return root;
}

/** What must not have come of it. Runs in the page. */
function wrong() {
  const faults = [];
  if (window.__pwned !== undefined) faults.push(`something ran ${window.__pwned} times`);
  for (const one of document.querySelectorAll("main *, [role=dialog] *, [role=menu] *")) {
    const tag = one.tagName.toLowerCase();
    // The editor puts an empty image beside its hint, for the cursor's sake.
    const isCursor = one.classList.contains("cm-widgetBuffer") && one.attributes.length <= 2;
    if (/^(script|iframe|object|embed|img|link|meta|base|math)$/.test(tag) && !isCursor) faults.push(`<${tag}>`);
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) faults.push(`${tag} ${name}`);
      if (/^(href|src|action|formaction|xlink:href)$/.test(name) && /^\s*(java|vb)?script:|^\s*data:/i.test(value))
        faults.push(`${tag} ${name}=${value.slice(0, 60)}`);
    }
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push(`${wide} px wider than the window`);
  return [...new Set(faults)];
}

const q = (text) => encodeURIComponent(text);

/** One such service, in lines alone. */
export const LABEL_JOURNEYS = [
  {
    name: "hostile labels stay text on every page",
    run: async ({ page, shoot }) => {
      const values = [[`${Date.now()}000000`, `level=info msg="${HOSTILE.replaceAll('"', "'")}" who="<b>x</b>"`]];
      const stream = { service_name: HOSTILE, "<i>": "x", evil: "<script>window.__pwned=4</script>" };
      await page.request.post("/loki/api/v1/push", { data: { streams: [{ stream, values }] } });
      const clean = { service_name: HOSTILE, evil: "<script>window.__pwned=4</script>" };
      await page.request.post("/loki/api/v1/push", { data: { streams: [{ stream: clean, values }] } });
      for (const path of [
        "/",
        explore("logs"),
        explore("logs", ['{evil=~".+"}']),
        "/drilldown?signal=logs",
        `/drilldown?${new URLSearchParams({ signal: "logs", of: HOSTILE, view: "labels" })}`,
        `/drilldown?${new URLSearchParams({ signal: "logs", of: HOSTILE, view: "patterns", f: `evil=${HOSTILE}` })}`,
        `/drilldown?${new URLSearchParams({ of: HOSTILE, by: HOSTILE })}`,
        `/server?${new URLSearchParams({ tab: "cardinality", of: HOSTILE })}`,
      ]) {
        await page.goto(path);
        await page.waitForTimeout(1_200);
        assert.equal(await page.evaluate(() => window.__pwned), undefined, path);
        assert.equal(await page.locator("main img:not(.cm-widgetBuffer), main script").count(), 0, path);
      }
      await page.goto("/drilldown?signal=logs");
      await page.getByTestId("service-tiles").getByText("<img src=x").first().waitFor();
      await shoot("drilldown-hostile-dark-1440");
    },
  },
];

export const STRANGER_JOURNEYS = [
  {
    name: "services that call themselves anything stay words on every page",
    limitMs: 240_000,
    run: async ({ page, shoot }) => {
      const root = await send(page);
      const recent = "from=now-5m&to=now";
      const pages = [
        ["/", undefined],
        [`/explore?signal=metrics&q=strange_gauge&${recent}`, '[data-testid="legend"] button[title]'],
        [`/explore?signal=metrics&mode=instant&q=strange_gauge&${recent}`, '[data-testid="instant-table"] tbody tr'],
        [`/explore?signal=metrics&mode=tree&q=${q('strange_gauge{evil=~".*<img.*"}')}`, '[data-testid="explain"] li'],
        [
          `/explore?signal=logs&q=${q('{service_name=~".+"} | evil != ""')}&${recent}`,
          '[data-testid="log-lines"] [data-index]',
        ],
        [`/explore?signal=logs&${recent}`, '[data-testid="logs-start"]'],
        [`/explore?signal=traces&q=${q('{ span.evil != "" }')}&${recent}`, '[data-testid="trace-table"] tbody tr'],
        [`/explore?signal=traces&mode=map&${recent}`, undefined],
        [`/explore?signal=traces&trace=${root}`, '[data-testid="span-row"]'],
        [`/explore?signal=metrics&q=${q(NAMES[0])}`, '[data-testid="query-error"]'],
        [`/drilldown?of=strange_gauge&by=evil&${recent}`, undefined],
        [`/drilldown?signal=logs&${recent}`, undefined],
        [`/drilldown?signal=logs&of=${q(NAMES[0])}&view=fields&${recent}`, undefined],
        [`/drilldown?signal=traces&${recent}`, undefined],
        [`/drilldown?signal=traces&measure=errors&view=compare&${recent}`, undefined],
        ["/server?tab=cardinality", undefined],
        [`/server?tab=cardinality&metric=${q(NAMES[0])}`, undefined],
        ["/server?tab=agents", undefined],
        ["/server?tab=queries", undefined],
        [`/d/oriel-logs?${recent}`, '[data-testid="panel"]'],
        [`/d/oriel-red?${recent}`, '[data-testid="panel"]'],
        [`/d/oriel-red?${recent}&var-service=${q(NAMES[0])}`, '[data-testid="panel"]'],
        [`/d/${q(NAMES[0])}`, undefined],
        [`/trace/${q("javascript:1")}`, undefined],
        [`/dashboards?tag=${q(NAMES[0])}`, undefined],
      ];
      const faults = [];
      for (const [path, there] of pages) {
        await settle(page, path);
        if (there !== undefined)
          await page
            .locator(there)
            .first()
            .waitFor({ timeout: 10_000 })
            .catch(() => faults.push(`${path}: nothing is shown at ${there}`));
        for (const one of await page.evaluate(wrong)) faults.push(`${path}: ${one}`);
      }
      // What opens: the details of a line, the drawer of a span.
      await settle(page, `/explore?signal=logs&q=${q('{service_name=~".*img.*"}')}&${recent}`);
      await page.locator('[data-testid="log-lines"] [data-index] button').first().click();
      await page.getByTestId("line-details").waitFor();
      for (const one of await page.evaluate(wrong)) faults.push(`details of a line: ${one}`);
      await shoot("strange-line");
      await settle(page, `/explore?signal=traces&trace=${root}`);
      const rows = page.getByTestId("span-row");
      for (let row = 0; row < NAMES.length; row += 1) {
        await rows.nth(row).click();
        await page.getByTestId("span-drawer").waitFor();
        for (const one of await page.evaluate(wrong)) faults.push(`span ${row}: ${one}`);
        const attributes = await page.getByTestId("span-drawer").getByText("url.full").first().boundingBox();
        if (attributes === null || attributes.y > 900)
          faults.push(`span ${row}: its name pushes the rest out of sight`);
      }
      await shoot("strange-trace");
      await page.keyboard.press("ControlOrMeta+K");
      await page.getByRole("combobox").first().fill("img");
      await page.waitForTimeout(500);
      for (const one of await page.evaluate(wrong)) faults.push(`palette: ${one}`);
      assert.deepEqual([...new Set(faults)], []);
    },
  },
];
