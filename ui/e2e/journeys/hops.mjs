// Ways from one thing to another that belongs to it: from Home to dashboards, from a metric to lines, from a span to metrics, from an address
// of another tool to the same here.
import assert from "node:assert/strict";
import { anyTrace, explore, LINES } from "./explore.mjs";

export const HOP_JOURNEYS = [
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
