// What there is to see of each signal: Home says what arrives, and Explore shows charts and tables of metrics, lines of logs, searches and
// waterfalls of traces, from an empty editor with its completion on.
import assert from "node:assert/strict";
import { anyTrace, explore, isPainted, LINES, runQuery } from "./explore.mjs";
import { HOSTILE } from "./strangers.mjs";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 1024, height: 768 };

/** Repeats what a person would repeat when the page was not ready for it. */
async function again(page, isDone, act) {
  for (let tries = 0; !isDone(); tries += 1) {
    assert.ok(tries < 10, "nothing came of it, ten times");
    await act();
    await page.waitForTimeout(500);
  }
}

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

export const SIGNAL_JOURNEYS = [
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
      const all = await page.getByTestId("span-row").count();
      await page.getByLabel("Find in this trace").fill(`no such span ${all}`);
      await page.getByTestId("only-found").click();
      await page.waitForFunction(() => document.querySelectorAll('[data-testid="span-row"]').length === 0);
      await page.getByLabel("Find in this trace").fill("");
      await page.waitForFunction((rows) => document.querySelectorAll('[data-testid="span-row"]').length === rows, all);
      await page.getByRole("button", { name: "Copy the span id" }).click();
      await page.getByTestId("span-drawer").getByRole("button", { name: "Copied" }).waitFor();
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
];
