// What is around every page: the palette and the keys, dark and light, a tenant, and an address that holds both panes of Explore with
// their ranges. It goes along from page to page, and fits the window down to a phone.
import assert from "node:assert/strict";
import { explore, LINES } from "./explore.mjs";

export const SHELL_JOURNEYS = [
  {
    name: "home tells when what a snippet sends has arrived",
    run: async ({ page, shoot }) => {
      let pushes = 0;
      await page.route("**/api/v1/query?*", (route) => {
        const query = new URL(route.request().url()).searchParams.get("query") ?? "";
        if (!query.includes("span_name=~")) return route.fallback();
        const metric = { span_name: "POST /loki/api/v1/push" };
        const result = pushes === 0 ? [] : [{ metric, value: [Date.now() / 1000, String(pushes)] }];
        return route.fulfill({ json: { status: "success", data: { resultType: "vector", result } } });
      });
      await page.goto("/");
      await page.getByRole("tab", { name: "Promtail" }).click();
      await page.getByText("Waiting for the first request").waitFor();
      pushes = 3;
      await page.getByTestId("received").getByText("Received: 3 requests").waitFor();
      await shoot("home-received-dark-1440");
      await page.getByRole("tab", { name: "Alloy" }).click();
      await page.getByText("otelcol.exporter.otlphttp").waitFor();
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
];

/** How pages share the width there is. */
export const WIDTH_JOURNEYS = [
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
];
