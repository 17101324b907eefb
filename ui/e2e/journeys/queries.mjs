// Where a query comes from, other than typing it: the history of those that ran, a builder of parts, a part of another query, the map of
// services.
import assert from "node:assert/strict";
import { explore, runQuery } from "./explore.mjs";

export const QUERY_JOURNEYS = [
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
    name: "one of several queries is doubled, hidden, moved, and says how its series are called",
    run: async ({ page, shoot }) => {
      const param = (name) => new URL(page.url()).searchParams.getAll(name);
      const more = async (letter, item) => {
        await page.getByRole("button", { name: `More of query ${letter}` }).click();
        await page.getByRole("menuitem", { name: item }).click();
      };
      await page.goto(explore("metrics", ["up", "sum(up)"]));
      await page.getByTestId("metrics-chart").waitFor();
      await more("A", "Duplicate");
      await page.waitForURL((url) => url.searchParams.getAll("q").length === 3);
      await page.getByRole("button", { name: "Hide query A" }).click();
      await page.waitForURL((url) => url.searchParams.get("hide") === "A");
      await page.getByTestId("query-row").first().getByText("hidden").waitFor();
      await more("C", "Legend and step");
      await page.getByLabel("Legend of query C").fill("all targets");
      await page.getByLabel("Legend of query C").press("Enter");
      await page.getByLabel("Min step of query C").fill("2m");
      await page.getByLabel("Min step of query C").press("Enter");
      await page.waitForURL((url) => url.searchParams.getAll("step").includes("2m"));
      await page.getByTestId("metrics-chart").getByText("all targets").waitFor();
      await shoot("several-queries-dark-1440");
      await more("C", "Move up");
      await page.waitForURL((url) => url.searchParams.getAll("q")[1] === "sum(up)");
      assert.deepEqual([param("hide"), param("legend")], [["A"], ["", "all targets", ""]]);
      await page.getByRole("button", { name: "Remove query A" }).click();
      await page.waitForURL((url) => !url.searchParams.has("hide"));
      await page.reload();
      await page.getByTestId("metrics-chart").getByText("all targets").waitFor();
      assert.equal(await page.getByLabel("Min step of query A").inputValue(), "2m");
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
];
