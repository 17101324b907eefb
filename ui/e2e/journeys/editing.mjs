// What the editors and answers of Explore offer beside the answer: advice for queries that mean otherwise, one way to write them,
// completion within pipelines, the table of now sorted and narrowed, series drawn in other ways.
import assert from "node:assert/strict";
import { explore, isPainted, LINES } from "./explore.mjs";

const editorOf = (page) => page.locator('[data-testid="editor"] .cm-content').first();
const offer = (page, text) => page.locator(".cm-tooltip-autocomplete li").filter({ hasText: text }).first();

/** Types at the end of the query, as people do. */
async function typeAtEnd(page, text) {
  await editorOf(page).click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type(text);
}

export const EDITING_JOURNEYS = [
  {
    name: "a word of a query under the pointer tells how it is written and what it does",
    run: async ({ page, shoot }) => {
      const hover = async (word, told) => {
        await page.locator(".cm-line span").filter({ hasText: word }).first().hover();
        await page.locator(".cm-word").getByText(told).waitFor();
      };
      await page.goto(explore("metrics", ['sum by (job) (rate(up{job="node"}[5m]))']));
      await hover("rate", "rate(window)");
      await shoot("word-dark-1440");
      await page.goto(explore("logs", ['{service_name=~".+"} | json | level="error"']));
      await hover("json", "Fields of a line that is a JSON object");
      await page.goto(explore("traces", ["{ duration > 1ms } | rate()"]));
      await hover("rate", "Spans a second");
    },
  },
  {
    name: "a counter is told to be one, and its rate is a click away",
    run: async ({ page, shoot }) => {
      await page.goto(explore("metrics", ["sum by (mode) (node_cpu_seconds_total)"], { from: "now-5m" }));
      const advice = page.getByTestId("advice");
      await advice.getByText("node_cpu_seconds_total is a counter").waitFor();
      await shoot("metrics-advice-dark-1440");
      await advice.getByRole("button").click();
      await page.waitForURL(/rate%28node_cpu_seconds_total%5B%24__rate_interval%5D/);
      await page.getByTestId("metrics-chart").waitFor();
      await advice.waitFor({ state: "detached" });
    },
  },
  {
    name: "a query is written as the server writes it, and runs by Shift+Enter",
    run: async ({ page }) => {
      await page.goto(explore("metrics", ["sum by(mode)(rate(node_cpu_seconds_total[$__rate_interval]))/2"]));
      await page.getByRole("button", { name: "Format query A" }).click();
      const text = "sum by (mode) (rate(node_cpu_seconds_total[$__rate_interval])) / 2";
      await editorOf(page).getByText(text).waitFor();
      await editorOf(page).click();
      await page.keyboard.press("Shift+Enter");
      await page.waitForURL((url) => url.searchParams.get("q") === text);
    },
  },
  {
    name: "completion knows fields within pipelines, windows and relations",
    run: async ({ page, shoot }) => {
      const at = Date.now();
      const service = `fields-${at}`;
      const line = '{"level":"info","path":"/a b","took_ms":7}';
      const streams = [{ stream: { service_name: service }, values: [[`${at}000000`, line]] }];
      assert.equal((await page.request.post("/loki/api/v1/push", { data: { streams } })).status(), 204);
      await page.goto(explore("logs", [`{service_name="${service}"} | json`], { from: "now-5m" }));
      await page.locator(LINES).first().waitFor();
      await typeAtEnd(page, " | pat");
      await offer(page, "path").waitFor();
      await typeAtEnd(page, 'h="');
      await offer(page, "/a b").waitFor();
      await shoot("completion-fields-dark-1440");
      await page.goto(explore("logs"));
      await typeAtEnd(page, `rate({service_name="${service}"}[`);
      await offer(page, "$__auto").waitFor();
      await page.goto(explore("metrics"));
      await typeAtEnd(page, "rate(up[");
      await offer(page, "$__rate_interval").waitFor();
      await page.goto(explore("traces"));
      await typeAtEnd(page, "{ } | select(resource.serv");
      await offer(page, "resource.service.name").waitFor();
    },
  },
  {
    name: "the table of now is sorted and narrowed, and series are stacked",
    run: async ({ page, shoot }) => {
      const query = "sum by (mode) (rate(node_cpu_seconds_total[1m]))";
      await page.goto(explore("metrics", [query], { from: "now-5m", mode: "instant" }));
      const table = page.getByTestId("instant-table");
      const values = async () => (await table.locator("tbody tr td:last-child").allTextContents()).length;
      await table.locator("tbody tr").nth(1).waitFor();
      const before = await values();
      await table.getByRole("button", { name: "mode", exact: true }).click();
      await table.locator('th[aria-sort="ascending"]').waitFor();
      const modes = await table.locator("tbody tr td:first-child").allTextContents();
      assert.deepEqual(modes, [...modes].sort());
      await table.getByRole("button", { name: "user", exact: true }).click({ modifiers: ["ControlOrMeta"] });
      await page.waitForURL(/mode%21%3D%22user%22/);
      await page.waitForFunction(
        (most) => document.querySelectorAll('[data-testid="instant-table"] tbody tr').length === most - 1,
        before,
      );
      await shoot("metrics-sorted-dark-1440");
      await page.getByTestId("range").click();
      await isPainted(page, '[data-testid="metrics-chart"] canvas');
      await page.getByTestId("style").click();
      await page.getByRole("menuitem", { name: "Stacked areas" }).click();
      await page.getByTestId("style").getByText("Stacked areas").waitFor();
      await isPainted(page, '[data-testid="metrics-chart"] canvas');
      await shoot("metrics-stacked-dark-1440");
    },
  },
  {
    name: "a query of Explore becomes a panel of a dashboard",
    run: async ({ page, shoot }) => {
      const title = `From Explore ${Date.now()}`;
      await page.goto(explore("metrics", ["up"], { from: "now-5m" }));
      await page.getByTestId("metrics-chart").waitFor();
      await page.getByRole("button", { name: "Add to a dashboard" }).click();
      await page.getByLabel("Title of the dashboard").fill(title);
      await page.getByLabel("Title of the panel").fill("What is up");
      await shoot("add-to-dashboard-dark-1440");
      await page.getByRole("button", { name: "Add and open" }).click();
      await page.waitForURL(/\/d\//);
      await page.getByText("What is up").first().waitFor();
      const uid = /\/d\/([^/?]+)/.exec(page.url())[1];
      // A second one goes onto the same dashboard.
      await page.goto(explore("logs", ['{service_name=~".+"}'], { from: "now-5m" }));
      await page.getByRole("button", { name: "Add to a dashboard" }).click();
      await page.getByLabel("Dashboard", { exact: true }).selectOption({ label: title });
      await page.getByRole("button", { name: "Add and open" }).click();
      await page.waitForURL(new RegExp(`/d/${uid}`));
      await page.getByTestId("panel-logs").waitFor();
      const { dashboard } = await (await page.request.get(`/api/dashboards/uid/${uid}`)).json();
      assert.deepEqual(
        dashboard.panels.map((one) => [one.type, one.title]),
        [
          ["timeseries", "What is up"],
          ["logs", '{service_name=~".+"}'],
        ],
      );
      assert.equal((await page.request.delete(`/api/dashboards/uid/${uid}`)).status(), 200);
    },
  },
];
