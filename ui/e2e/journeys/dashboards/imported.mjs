// What dashboards of others lean on beyond their panels: links of values, time zones, answers of other panels, addresses of other tools.
import assert from "node:assert/strict";
import { importText, isSettled, PANEL } from "./dashboards.mjs";

/** Stores a dashboard as scripts do, over what an earlier run left. */
async function store(page, dashboard) {
  const answer = await page.request.post("/api/dashboards/db", { data: { dashboard, overwrite: true } });
  assert.equal(answer.status(), 200, await answer.text());
}

const open = async (page, path) => {
  await page.goto(path);
  await page.getByTestId("dashboard").waitFor();
  await isSettled(page);
};

const links = (...urls) => urls.map((url, index) => ({ title: `Link ${index} of \${__field.labels.job}`, url }));
const grid = (x, y, w = 12, h = 8) => ({ gridPos: { x, y, w, h } });
const up = (more = {}) => ({ refId: "A", expr: "sum by (job) (up)", legendFormat: "{{job}}", ...more });

/** A dashboard of years ago: rows, kinds of panels and settings that have successors. */
const OLD = {
  uid: "journey-old",
  title: "Journey old",
  schemaVersion: 14,
  time: { from: "now-1h", to: "now" },
  templating: {
    list: [{ name: "grouping", type: "custom", query: "By nothing else :  , By instance : \\,instance", current: {} }],
  },
  rows: [
    {
      height: 300,
      showTitle: false,
      title: "Not shown",
      panels: [
        {
          id: 1,
          type: "graph",
          title: "Graph",
          span: 8,
          legend: {
            show: true,
            values: true,
            current: true,
            avg: true,
            alignAsTable: true,
            sort: "avg",
            sortDesc: true,
          },
          targets: [{ refId: "A", expr: "sum by (job $grouping) (up)", legendFormat: "{{job}}" }],
        },
        {
          id: 2,
          type: "singlestat",
          title: "Number",
          span: 4,
          height: 150,
          format: "none",
          rangeMaps: [{ from: "null", to: "null", text: "N/A" }],
          targets: [{ refId: "A", expr: "vector(4321)" }],
        },
        {
          id: 3,
          type: "singlestat",
          title: "Dial",
          span: 4,
          height: 150,
          gauge: { show: true, minValue: 0, maxValue: 100 },
          format: "percent",
          targets: [{ refId: "A", expr: "vector(42)" }],
        },
        {
          id: 4,
          type: "table",
          title: "Rows",
          span: 12,
          transform: "table",
          styles: [
            { pattern: "Time", type: "hidden" },
            { pattern: "Value #A", type: "number", alias: "Is up", unit: "none", decimals: 2 },
          ],
          targets: [
            { refId: "A", expr: "count by (job) (up)", format: "table", instant: true },
            { refId: "B", expr: "sum by (job) (up)", format: "table", instant: true },
          ],
        },
      ],
    },
  ],
};

export const IMPORTED_JOURNEYS = [
  {
    name: "a dashboard of years ago looks as it did",
    run: async ({ page, shoot }) => {
      await store(page, OLD);
      await open(page, "/d/journey-old");
      const panel = (id) => page.locator(`[data-panel="panel-${id}"]`);
      assert.equal(await page.getByText("Not shown").count(), 0, "no row has a head");
      assert.equal(await panel(2).getAttribute("data-type"), "stat");
      assert.equal(await panel(3).getAttribute("data-type"), "gauge");
      await panel(2).getByText("4321").waitFor();
      await panel(3).getByText("42").first().waitFor();
      const [graph, number, dial] = await Promise.all([1, 2, 3].map((id) => panel(id).boundingBox()));
      assert.ok(number.x > graph.x + graph.width, "the number stands beside the graph");
      assert.ok(dial.x === number.x && dial.y > number.y + number.height, "the dial stands under the number");
      await panel(1).getByText("Mean").first().waitFor();
      await panel(4).getByText("Is up").first().waitFor();
      assert.equal(await panel(4).getByText("Time", { exact: true }).count(), 0, "a hidden column is not shown");
      await shoot("old-dashboard");
    },
  },
  {
    name: "values of every panel lead where their links say",
    run: async ({ page, shoot }) => {
      const url = "/d/journey-links?var-job=${__field.labels.job}&v=${__value.raw}&${__url_time_range}";
      const fieldConfig = (...urls) => ({ defaults: { links: links(...urls) }, overrides: [] });
      const panel = (id, type, place, more) => ({ id, type, title: `As ${type}`, ...place, ...more });
      await store(page, {
        uid: "journey-links",
        title: "Journey links",
        time: { from: "now-1h", to: "now" },
        panels: [
          panel(1, "stat", grid(0, 0, 6, 4), { targets: [up({ instant: true })], fieldConfig: fieldConfig(url) }),
          panel(2, "gauge", grid(6, 0, 6, 4), { targets: [up({ instant: true })], fieldConfig: fieldConfig(url) }),
          panel(3, "bargauge", grid(12, 0, 6, 4), {
            targets: [up({ instant: true })],
            fieldConfig: fieldConfig(url, "https://example.org/${__value.text}"),
          }),
          panel(4, "piechart", grid(18, 0, 6, 4), { targets: [up({ instant: true })], fieldConfig: fieldConfig(url) }),
          panel(5, "table", grid(0, 4), {
            targets: [{ refId: "A", expr: "up", instant: true, format: "table" }],
            fieldConfig: {
              defaults: {},
              overrides: [
                {
                  matcher: { id: "byName", options: "job" },
                  properties: [
                    { id: "links", value: [{ title: "Job", url: "/d/journey-links?var-job=${__data.fields.job}" }] },
                  ],
                },
              ],
            },
          }),
          panel(6, "timeseries", grid(12, 4), {
            targets: [up({ expr: 'label_replace(vector(1), "job", "oriel", "", "")' })],
            fieldConfig: fieldConfig(url, "/explore?at=${__value.time}"),
          }),
        ],
      });
      await open(page, "/d/journey-links");
      const at = (id) => page.locator(`${PANEL}[data-panel="panel-${id}"]`);
      const job = /journey-links\?var-job=[^&$]+&v=1&from=now-1h&to=now$/;
      assert.match(await at(1).locator("a").first().getAttribute("href"), job);
      assert.match(await at(2).locator("a").first().getAttribute("href"), job);
      assert.match(await at(4).locator("svg a").first().getAttribute("href"), job);
      assert.match(await at(5).locator("a").first().getAttribute("href"), /journey-links\?var-job=[^&$]+$/);
      await at(3).locator("button[title='2 links']").first().click();
      await page.getByRole("menuitem", { name: /^Link 1 of / }).waitFor();
      await page.keyboard.press("Escape");
      await at(6)
        .locator(".u-over")
        .click({ position: { x: 200, y: 60 } });
      const menu = page.getByTestId("chart-links");
      await menu.waitFor();
      assert.match(await menu.getByRole("menuitem").first().getAttribute("href"), job);
      assert.match(await menu.getByRole("menuitem").nth(1).getAttribute("href"), /at=\d{13}$/);
      await shoot("links-dark-1440");
    },
  },
  {
    name: "a dashboard shows times in its own zone, or in that of its address",
    run: async ({ page, shoot }) => {
      const from = Date.UTC(2026, 0, 15, 20);
      const seconds = from / 1_000 + 1_800;
      await store(page, {
        uid: "journey-zone",
        title: "Journey zone",
        timezone: "Asia/Tokyo",
        time: { from: String(from), to: String(from + 3_600_000) },
        panels: [
          {
            id: 1,
            type: "table",
            title: "In $__timezone",
            ...grid(0, 0),
            targets: [{ refId: "A", expr: `vector(${seconds})`, instant: true, format: "table" }],
            fieldConfig: {
              defaults: {},
              overrides: [
                {
                  matcher: { id: "byName", options: "Value" },
                  properties: [{ id: "unit", value: "dateTimeAsIso" }],
                },
              ],
            },
            transformations: [
              {
                id: "calculateField",
                options: {
                  mode: "binary",
                  alias: "At",
                  binary: { left: "Value", operator: "*", right: "1000" },
                },
              },
              { id: "convertFieldType", options: { conversions: [{ targetField: "At", destinationType: "time" }] } },
            ],
          },
          { id: 2, type: "timeseries", title: "On the axis", ...grid(12, 0), targets: [up({ expr: "vector(1)" })] },
        ],
      });
      await open(page, "/d/journey-zone");
      const table = page.locator(`${PANEL}[data-panel="panel-1"]`);
      await table.getByText("2026-01-16 05:30:00").waitFor();
      await table.getByText("In Asia/Tokyo").waitFor();
      const range = page.getByTestId("time-range");
      assert.equal(await range.getAttribute("title"), "2026-01-16 05:00:00 to 2026-01-16 06:00:00");
      await shoot("zone-dark-1440");
      await open(page, "/d/journey-zone?timezone=America/New_York");
      await table.getByText("2026-01-15 15:30:00").waitFor();
      await page.getByRole("link", { name: "Home" }).click();
      await page.waitForURL((url) => url.pathname === "/");
      // Elsewhere the clock is the browser's again.
      await page.waitForFunction((at) => {
        const clock = new Date(at).toLocaleTimeString("en-GB");
        return document.querySelector('[data-testid="time-range"]')?.getAttribute("title")?.slice(11, 19) === clock;
      }, from);
    },
  },
  {
    name: "addresses of walls, frames, folders and former links lead where they say",
    run: async ({ page, shoot }) => {
      const job = { name: "job", type: "query", query: "label_values(up, job)", multi: true, includeAll: true };
      await store(page, {
        uid: "journey-wall",
        title: "Journey wall",
        templating: { list: [job] },
        panels: [
          { id: 1, type: "stat", title: "One of $job", ...grid(0, 0), targets: [up({ instant: true })] },
          { id: 2, type: "timeseries", title: "Two", ...grid(12, 0), targets: [up()] },
        ],
      });
      const [rail, clock] = [page.getByRole("navigation", { name: "Rooms" }), page.getByTestId("time-range")];
      await open(page, "/d/journey-wall/name?kiosk&from=now-6h&to=now");
      assert.deepEqual([await rail.count(), await clock.count(), await page.locator(PANEL).count()], [0, 0, 2]);
      assert.equal(await page.getByTestId("variables").count(), 0);
      await shoot("kiosk-dark-1440");
      await page.keyboard.press("Escape");
      await rail.waitFor();
      await page.keyboard.press("d");
      await page.keyboard.press("k");
      await rail.waitFor({ state: "detached" });
      await open(page, "/d/journey-wall?kiosk=tv");
      assert.deepEqual([await rail.count(), await clock.count()], [0, 1]);
      await page.getByTestId("variables").waitFor();
      await open(page, "/d-solo/journey-wall/name?orgId=1&panelId=1&var-job=oriel&from=now-2h&to=now");
      assert.deepEqual([await rail.count(), await page.locator(PANEL).count()], [0, 1]);
      await page.getByText("One of oriel").waitFor();
      const left = JSON.stringify({ datasource: "Prometheus", queries: [{ expr: "up" }], range: { from: "now-3h" } });
      await page.goto(`/explore?orgId=1&left=${encodeURIComponent(left)}`);
      await page.getByTestId("metrics-chart").waitFor();
      await page.goto("/a/grafana-lokiexplore-app/explore");
      await page.waitForURL((url) => url.pathname === "/drilldown" && url.searchParams.get("signal") === "logs");
      const folder = { uid: "journey-folder", title: "Journey folder" };
      await page.request.post("/api/folders", { data: folder });
      const dashboard = { uid: "journey-inside", title: "Journey inside" };
      await page.request.post("/api/dashboards/db", { data: { dashboard, folderUid: folder.uid, overwrite: true } });
      await page.goto("/dashboards/f/journey-folder/journey-folder");
      await page.getByTestId("dashboard-link").filter({ hasText: "Journey inside" }).waitFor();
      assert.equal(await page.getByTestId("dashboard-link").count(), 1);
    },
  },
  {
    name: "a panel shows another one's answers, and a variable takes what is typed",
    run: async ({ page, shoot }) => {
      const other = { type: "datasource", uid: "-- Dashboard --" };
      await store(page, {
        uid: "journey-shared",
        title: "Journey shared",
        templating: { list: [{ name: "job", type: "query", query: "label_values(up, job)" }] },
        panels: [
          { id: 1, type: "timeseries", title: "Asks", ...grid(0, 0), targets: [up({ expr: "vector(41) + 1" })] },
          {
            id: 2,
            type: "stat",
            title: "Shows $job",
            ...grid(12, 0),
            datasource: other,
            targets: [{ refId: "A", panelId: 1, datasource: other }],
          },
        ],
      });
      await open(page, "/d/journey-shared");
      await page.locator(`${PANEL}[data-panel="panel-2"]`).getByTestId("stat").getByText("42").waitFor();
      await page.getByTestId("variables").getByRole("button").click();
      await page.getByPlaceholder("Find").fill("other.*");
      await shoot("own-value-dark-1440");
      await page.getByRole("option", { name: "Take “other.*”" }).click();
      await page.waitForURL((url) => url.searchParams.get("var-job") === "other.*");
      await page.getByText("Shows other.*").waitFor();
    },
  },
  {
    name: "a panel shows what an expression makes of its queries, or why it cannot",
    run: async ({ page }) => {
      const expression = (more) => ({ datasource: { type: "__expr__", uid: "__expr__" }, ...more });
      const panel = (id, x, type, targets) => ({ id, type, title: `Panel ${id}`, ...grid(x, 0, 8), targets });
      const hidden = up({ expr: "vector(20)", hide: true });
      await store(page, {
        uid: "journey-expression",
        title: "Journey expression",
        panels: [
          panel(1, 0, "stat", [hidden, expression({ refId: "B", type: "math", expression: "$A * 2 + 2" })]),
          panel(2, 8, "timeseries", [hidden, expression({ refId: "B", type: "math", expression: "$A / 4" })]),
          panel(3, 16, "stat", [hidden, expression({ refId: "B", type: "math", expression: "$A +" })]),
        ],
      });
      await open(page, "/d/journey-expression");
      const at = (id) => page.locator(`${PANEL}[data-panel="panel-${id}"]`);
      await at(1).getByTestId("stat").getByText("42").waitFor();
      await at(2).locator(".u-over").waitFor();
      await page.waitForFunction(
        () => document.querySelector('[data-panel="panel-3"]')?.getAttribute("data-state") === "error",
      );
      assert.doesNotMatch(await at(3).textContent(), /"results"/);
    },
  },
  {
    name: "a snapshot shows the data it was taken with, in both of its forms, and asks nothing",
    run: async ({ page, shoot }) => {
      const at = Date.UTC(2026, 0, 1);
      const fields = [
        { name: "Time", type: "time" },
        { name: "Value", type: "number", labels: { job: "a" }, config: { displayNameFromDS: "kept" } },
      ];
      const kept = {
        schema: { refId: "A", fields },
        data: {
          values: [
            [at, at + 60_000],
            [41, 42],
          ],
        },
      };
      const old = [{ name: "Value", type: "number", values: [43], config: {} }];
      const stat = { type: "stat", gridPos: { x: 0, y: 0, w: 12, h: 6 } };
      const source = { type: "grafana", uid: "grafana" };
      const targets = [{ refId: "A", datasource: source, queryType: "snapshot", snapshot: [kept] }];
      const dashboard = {
        title: "As it was",
        uid: "of-another",
        schemaVersion: 42,
        time: { from: new Date(at).toISOString(), to: new Date(at + 60_000).toISOString() },
        panels: [
          { ...stat, id: 1, title: "Now", targets },
          {
            ...stat,
            id: 2,
            title: "Old",
            gridPos: { x: 12, y: 0, w: 12, h: 6 },
            snapshotData: [{ refId: "A", fields: old }],
            targets: [],
          },
        ],
      };
      const made = await (await page.request.post("/api/snapshots", { data: { dashboard, expires: 600 } })).json();
      const asked = [];
      page.on("request", (one) => /\/api\/.*query/.test(one.url()) && asked.push(one.url()));
      await page.goto(`/dashboard/snapshot/${made.key}`);
      await page.locator('[data-panel="panel-1"]').getByText("42", { exact: true }).waitFor();
      await page.locator('[data-panel="panel-2"]').getByText("43", { exact: true }).waitFor();
      assert.deepEqual(asked, []);
      await shoot("snapshot");
      await page.request.delete(`/api/snapshots/${made.key}`);
      await page.goto(`/dashboard/snapshot/${made.key}`);
      await page.getByText("Dashboard snapshot not found").waitFor();
    },
  },
  {
    name: "a panel shows the data of a panel of the library",
    run: async ({ page }) => {
      const library = "journey-shown-library";
      const model = { type: "stat", title: "Twelve", targets: [{ refId: "A", expr: "vector(12)", instant: true }] };
      const element = { uid: library, name: library, kind: 1, model };
      await page.request.post("/api/library-elements", { data: element });
      const source = { type: "datasource", uid: "-- Dashboard --" };
      const panels = [
        { id: 1, gridPos: { x: 0, y: 0, w: 12, h: 6 }, libraryPanel: { uid: library, name: library } },
        {
          id: 2,
          type: "stat",
          title: "The same",
          gridPos: { x: 12, y: 0, w: 12, h: 6 },
          datasource: source,
          targets: [{ refId: "A", panelId: 1, datasource: source }],
        },
      ];
      const dashboard = { uid: "journey-shown", title: "Shown", schemaVersion: 42, panels };
      await page.request.post("/api/dashboards/db", { data: { dashboard, overwrite: true } });
      await page.goto("/d/journey-shown");
      for (const id of [1, 2]) {
        await page.locator(`[data-panel="panel-${id}"]`).getByText("12", { exact: true }).waitFor();
      }
    },
  },
  {
    name: "a snapshot is taken in the share dialog, asks nothing, and is taken away; a link becomes short",
    run: async ({ page, shoot }) => {
      const panel = { type: "stat", gridPos: { x: 0, y: 0, w: 8, h: 6 }, repeat: "job", title: "Up of $job" };
      const dashboard = {
        uid: "journey-taken",
        title: "Taken",
        schemaVersion: 42,
        templating: {
          list: [{ name: "job", type: "query", query: "label_values(up, job)", includeAll: true, multi: true }],
        },
        panels: [{ ...panel, id: 1, targets: [{ refId: "A", expr: 'up{job="$job"} * 7' }] }],
      };
      await importText(page, JSON.stringify(dashboard));
      await page.goto(`/d/${dashboard.uid}`);
      await isSettled(page);
      await page.getByRole("button", { name: "Share this dashboard" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("A short link").check({ force: true });
      await page.waitForFunction(() =>
        /\/goto\/\w+$/.test(document.querySelector("[role=dialog] textarea")?.value ?? ""),
      );
      await dialog.getByRole("button", { name: "Snapshot" }).click();
      await dialog.getByRole("button", { name: "Take a snapshot" }).click();
      const link = await dialog.getByLabel("Link to the snapshot").inputValue();
      await shoot("snapshot-taken");
      const asked = [];
      page.on("request", (one) => /\/api\/.*(query|label)/.test(one.url()) && asked.push(one.url()));
      await page.goto(new URL(link).pathname);
      await page.locator('[data-panel="panel-1"]').getByText("7", { exact: true }).first().waitFor();
      await page.locator('[data-panel="panel-1-clone-1"]').getByText("7", { exact: true }).first().waitFor();
      assert.deepEqual(asked, []);
      await shoot("snapshot-shown");
      await page.request.delete(link.replace("/dashboard/snapshot/", "/api/snapshots/"));
    },
  },
];
