// From everything to what is different, by clicks and without a query: metrics, logs and traces.
import assert from "node:assert/strict";
import { isPainted, LINES } from "./explore.mjs";

export const DRILLDOWN_JOURNEYS = [
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
    name: "metrics are found by family, filtered by label, and lead to those that are called alike",
    run: async ({ page, shoot }) => {
      await page.goto("/drilldown?signal=metrics");
      await page
        .getByRole("toolbar", { name: "Families of metrics" })
        .getByRole("button", { name: /^node_/ })
        .first()
        .click();
      await page.waitForURL(/find=node_/);
      await page.getByTestId("add-filter").click();
      await page.getByLabel("Name", { exact: true }).fill("job");
      await page.getByLabel("Value", { exact: true }).fill("node");
      await page.getByLabel("Value", { exact: true }).press("Enter");
      await page.getByTestId("filters").getByText("job = node").waitFor();
      await shoot("drilldown-families-dark-1440");
      await page.goto("/drilldown?signal=metrics&of=node_cpu_seconds_total&f=job%3Dnode");
      await isPainted(page, '[data-testid="whole"] canvas');
      await page.getByTestId("how").click();
      await page.getByRole("menuitem", { name: "Highest" }).click();
      await page.waitForURL(/how=max/);
      await page.getByTestId("view-related").click();
      const related = page.getByTestId("related-metrics");
      await related
        .getByRole("button", { name: /^node_/ })
        .first()
        .waitFor();
      await shoot("drilldown-related-dark-1440");
      await page.getByRole("button", { name: "All metrics" }).click();
      await page.getByTestId("metric-tiles").waitFor();
      await page.getByTestId("order").click();
      await page.getByRole("menuitem", { name: "Most series first" }).click();
      await page.waitForURL(/order=series/);
      await page
        .getByTestId("metric-tiles")
        .getByText(/series$/)
        .first()
        .waitFor();
      await page.getByTestId("filters").getByText("job = node").waitFor();
    },
  },
  {
    name: "traces are drilled into by attribute, and bad ones compared",
    run: async ({ page, shoot }) => {
      const exemplars = page.waitForResponse(/query_range.*exemplars=/);
      await page.goto("/drilldown?signal=traces");
      assert.equal((await exemplars).status(), 200);
      await isPainted(page, '[data-testid="measure-rate"] canvas');
      await page.getByTestId("value-tile").first().waitFor();
      await page.waitForTimeout(800);
      await shoot("drilldown-traces-dark-1440");
      await page.getByTestId("roots").click();
      await page.getByTestId("filters").getByText("root spans").waitFor();
      await page.getByTestId("value-tile").first().waitFor();
      await page.getByRole("button", { name: "All spans" }).click();
      await page.getByTestId("filters").getByText("root spans").waitFor({ state: "detached" });
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
];
