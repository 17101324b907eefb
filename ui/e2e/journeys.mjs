// What people come to Explore for, step by step. Each journey starts in a fresh browser context.
import assert from "node:assert/strict";
import { BATCH } from "./frames.mjs";

const explore = (signal, queries = [], rest = {}) => {
  const params = new URLSearchParams({ signal, ...rest });
  for (const query of queries) params.append("q", query);
  return `/explore?${params}`;
};

const LINES = '[data-testid="log-lines"] [data-index]';
const isPainted = (page, selector) =>
  page.waitForFunction((where) => {
    const canvas = document.querySelector(where);
    if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0) return false;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let index = 3; index < pixels.length; index += 4) if (pixels[index] > 0) painted += 1;
    return painted > 200;
  }, selector);

/** Repeats what a person would repeat when the page was not ready for it. */
async function again(page, isDone, act) {
  for (let tries = 0; !isDone(); tries += 1) {
    assert.ok(tries < 10, "nothing came of it, ten times");
    await act();
    await page.waitForTimeout(500);
  }
}

/** Puts text into the first editor and runs it by keyboard. */
async function runQuery(page, text) {
  const editor = page.locator('[data-testid="editor"] .cm-content').first();
  await editor.click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+Enter");
}

/** A trace id that the server has, by its own API. */
async function anyTrace(page) {
  const now = Math.floor(Date.now() / 1000);
  const answer = await page.request.get(`/tempo/api/search?q=%7B%7D&limit=20&start=${now - 3600}&end=${now}`);
  assert.equal(answer.status(), 200);
  const { traces } = await answer.json();
  assert.ok(traces.length > 0, "the server has no traces of the last hour");
  return traces.at(-1).traceID.padStart(32, "0");
}

/** What a hostile application may write: markup that would run if anything of it became part of the page. */
const HOSTILE =
  '<img src=x onerror="window.__pwned=1"><script>window.__pwned=2</script> "quoted" & \u001b[31mred\u001b[0m';

/** Sends one line of the service `evil`, now. */
async function pushLine(page, line) {
  const streams = [{ stream: { service_name: "evil" }, values: [[`${Date.now()}000000`, line]] }];
  const answer = await page.request.post("/loki/api/v1/push", { data: { streams } });
  assert.equal(answer.status(), 204, "the server takes a pushed line");
}

const home = (scheme, size, name) => ({
  name: `home is not empty (${scheme}, ${size.width})`,
  scheme,
  size,
  run: async ({ page, shoot }) => {
    await page.goto("/");
    await page.locator('[data-testid="doors"] tr').first().waitFor();
    await page.getByTestId("send-data").waitFor();
    await page.waitForFunction(() =>
      /\d/.test(document.querySelector('[data-testid="arriving-samples"]')?.textContent ?? ""),
    );
    await page.waitForTimeout(6_000);
    await shoot(name);
  },
});

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 1024, height: 768 };

export const JOURNEYS = [
  home("dark", WIDE, "home-dark-1440"),
  home("light", NARROW, "home-light-1024"),
  {
    name: "a PromQL query is charted, with legend and crosshair",
    run: async ({ page, shoot }) => {
      // A young server has data of the last minute only: the part that is zoomed into must have some.
      await page.goto(explore("metrics", [], { from: "now-5m", to: "now" }));
      await page.getByTestId("metrics-start").waitFor();
      await shoot("metrics-start-dark-1440");
      await runQuery(page, "up");
      await page.getByTestId("metrics-chart").waitFor();
      await isPainted(page, '[data-testid="metrics-chart"] canvas');
      assert.match(page.url(), /q=up/);
      await page.locator('[data-testid="legend"] button[title]').first().waitFor();
      const plot = page.locator('[data-testid="metrics-chart"] .u-over');
      const box = await plot.boundingBox();
      await page.mouse.move(box.x + box.width * 0.9, box.y + 60);
      await page.mouse.move(box.x + box.width * 0.95, box.y + 80);
      await page.waitForTimeout(300);
      await shoot("metrics-chart-dark-1440");
      const isZoomed = () => /from=\d{13}/.test(page.url());
      await again(page, isZoomed, async () => {
        const now = await plot.boundingBox();
        await page.mouse.move(now.x + now.width * 0.6, now.y + 60);
        await page.mouse.down();
        await page.mouse.move(now.x + now.width * 0.99, now.y + 60, { steps: 5 });
        await page.mouse.up();
      });
      await again(
        page,
        () => !isZoomed(),
        async () => {
          const now = await plot.boundingBox();
          await page.mouse.dblclick(now.x + now.width * 0.5, now.y + 60);
        },
      );
    },
  },
  {
    name: "metrics in light, and a table of now",
    scheme: "light",
    size: NARROW,
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["up", "rate(node_cpu_seconds_total[5m])"]));
      await isPainted(page, '[data-testid="metrics-chart"] canvas');
      await shoot("metrics-chart-light-1024");
      await page.getByTestId("instant").click();
      await page.locator('[data-testid="instant-table"] tbody tr').first().waitFor();
      await shoot("metrics-table-light-1024");
    },
  },
  {
    name: "a refused query says why and where",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["sum(rate(up))"]));
      const error = page.getByTestId("query-error");
      await error.waitFor();
      assert.match(await error.textContent(), /parse error/);
      await page.locator(".cm-lintRange-error").first().waitFor();
      await shoot("metrics-error-dark-1440");
      await page.goto(explore("logs", ['{service_name="x"']));
      await page.getByTestId("query-error").waitFor();
      await page.goto(explore("traces", ["{ nope"]));
      await page.getByTestId("query-error").waitFor();
    },
  },
  {
    name: "completion offers the server's metrics, labels and fields",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics"));
      await page.locator('[data-testid="editor"] .cm-content').click();
      await page.keyboard.type("u");
      await page.keyboard.type("p");
      await page.locator(".cm-tooltip-autocomplete li").filter({ hasText: /^up/ }).first().waitFor();
      await shoot("completion-dark-1440");
      await page.goto(explore("logs"));
      await page.locator('[data-testid="editor"] .cm-content').click();
      await page.keyboard.type("{service");
      await page.locator(".cm-tooltip-autocomplete li").filter({ hasText: "service_name" }).first().waitFor();
      // The editor ignores keys for a moment after the list appears, so that nobody accepts by accident.
      await page.waitForTimeout(200);
      await page.keyboard.press("Enter");
      await page.keyboard.type("=");
      await page.keyboard.press("Control+Space");
      await page.locator(".cm-tooltip-autocomplete li").first().waitFor();
      await page.goto(explore("traces"));
      await page.locator('[data-testid="editor"] .cm-content').click();
      await page.keyboard.type("{ sta");
      await page.locator(".cm-tooltip-autocomplete li").filter({ hasText: "status" }).first().waitFor();
    },
  },
  {
    name: "log lines with volume, fields and filters",
    run: async ({ page, shoot }) => {
      await page.goto(explore("logs"));
      await page.getByTestId("logs-start").waitFor();
      await shoot("logs-start-dark-1440");
      await page.goto(explore("logs", ['{service_name=~".+"}']));
      await page.locator(LINES).first().waitFor();
      await isPainted(page, '[data-testid="volume"] canvas');
      await page.waitForTimeout(400);
      await shoot("logs-dark-1440");
      const shown = await page.locator(LINES).count();
      assert.ok(shown < 200, `only visible lines may be in the page, found ${shown}`);
      await page.locator(`${LINES} button`).first().click();
      await page.getByTestId("line-details").waitFor();
      await shoot("logs-details-dark-1440");
      await page.getByTestId("line-details").getByRole("button", { name: "Only lines with this service_name" }).click();
      await page.waitForURL(/service_name%3D%22|service_name%3D%5C%22|service_name%3D/);
      assert.match(decodeURIComponent(page.url().replaceAll("+", " ")), /service_name="/);
      await page.locator(LINES).first().waitFor();
    },
  },
  {
    name: "logs in light, wrapped",
    scheme: "light",
    size: NARROW,
    run: async ({ page, shoot }) => {
      await page.goto(explore("logs", ['{service_name=~".+"}']));
      await page.locator(LINES).first().waitFor();
      await page.getByTestId("wrap").click();
      await page.waitForTimeout(500);
      await shoot("logs-wrap-light-1024");
    },
  },
  {
    name: "older lines come by scrolling, none twice",
    run: async ({ page }) => {
      await page.goto(explore("logs", ['{service_name=~".+"}'], { from: "now-6h", to: "now" }));
      const list = page.getByTestId("log-lines");
      await page.locator(LINES).first().waitFor();
      const before = Number(((await list.getAttribute("aria-label")) ?? "").replace(/\D/g, ""));
      if (before < 500) return;
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await page.waitForFunction(
        (count) =>
          Number(
            (document.querySelector('[data-testid="log-lines"]')?.getAttribute("aria-label") ?? "").replace(/\D/g, ""),
          ) > count,
        before,
      );
    },
  },
  {
    name: "live tail",
    run: async ({ page, shoot }) => {
      await page.goto(explore("logs", ['{service_name=~".+"}']));
      await page.locator(LINES).first().waitFor();
      await page.getByTestId("live").click();
      await page.locator('[data-testid="tail-state"][data-state="open"]').waitFor();
      await pushLine(page, 'level=info msg="a line for the tail"');
      await page.locator(LINES).first().waitFor({ timeout: 30_000 });
      await shoot("logs-tail-dark-1440");
      await page.getByTestId("live").click();
      await page.getByTestId("volume").waitFor();
    },
  },
  {
    name: "a hostile log line stays text",
    run: async ({ page, shoot }) => {
      await pushLine(page, HOSTILE);
      await page.goto(explore("logs", ['{service_name="evil"} |= "<img"']));
      await page.locator(LINES).first().waitFor();
      await page.locator(`${LINES} button`).first().click();
      await page.getByTestId("line-details").waitFor();
      assert.match(await page.getByTestId("line-details").textContent(), /<img src=x/);
      assert.equal(await page.locator('[data-testid="log-lines"] img, [data-testid="log-lines"] script').count(), 0);
      assert.equal(await page.evaluate(() => window.__pwned), undefined);
      await shoot("logs-hostile-dark-1440");
      await page.goto(
        explore("metrics", ["demo_hostile", 'label_replace(up, "x", "<img src=y onerror=window.__pwned=3>", "", "")']),
      );
      await page.waitForTimeout(1_500);
      assert.equal(await page.evaluate(() => window.__pwned), undefined);
    },
  },
  {
    name: "traces are found and one is shown as a waterfall",
    run: async ({ page, shoot }) => {
      await page.goto(explore("traces"));
      await page.getByTestId("traces-start").waitFor();
      await shoot("traces-start-dark-1440");
      await runQuery(page, "{}");
      await page.locator('[data-testid="trace-table"] tbody tr').first().waitFor();
      await isPainted(page, '[data-testid="scatter"] canvas');
      await shoot("traces-search-dark-1440");
      await page.locator('[data-testid="trace-table"] tbody tr').last().click();
      await page.getByTestId("waterfall").waitFor();
      await page.getByTestId("span-row").first().click();
      await page.getByTestId("span-drawer").waitFor();
      await isPainted(page, '[data-testid="minimap"] canvas');
      await shoot("trace-dark-1440");
      const first = page.url();
      await page.getByLabel("Find in this trace").fill("a");
      await page.getByLabel("Find in this trace").press("Enter");
      await page.waitForURL((url) => url.searchParams.has("span"));
      await page.getByTestId("found-spans").filter({ hasText: / of / }).waitFor();
      await page.goto(first);
      await page.getByTestId("span-drawer").waitFor();
      assert.match(page.url(), /trace=[0-9a-f]{32}/);
      assert.match(page.url(), /span=[0-9a-f]{16}/);
    },
  },
  {
    name: "a trace in light, by its short address",
    scheme: "light",
    size: NARROW,
    run: async ({ page, shoot }) => {
      const id = await anyTrace(page);
      await page.goto(`/trace/${id}`);
      await page.getByTestId("span-row").first().waitFor();
      await page.waitForTimeout(400);
      await shoot("trace-light-1024");
    },
  },
  {
    name: "a log line leads to its trace, and the trace to its logs",
    run: async ({ page, shoot }) => {
      await page.goto(explore("logs", ['{service_name=~".+"} | trace_id != ""']));
      await Promise.race([
        page.locator(LINES).first().waitFor(),
        page.getByText("No lines in this range").waitFor(),
        page.getByTestId("query-error").waitFor(),
      ]);
      if ((await page.locator(LINES).count()) === 0) {
        await page.goto(explore("logs", ['{service_name=~".+"} |~ "trace_?id"']));
        await page.locator(LINES).first().waitFor();
      }
      await page.locator(`${LINES} button`).first().click();
      await page.getByTestId("open-trace").click();
      await page.getByTestId("waterfall").waitFor();
      await page.getByTestId("span-row").first().waitFor();
      await page.waitForTimeout(800);
      await shoot("hop-log-to-trace-dark-1440");
      await page.getByTestId("trace-logs").click();
      await page.waitForURL(/signal=logs/);
      await page.locator(`${LINES}`).first().waitFor();
    },
  },
  {
    name: "a missing trace says so",
    run: async ({ page, shoot }) => {
      await page.goto(explore("traces", [], { trace: "dead0000dead0000dead0000dead0000" }));
      await page.getByText("There is no such trace").waitFor();
      await shoot("trace-missing-dark-1440");
    },
  },
  {
    name: "the palette, keys and the URL carry one through",
    run: async ({ page, shoot }) => {
      await page.goto("/?from=now-30m&to=now");
      await page.getByTestId("doors").waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("e");
      await page.waitForURL(/\/explore\?.*from=now-30m/);
      await page.keyboard.press("ControlOrMeta+k");
      await page.getByRole("combobox").fill("up");
      await page.getByRole("option").filter({ hasText: "up" }).first().waitFor();
      await page.waitForTimeout(300);
      await shoot("palette-dark-1440");
      await page.keyboard.press("Escape");
      await page.keyboard.press("ControlOrMeta+k");
      await page.getByRole("combobox").fill("Explore logs");
      await page.keyboard.press("Enter");
      await page.waitForURL(/signal=logs/);
      await page.goBack();
      await page.waitForURL((url) => !url.search.includes("signal=logs"));
      await page.keyboard.press("Shift+?");
      await page.getByText("Go to Explore").waitFor();
      await shoot("keys-dark-1440");
    },
  },
  {
    name: "dark and light are remembered",
    run: async ({ page }) => {
      await page.goto("/");
      const scheme = () => page.evaluate(() => document.documentElement.getAttribute("data-mantine-color-scheme"));
      await page.getByTestId("scheme").click();
      await page.getByTestId("scheme").click();
      assert.equal(await scheme(), "light");
      await page.reload();
      await page.getByTestId("scheme").waitFor();
      assert.equal(await scheme(), "light");
    },
  },
  {
    name: "the tenant of the URL goes with every request",
    run: async ({ page }) => {
      const others = [];
      let asked = 0;
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (!/^\/(api\/v1|api\/oriel\/v1\/query|loki|tempo)(\/|$)/.test(pathname)) return;
        asked += 1;
        if (request.headers()["x-scope-orgid"] !== "team-a") others.push(pathname);
      });
      await page.goto(explore("metrics", ["up"], { tenant: "team-a" }));
      await page
        .getByTestId("run-state")
        .filter({ hasText: /series|refused|failed/ })
        .waitFor();
      await page.getByRole("tab", { name: "Logs" }).click();
      await page.waitForURL(/tenant=team-a/);
      await page.waitForTimeout(500);
      assert.ok(asked > 1);
      assert.deepEqual(others, []);
    },
  },
  {
    name: "two panes share their time, or one has its own",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["up"], { rsignal: "logs", rq: '{env="demo"}', from: "now-15m" }));
      const right = page.getByTestId("right");
      await page.getByTestId("left").getByTestId("metrics-chart").waitFor();
      await right.getByRole("button", { name: "Give this pane a time range of its own" }).click();
      await page.waitForURL(/rfrom=now-15m/);
      await right.getByTestId("own-time").getByTestId("time-range").click();
      await page.getByRole("button", { name: "Last 6 hours" }).click();
      await page.waitForURL(
        (url) => url.searchParams.get("rfrom") === "now-6h" && url.searchParams.get("from") === "now-15m",
      );
      await right.locator(LINES).first().waitFor();
      await page.waitForTimeout(300);
      await shoot("panes-own-time-dark-1440");
      await page.reload();
      await right.getByTestId("own-time").getByText("Last 6 hours").waitFor();
      await page.getByTestId("left").getByRole("button", { name: "Close this pane" }).click();
      await page.waitForURL((url) => url.searchParams.get("from") === "now-6h" && !url.searchParams.has("rfrom"));
      await page.locator(LINES).first().waitFor();
    },
  },
  {
    name: "a line of JSON is a tree that keeps every digit",
    run: async ({ page, shoot }) => {
      const line = '{"id":12345678901234567890,"user":{"name":"ada","roles":["a",{"deep":{"deeper":"<b>x</b>"}}]}}';
      await page.route("**/loki/api/v1/query_range*", (route) =>
        route.fulfill({
          json: {
            status: "success",
            data: {
              resultType: "streams",
              result: [{ stream: { app: "tree" }, values: [[`${Date.now() - 5_000}000000`, line]] }],
            },
          },
        }),
      );
      await page.goto(explore("logs", ['{app="tree"}']));
      await page.locator(LINES).first().click();
      const tree = page.getByTestId("json-tree");
      await tree.getByText("12345678901234567890").waitFor();
      assert.equal(await tree.getByText("<b>x</b>").count(), 0, "deep levels are folded");
      await tree.getByRole("button", { name: /roles/ }).press("Enter");
      await tree.getByRole("button", { name: /^1/ }).click();
      await tree.getByRole("button", { name: /deep/ }).click();
      await tree.getByText("<b>x</b>").waitFor();
      await shoot("json-tree-dark-1440");
      await page.getByTestId("as-text").click();
      await page.getByTestId("line-details").getByText(line).waitFor();
    },
  },
  {
    name: "what is shown is saved as a file",
    run: async ({ page }) => {
      const save = async (label) => {
        await page.getByTestId("download").click();
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("menuitem", { name: label }).click(),
        ]);
        const parts = [];
        for await (const part of await file.createReadStream()) parts.push(part);
        return [file.suggestedFilename(), Buffer.concat(parts).toString()];
      };
      await page.goto(explore("metrics", ["up"]));
      await page.getByTestId("metrics-chart").waitFor();
      const [name, csv] = await save(/^CSV/);
      assert.equal(name, "series.csv");
      assert.match(csv, /^time,/);
      const series = JSON.parse((await save("JSON"))[1]);
      assert.equal(series.result[0].metric.__name__, "up");
      await page.getByTestId("instant").click();
      await page.getByTestId("instant-table").waitFor();
      assert.match((await save(/^CSV/))[1], /^__name__,.*value\n/);
      await page.goto(explore("logs", ['{env="demo"}'], { from: "now-6h" }));
      await page.locator(LINES).first().waitFor();
      assert.equal((await save("Text"))[0], "lines.txt");
      assert.equal(JSON.parse((await save(/^JSON/))[1].split("\n")[0]).labels.env, "demo");
      await page.goto(explore("traces", ["{}"], { from: "now-6h" }));
      await page.getByTestId("trace-table").waitFor();
      assert.match((await save("CSV"))[1], /^trace,start,/);
      await page.getByTestId("trace-table").locator("tbody tr").first().click();
      await page.getByTestId("waterfall").waitFor();
      assert.ok(Array.isArray(JSON.parse((await save(/^JSON/))[1]).trace.resourceSpans));
    },
  },
  {
    name: "a mistake is underlined where it is, in all three languages",
    run: async ({ page, shoot }) => {
      for (const [signal, query, marked] of [
        ["metrics", "rate(up)", "up"],
        ["logs", '{a="b"} | json | c = = 1', "="],
        ["logs", 'rate({a="b"} | jsonn [5m])', "["],
        ["traces", "{ .a = }", "}"],
        ["traces", '{ .a = "x" + 1 }', '"x" + 1'],
      ]) {
        await page.goto(explore(signal, [query]));
        await page.getByTestId("query-error").waitFor();
        const mark = page.locator(".cm-lintRange-error");
        await mark.first().waitFor();
        assert.equal((await mark.allTextContents()).join(""), marked, query);
      }
      await shoot("mistake-dark-1440");
    },
  },
  {
    name: "a server that does not answer is said, and asked again",
    run: async ({ page, shoot }) => {
      await page.route(BATCH, (route) => route.abort());
      await page.goto(explore("metrics", ["up"]));
      await page.getByText("Oriel does not answer").waitFor();
      await shoot("server-down-dark-1440");
      await page.unroute(BATCH);
      await page.getByTestId("run").click();
      await page.getByTestId("metrics-chart").waitFor();
    },
  },
  {
    name: "the lines around a line, without losing the query",
    run: async ({ page, shoot }) => {
      const at = Date.now();
      const values = Array.from({ length: 7 }, (_, index) => [`${at - 70_000 + index * 1_000}000000`, `step ${index}`]);
      // A stream of its own, so that an earlier run has left nothing in it.
      const service = `context-${at}`;
      const streams = [{ stream: { service_name: service }, values }];
      assert.equal((await page.request.post("/loki/api/v1/push", { data: { streams } })).status(), 204);
      await page.goto(explore("logs", [`{service_name="${service}"} |= "step 3"`]));
      await page.locator(LINES).first().locator("button").first().click();
      await page.getByTestId("context").first().click();
      const around = page.getByTestId("context-lines");
      await around.getByText("step 2").first().waitFor();
      await around.getByText("step 4").first().waitFor();
      const words = (await around.textContent()).match(/step \d/g);
      assert.deepEqual([...words].sort(), words, "in the order of time");
      assert.ok(page.url().includes("step"), "the query stays");
      await shoot("logs-context-dark-1440");
    },
  },
  {
    name: "a trace as a flame graph",
    run: async ({ page, shoot }) => {
      await page.goto(`/trace/${await anyTrace(page)}`);
      await page.getByTestId("flame-toggle").click();
      const boxes = page.getByTestId("flame").locator("button");
      await boxes.first().waitFor();
      await boxes.first().click();
      await page.waitForURL(/span=/);
      await shoot("trace-flame-dark-1440");
    },
  },
  {
    name: "the server from inside, by keyboard",
    run: async ({ page, shoot }) => {
      await page.goto("/");
      await page.getByTestId("doors").waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("s");
      await page.getByTestId("targets").or(page.getByText("Nothing is scraped")).waitFor();
      await page.getByRole("tab", { name: "Targets" }).focus();
      await page.keyboard.press("ArrowRight");
      await page.getByTestId("hosts").locator("tbody tr").first().waitFor();
      await shoot("agents-dark-1440");
      await page.getByRole("tab", { name: "Cardinality" }).click();
      await page.getByRole("link", { name: "node_cpu_seconds_total", exact: true }).click();
      await page.waitForURL(/of=/);
      await page
        .getByTestId("selected-series")
        .filter({ hasText: /\d+ series now/ })
        .waitFor();
      await page.waitForTimeout(500);
      await shoot("cardinality-dark-1440");
      await page.getByLabel("Metric or selector").fill('{job="node"}');
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("of") === '{job="node"}');
      await page
        .getByTestId("selected-series")
        .filter({ hasText: /series now/ })
        .waitFor();
      await page.getByRole("button", { name: "All series" }).click();
      await page.waitForURL((url) => !url.searchParams.has("of"));
      await page.getByRole("tab", { name: "Storage" }).click();
      await page.getByTestId("storage").waitFor();
      await page.getByRole("tab", { name: "Configuration" }).click();
      await page.getByLabel("Find in the configuration").fill("retention");
      await page.locator('[data-testid="configuration"] [data-found="true"]').first().waitFor();
      await page.goBack();
      await page.getByTestId("storage").waitFor();
    },
  },
  {
    name: "no page is wider than a phone",
    size: { width: 390, height: 844 },
    run: async ({ page, shoot }) => {
      for (const path of [
        "/",
        "/explore",
        explore("logs", ['{service_name=~".+"}']),
        "/server",
        "/server?tab=cardinality",
      ]) {
        await page.goto(path);
        await page.waitForTimeout(800);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${path} is ${over} px too wide`);
      }
      await page.goto("/");
      await page.getByTestId("doors").waitFor();
      await shoot("home-dark-390");
    },
  },
  {
    name: "two panes, both in the address",
    run: async ({ page, shoot }) => {
      await page.goto(explore("logs", ['{service_name=~".+"} |~ "trace_?id"']));
      await page.locator(LINES).first().waitFor();
      await page.locator(`${LINES} button`).first().click();
      await page.getByRole("button", { name: "Open the trace beside" }).click();
      await page.waitForURL(/rtrace=[0-9a-f]{16,32}/);
      const right = page.getByTestId("right");
      await right.getByTestId("span-row").first().waitFor();
      await page.getByTestId("left").locator(LINES).first().waitFor();
      await page.waitForTimeout(600);
      await shoot("split-dark-1440");
      const address = page.url();
      await page.goto("/");
      await page.getByTestId("doors").waitFor();
      await page.goto(address);
      await right.getByTestId("span-row").first().waitFor();
      await page.getByRole("separator").focus();
      const before = (await right.boundingBox()).width;
      await page.keyboard.press("ArrowLeft");
      await page.waitForTimeout(200);
      assert.ok((await right.boundingBox()).width > before, "the divider moves by keys");
      await page.getByTestId("left").getByRole("button", { name: "Close this pane" }).click();
      await page.waitForURL((url) => url.searchParams.get("signal") === "traces" && !url.searchParams.has("rsignal"));
      await page.getByTestId("left").getByTestId("span-row").first().waitFor();
    },
  },
  {
    name: "queries that ran are found again, and kept by a star",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics"));
      await runQuery(page, "up");
      await page.getByTestId("metrics-chart").waitFor();
      await runQuery(page, "sum(up)");
      await page.waitForURL(/sum/);
      await page.getByRole("button", { name: "Queries that ran before" }).click();
      const history = page.getByTestId("history");
      await history.getByText("sum(up)").waitFor();
      await shoot("history-dark-1440");
      await page.getByLabel("Find a query that ran before").fill("su");
      assert.equal(await history.getByRole("button", { name: "Keep it" }).count(), 1);
      await history.getByRole("button", { name: "Keep it" }).click();
      await history.getByRole("button", { name: "No longer keep it" }).waitFor();
      await page.getByLabel("Find a query that ran before").fill("up");
      await history.getByText("up", { exact: true }).click();
      await page.waitForURL((url) => url.searchParams.get("q") === "up");
    },
  },
  {
    name: "a query is built of parts, and the text goes along both ways",
    run: async ({ page, shoot }) => {
      const text = () => page.locator('[data-testid="editor"] .cm-content').first().textContent();
      await page.goto(explore("metrics"));
      await page.getByTestId("builder-toggle").click();
      const builder = page.getByTestId("builder");
      await builder.getByLabel("Metric").fill("up");
      await builder.getByLabel("Name").fill("instance");
      await page.waitForFunction(() => document.querySelectorAll('[data-testid="builder"] datalist option').length > 0);
      await builder.getByLabel("Operator").selectOption("!=");
      await builder.getByLabel("Value").fill('x"y');
      await page.getByTestId("add-step").selectOption("max_over_time");
      await page.getByTestId("add-step").selectOption("sum");
      await builder.getByTestId("step").nth(1).getByLabel("labels").fill("job");
      assert.equal(await text(), 'sum by (job) (max_over_time(up{instance!="x\\"y"}[$__rate_interval]))');
      await builder.getByTestId("step").nth(1).getByLabel("labels").press("Enter");
      await page.getByTestId("metrics-chart").waitFor();
      await shoot("builder-dark-1440");
      await runQuery(page, "topk(3, rate(up[5m]))");
      await builder.getByTestId("step").filter({ hasText: "topk" }).waitFor();
      assert.equal(await builder.getByTestId("step").count(), 2);
      await runQuery(page, "up + up");
      await builder.getByText("does not show everything").waitFor();
      await page.goto(explore("logs", ['{service_name=~".+"} |= "a"']));
      await builder.getByTestId("step").filter({ hasText: "Line contains" }).waitFor();
      await builder.getByRole("button", { name: "Remove |=" }).click();
      await page.getByTestId("add-step").selectOption("count_over_time");
      assert.equal(await text(), 'count_over_time({service_name=~".+"} [$__auto])');
      await page.getByTestId("run").click();
      await page.waitForURL(/count_over_time/);
      await page.goto(explore("traces", ["{ status = error }"]));
      await builder.getByLabel("Value").fill("ok");
      assert.equal(await text(), "{ status = ok }");
    },
  },
  {
    name: "a query is explained part by part",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["sum by (job) (max_over_time(up[5m])) / count(up)"], { mode: "tree" }));
      const rows = page.getByTestId("explain").locator("li");
      await rows.first().waitFor();
      assert.equal(await rows.count(), 6);
      await page
        .getByTestId("explain-count")
        .filter({ hasText: /[1-9]\d* series/ })
        .first()
        .waitFor();
      await page.waitForTimeout(500);
      await shoot("explain-dark-1440");
      await rows.nth(1).getByRole("button", { name: "Chart this part beside" }).click();
      await page.waitForURL(/rq=sum/);
      await page.getByTestId("right").getByTestId("metrics-chart").waitFor();
    },
  },
  {
    name: "the map of services leads to their traces",
    run: async ({ page, shoot }) => {
      await page.goto(explore("traces"));
      await page.getByTestId("map-toggle").click();
      await page.waitForURL(/mode=map/);
      await page.getByTestId("service-map").locator("button").first().waitFor();
      await page.getByTestId("calls").locator("tbody tr").first().waitFor();
      await page.waitForTimeout(400);
      await shoot("service-map-dark-1440");
      await page.getByTestId("service-map").locator("button").last().click();
      await page.waitForURL((url) => (url.searchParams.get("q") ?? "").includes("resource.service.name"));
      await Promise.race([
        page.getByTestId("trace-table").waitFor(),
        page.getByText("No traces in this range").waitFor(),
      ]);
    },
  },
  {
    name: "metrics are drilled into without a query",
    run: async ({ page, shoot }) => {
      await page.goto("/");
      await page.getByTestId("doors").waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      await page.getByTestId("metric-tiles").locator("canvas").first().waitFor();
      await isPainted(page, '[data-testid="metric-tiles"] canvas');
      let requests = 0;
      let asked = 0;
      page.on("request", (request) => {
        if (!request.url().includes("/oriel/v1/query")) return;
        requests += 1;
        asked += request.postDataJSON().queries.length;
      });
      await page.getByRole("searchbox").fill("http requests");
      await page.waitForURL(/find=http/);
      await page.waitForTimeout(1_500);
      await shoot("drilldown-metrics-dark-1440");
      assert.ok(asked < 40, `only what is near the screen asks: ${asked}`);
      assert.ok(requests < 8, `tiles ask together: ${requests} requests for ${asked} questions`);
      await page.getByTestId("tile").getByRole("button", { name: "oriel_http_requests_total" }).click();
      await page.getByTestId("label-tiles").locator("canvas").first().waitFor();
      await page.getByRole("toolbar", { name: "Break down by" }).getByRole("button", { name: "door" }).click();
      await page.getByTestId("value-tile").first().waitFor();
      await page.waitForTimeout(500);
      await shoot("drilldown-metric-dark-1440");
      await page
        .getByTestId("value-tile")
        .first()
        .getByRole("button", { name: /^Only / })
        .click();
      await page.waitForURL(/f=door/);
      await page
        .getByTestId("filters")
        .getByText(/door = /)
        .waitFor();
      await page.getByRole("button", { name: "Open in Explore" }).click();
      await page.waitForURL((url) => /oriel_http_requests_total\{door="/.test(url.searchParams.get("q") ?? ""));
      await page.getByTestId("metrics-chart").waitFor();
    },
  },
  {
    name: "logs are drilled into by fields and patterns",
    run: async ({ page, shoot }) => {
      await page.goto("/drilldown?signal=logs");
      await page.getByTestId("service-tiles").locator("canvas").first().waitFor();
      await page.waitForTimeout(800);
      await shoot("drilldown-logs-dark-1440");
      await page.getByTestId("service-tiles").getByRole("button", { name: "inventory" }).click();
      await page.getByTestId("view-fields").click();
      await page.getByTestId("label-tiles").locator("canvas").first().waitFor();
      await page.getByTestId("tile").getByRole("button", { name: "user", exact: true }).click();
      await page.getByTestId("value-tile").first().waitFor();
      await page.waitForTimeout(600);
      await shoot("drilldown-fields-dark-1440");
      await page.getByRole("button", { name: "Only ada" }).click();
      await page.getByTestId("filters").getByText("user = ada").waitFor();
      await page.getByTestId("view-patterns").click();
      await page.getByTestId("patterns").locator("tbody tr").first().waitFor();
      await page.getByText("counted among the lines that the filters leave").waitFor();
      await page.waitForTimeout(300);
      await shoot("drilldown-patterns-dark-1440");
      await page.getByRole("button", { name: "No lines like this" }).first().click();
      await page
        .getByTestId("filters")
        .getByText(/^not like/)
        .waitFor();
      await page.getByTestId("view-lines").click();
      await Promise.race([page.locator(LINES).first().waitFor(), page.getByText("No lines in this range").waitFor()]);
      await page.getByTestId("filters").getByText("Clear").click();
      await page.locator(LINES).first().waitFor();
      await shoot("drilldown-lines-dark-1440");
    },
  },
  {
    name: "traces are drilled into by attribute, and bad ones compared",
    run: async ({ page, shoot }) => {
      await page.goto("/drilldown?signal=traces");
      await isPainted(page, '[data-testid="measure-rate"] canvas');
      await page.getByTestId("value-tile").first().waitFor();
      await page.waitForTimeout(800);
      await shoot("drilldown-traces-dark-1440");
      await page.getByTestId("measure-errors").getByRole("button", { name: "Errors" }).click();
      await page.getByTestId("view-compare").click();
      await page.getByTestId("comparison").locator("section").first().waitFor();
      await page.waitForTimeout(300);
      await shoot("drilldown-compare-dark-1440");
      await page
        .getByTestId("comparison")
        .getByRole("button", { name: /^Only / })
        .first()
        .click();
      await page.getByTestId("filters").waitFor();
      await page.getByRole("button", { name: "Find these traces" }).click();
      await page.waitForURL(/explore.*status/);
      await page.getByTestId("trace-table").waitFor();
    },
  },
  {
    name: "running queries are seen and canceled",
    run: async ({ page, shoot }) => {
      const one = (id, more) => ({
        id,
        signal: "metrics",
        kind: "range",
        query: `sum by (job) (rate({__name__=~".+"}[5m])) # ${id}`,
        start: Date.now() - 3_600_000,
        end: Date.now(),
        began: Date.now() - 4_000,
        seconds: 4.2,
        rowsRead: 12_345_678,
        bytesRead: 98_765_432,
        ...more,
      });
      let running = [one(1), one(2, { waiting: true, signal: "logs", query: '{app="<b>x</b>"}' })];
      const slow = [one(3, { outcome: "ok" }), one(4, { outcome: "the query took longer than 2 minutes" })];
      await page.route("**/api/oriel/v1/queries*", (route) => route.fulfill({ json: { running, slow } }));
      await page.route("**/api/oriel/v1/queries/*", async (route) => {
        assert.equal(route.request().method(), "DELETE");
        running = running.filter((each) => !route.request().url().endsWith(`/${each.id}`));
        await route.fulfill({ json: {} });
      });
      await page.goto("/server?tab=queries");
      const rows = page.getByTestId("running").locator("tbody tr");
      await rows.first().waitFor();
      await shoot("queries-dark-1440");
      assert.equal(await rows.count(), 2);
      await page.getByRole("button", { name: "Cancel" }).first().click();
      await page.getByText("1 query now").waitFor();
      await page.unroute("**/api/oriel/v1/queries*");
    },
  },
  {
    name: "agents report themselves, with what goes wrong and their configuration",
    run: async ({ page, shoot }) => {
      const now = Date.now();
      const agent = (id, report, lastSeen = now - 4_000) => ({
        report: {
          id,
          name: `host-${id}`,
          version: "0.1.0",
          started: now - 86_400_000,
          config_hash: `9f8e7d6c5b4a39${id.charCodeAt(0)}`,
          config:
            "data: data\nsend:\n  metrics: http://127.0.0.1:9090/api/v1/write\n  headers:\n    Authorization: <secret>\n",
          targets: { up: 12, down: 0, unknown: 0 },
          failing: [],
          deliveries: ["metrics", "logs", "traces"].map((signal) => ({
            ...{
              signal,
              url: `http://127.0.0.1:9090/${signal}`,
              sent: 1_234_567,
              refused: 0,
              waiting: 0,
              last_error: "",
            },
          })),
          memory_bytes: 48 << 20,
          ...report,
        },
        first_seen: now - 7_200_000,
        last_seen: lastSeen,
      });
      const long = `${"very-".repeat(40)}long-name`;
      let agents = [
        agent("a", {}),
        agent("b", {
          targets: { up: 10, down: 2, unknown: 0 },
          failing: [{ job: "node", url: "http://10.0.0.7:9100/metrics", error: "connection refused" }],
        }),
        agent("c", {
          name: "<img src=x onerror=alert(1)>",
          deliveries: [
            ...[{ signal: "logs", url: "http://127.0.0.1:3100/push", sent: 5, refused: 17, waiting: 4_200 }],
          ].map((one) => ({ ...one, last_error: "503 Service Unavailable: the log is full" })),
        }),
        agent("d", { name: long }, now - 900_000),
      ];
      await page.route("**/api/oriel/v1/agents", (route) => route.fulfill({ json: { now: Date.now(), agents } }));
      await page.route("**/api/oriel/v1/agents/*", (route) => {
        assert.equal(route.request().method(), "DELETE");
        agents = agents.filter((one) => !route.request().url().endsWith(`/${one.report.id}`));
        return route.fulfill({ status: 204 });
      });
      await page.goto("/server?tab=agents");
      const table = page.getByTestId("agents");
      await table.getByText("cannot deliver logs").waitFor();
      await page.getByText("4 agents, 4 configurations, 3 need a look").waitFor();
      await table.getByRole("button", { name: "host-b" }).press("Enter");
      await page.getByTestId("agent-details").getByText("connection refused").waitFor();
      await page.getByTestId("agent-details").getByText("Authorization: <secret>").waitFor();
      await page.waitForTimeout(400);
      await shoot("agents-dark-1440");
      await table.getByRole("button", { name: "very-" }).click();
      await page.getByRole("button", { name: "Forget it" }).click();
      await page.getByText("3 agents").waitFor();
    },
  },
  {
    name: "the configuration tells what was set from what is usual",
    run: async ({ page, shoot }) => {
      await page.route("**/api/oriel/v1/config", (route) =>
        route.fulfill({
          json: {
            yaml: "data: /srv/oriel\ndoors:\n  ui: 0.0.0.0:3000\n  loki: 127.0.0.1:3100\nmetrics:\n  retention: 30d\n",
            defaults: "data: data\ndoors:\n  ui: 127.0.0.1:3000\n  loki: 127.0.0.1:3100\nmetrics:\n  retention: 0s\n",
          },
        }),
      );
      await page.goto("/server?tab=configuration");
      const text = page.getByTestId("configuration");
      await text.getByText("usually 127.0.0.1:3000").waitFor();
      await page.getByRole("searchbox", { name: "Find in the configuration" }).fill("retention");
      await shoot("configuration-dark-1440");
      await page.getByTestId("only-changed").click();
      assert.equal(await text.getByText("loki: 127.0.0.1:3100").count(), 0);
      await page.getByText("3 keys set by file").waitFor();
    },
  },
  {
    name: "stored blocks are shown by signal, level and age",
    run: async ({ page, shoot }) => {
      const now = Date.now();
      const block = (signal, level, hours, size) => ({
        ...{ id: `${signal}-${level}-${hours}`, signal, level, rows: size * 3, bytes: size << 10 },
        start: now - (hours + 2) * 3_600_000,
        end: now - hours * 3_600_000,
      });
      const blocks = [
        ...[0, 2, 4].map((hours) => block("metrics", 0, hours, 900)),
        ...[24, 48, 72].map((hours) => block("metrics", 2, hours, 9_000)),
        block("logs", 0, 1, 50_000),
        block("logs", 1, 30, 400_000),
        block("traces", 0, 3, 20_000),
      ];
      await page.route("**/api/oriel/v1/blocks*", (route) =>
        route.fulfill({
          json: { count: blocks.length, bytes: blocks.reduce((sum, one) => sum + one.bytes, 0), blocks },
        }),
      );
      await page.goto("/server?tab=storage");
      const table = page.getByTestId("blocks");
      await table.getByText("merged, level 2").waitFor();
      assert.equal(await table.getByText("as flushed").count(), 3);
      await page.waitForTimeout(300);
      await shoot("storage-dark-1440");
    },
  },
  {
    name: "cardinality is looked into by label and by value",
    run: async ({ page, shoot }) => {
      await page.goto("/server?tab=cardinality");
      await page.getByRole("link", { name: "oriel_http_requests_total" }).first().click();
      await page.getByTestId("selected-series").waitFor();
      await page.getByRole("region", { name: "Values by label" }).getByRole("link", { name: "door" }).click();
      const values = page.getByRole("region", { name: "Series by door" });
      await values.getByRole("link").first().waitFor();
      await shoot("cardinality-values-dark-1440");
      const value = await values.getByRole("link").first().textContent();
      await values.getByRole("link").first().click();
      await page.waitForURL(
        (url) => (url.searchParams.get("of") ?? "").includes(`door="${value}"`) && !url.searchParams.has("by"),
      );
      await page.getByTestId("selected-series").waitFor();
      await page.goBack();
      await page.getByRole("button", { name: "All labels" }).click();
      await page.getByRole("region", { name: "Values by label" }).waitFor();
    },
  },
  {
    name: "load tests that ran are listed, or how to run one",
    run: async ({ page, shoot }) => {
      await page.goto("/server?tab=load");
      const runs = page.getByTestId("load-runs");
      await runs.or(page.getByTestId("load-how-to")).waitFor();
      await page.waitForTimeout(1_000);
      await shoot("load-runs-dark-1440");
      if ((await runs.count()) === 0) return;
      await runs.getByRole("link").first().click();
      await page.waitForURL(/\/d\/oriel-load/);
    },
  },
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
  {
    name: "home leads to dashboards that were starred or opened",
    run: async ({ page }) => {
      await page.goto("/");
      const boards = page.getByTestId("home-dashboards").locator("a");
      await boards.first().waitFor();
      const last = boards.last();
      const title = await last.textContent();
      await last.click();
      await page.waitForURL(/\/d\//);
      await page.goto("/");
      await page.getByTestId("home-dashboards").locator("a").filter({ hasText: title }).waitFor();
    },
  },
  {
    name: "a metric leads to the lines of its labels, a span to the metrics of its service",
    run: async ({ page, shoot }) => {
      await page.goto(
        explore("metrics", ['sum by (span_name) (rate(traces_spanmetrics_calls_total{service="checkout"}[5m]))']),
      );
      await page.getByTestId("to-logs").click();
      await page.waitForURL((url) => url.searchParams.get("rq") === '{service_name="checkout"}');
      await page.getByTestId("right").getByTestId("log-lines").waitFor();
      await page.waitForTimeout(600);
      await shoot("hop-metric-to-logs-dark-1440");
      await page.goto(`/trace/${await anyTrace(page)}`);
      await page.getByTestId("span-row").first().click();
      await page.getByTestId("span-metrics").click();
      await page.waitForURL((url) => url.searchParams.getAll("rq").length === 2);
      await page
        .getByTestId("right")
        .getByTestId("run-state")
        .first()
        .filter({ hasText: /series/ })
        .waitFor();
    },
  },
  {
    name: "links of other tools lead to the same here",
    run: async ({ page }) => {
      await page.goto("/graph?g0.expr=up&g0.tab=1&g0.range_input=2h");
      await page.waitForURL((url) => url.pathname === "/explore" && url.searchParams.get("mode") === "instant");
      await page.getByTestId("instant-table").waitFor();
      assert.match(page.url(), /from=now-2h/);
      await page.goto("/query?g0.expr=sum(up)");
      await page.waitForURL((url) => url.searchParams.get("q") === "sum(up)");
      await page.goto("/tsdb-status");
      await page.waitForURL(/server\?tab=cardinality/);
      const panes = { a: { queries: [{ expr: '{service_name="checkout"}', datasource: { type: "loki" } }] } };
      await page.goto(`/explore?${new URLSearchParams({ panes: JSON.stringify(panes) })}`);
      await page.locator(LINES).first().waitFor();
    },
  },
];
