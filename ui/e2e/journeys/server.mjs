// The pages of the server itself: targets, agents, cardinality, storage, configuration, running queries, load tests.
import assert from "node:assert/strict";

/** All of its tabs in one go. */
export const SERVER_WALK = [
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
];

/** One tab each, mostly with answers made here. */
export const SERVER_JOURNEYS = [
  {
    name: "targets are found, and opened to how their labels came to be",
    run: async ({ page, shoot }) => {
      const discovered = { __address__: "10.0.0.7:9100", zone: "eu", team: "<b>core</b>" };
      const target = (job, health, more) => ({
        scrapePool: job,
        scrapeUrl: `http://${job}:9100/metrics`,
        health,
        lastError: "",
        lastScrape: new Date().toISOString(),
        lastScrapeDuration: 0.004,
        scrapeInterval: "15s",
        scrapeTimeout: "10s",
        labels: { job, instance: `${job}:9100` },
        discoveredLabels: discovered,
        ...more,
      });
      const down = target("database", "down", { lastError: "connection refused" });
      const data = {
        activeTargets: [target("web", "up"), down],
        droppedTargets: [{ scrapePool: "web", discoveredLabels: { __address__: "10.0.0.9:1" } }],
        droppedTargetCounts: { web: 12 },
      };
      await page.route("**/api/v1/targets?*", (route) => route.fulfill({ json: { status: "success", data } }));
      const steps = [
        { rule: { action: "replace", target_label: "region" }, output: { ...discovered, region: "eu-1" }, keep: true },
        { rule: { action: "drop", regex: ".*:1" }, output: {}, keep: false },
      ];
      await page.route("**/api/v1/targets/relabel_steps*", (route) =>
        route.fulfill({ json: { status: "success", data: { steps } } }),
      );
      await page.goto("/server");
      const rows = page.getByTestId("targets").locator("tbody tr");
      await page.getByText("1 of 2 up").waitFor();
      assert.match(await rows.first().textContent(), /database.*connection refused/);
      await page.getByRole("searchbox", { name: "Find targets" }).fill("refused");
      await page.waitForFunction(() => document.querySelectorAll('[data-testid="targets"] tbody tr').length === 1);
      await page.getByRole("button", { name: "database" }).click();
      await page.getByTestId("relabel-steps").getByText('region="eu-1"').waitFor();
      await page.getByTestId("relabel-steps").getByText("drops the target").waitFor();
      await page.getByTestId("target-details").getByText('team="<b>core</b>"').waitFor();
      await shoot("targets-details-dark-1440");
      await page.getByRole("searchbox", { name: "Find targets" }).fill("");
      await page.getByRole("button", { name: "Dropped 12" }).click();
      await page.getByTestId("dropped").getByText("10.0.0.9:1").waitFor();
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
];
