// What a reader of lines does: the other order, a text found among them, columns of fields, a link to one line, levels left out by the
// legend, a tail that is held; and what is copied where the browser has no clipboard to offer.
import assert from "node:assert/strict";
import { explore, LINES } from "./explore.mjs";

/** Pushes lines of a service of their own, a second apart, the last one now. Gives its selector. */
async function pushLines(page, lines) {
  const service = `lines-${Date.now()}`;
  const at = Date.now() - lines.length * 1_000;
  const values = lines.map((line, index) => [`${at + index * 1_000}000${String(index).padStart(3, "0")}`, line]);
  const streams = [{ stream: { service_name: service }, values }];
  assert.equal((await page.request.post("/loki/api/v1/push", { data: { streams } })).status(), 204);
  return `{service_name="${service}"}`;
}

const STEPS = Array.from(
  { length: 60 },
  (_, index) => `level=${index % 3 === 0 ? "error" : "info"} msg="step ${index}" user=u${index % 4}`,
);

const firstLine = (page) => page.locator(LINES).first().textContent();

export const LINE_JOURNEYS = [
  {
    name: "lines are read from the oldest on, to the nanosecond, and by columns",
    run: async ({ page, shoot }) => {
      const query = await pushLines(page, STEPS);
      await page.goto(explore("logs", [query], { from: "now-5m" }));
      await page.locator(LINES).filter({ hasText: "step 59" }).waitFor();
      await page.getByTestId("order").click();
      await page.locator(LINES).filter({ hasText: "step 0" }).waitFor();
      assert.match(await firstLine(page), /step 0/);
      await page.getByTestId("nanos").click();
      await page.waitForFunction((lines) => /\.\d{9}/.test(document.querySelector(lines)?.textContent ?? ""), LINES);
      await page.getByRole("button", { name: "Column of user" }).first().click();
      await page.getByTestId("line-columns").getByText("user").waitFor();
      await page.locator(LINES).first().getByText("u0", { exact: true }).waitFor();
      assert.match(page.url(), /cols=user/);
      await shoot("logs-columns-dark-1440");
      await page.getByRole("button", { name: "No column of user" }).click();
      await page.getByTestId("line-columns").waitFor({ state: "detached" });
      // Both are remembered in this browser: leave it as it was.
      await page.getByTestId("order").click();
      await page.getByTestId("nanos").click();
      await page.locator(LINES).filter({ hasText: "step 59" }).waitFor();
    },
  },
  {
    name: "a text is found among lines, and the legend keeps a level",
    run: async ({ page, shoot }) => {
      const query = await pushLines(page, STEPS);
      await page.goto(explore("logs", [query], { from: "now-5m" }));
      await page.locator(LINES).filter({ hasText: "step 59" }).waitFor();
      const find = page.getByRole("searchbox", { name: "Find in these lines" });
      await find.fill("Step 1");
      await page.getByTestId("found-lines").getByText("11", { exact: true }).waitFor();
      await find.press("Enter");
      await page.getByTestId("found-lines").getByText("1 of 11").waitFor();
      await page.locator('[data-selected="true"] mark').first().waitFor();
      await find.press("Shift+Enter");
      await page.getByTestId("found-lines").getByText("11 of 11").waitFor();
      assert.match(await page.locator('[data-selected="true"]').textContent(), /step 1"/);
      await shoot("logs-find-dark-1440");
      const error = page.getByTestId("levels").getByRole("button", { name: /^error/ });
      await error.click();
      await page.waitForURL(/detected_level%3D%22error%22/);
      await page.locator(LINES).filter({ hasText: "step 59" }).waitFor({ state: "detached" });
      await page.locator(LINES).filter({ hasText: "step 57" }).waitFor();
      await error.click();
      await page.locator(LINES).filter({ hasText: "step 59" }).waitFor();
      assert.doesNotMatch(page.url(), /detected_level/);
    },
  },
  {
    name: "a line is linked and copied, without a clipboard of the browser",
    run: async ({ page }) => {
      // A page that is reached as http://its-name has none.
      await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
      const query = await pushLines(page, STEPS);
      await page.goto(explore("logs", [query], { from: "now-5m" }));
      await page.locator(LINES).filter({ hasText: "step 40" }).first().locator("button").first().click();
      await page.getByRole("button", { name: "Copy link to this line" }).click();
      await page.getByTestId("line-details").getByRole("button", { name: "Copied" }).waitFor();
      const find = page.getByRole("searchbox", { name: "Find in these lines" });
      await find.focus();
      await page.keyboard.press("ControlOrMeta+V");
      const link = await find.inputValue();
      assert.match(link, /line=\d{19}/);
      await page.goto(link);
      await page.getByTestId("line-details").getByText("step 40").first().waitFor();
      assert.match(await firstLine(page), /step 40/);
    },
  },
  {
    name: "a tail is held and begun anew",
    run: async ({ page }) => {
      const query = await pushLines(page, STEPS.slice(0, 3));
      await page.goto(explore("logs", [query], { from: "now-5m" }));
      await page.locator(LINES).first().waitFor();
      await page.getByTestId("live").click();
      await page.getByTestId("tail-state").getByText(/Live/).waitFor();
      await page.getByTestId("tail-hold").click();
      const service = query.slice(15, -2);
      const push = async (line) => {
        const streams = [{ stream: { service_name: service }, values: [[`${Date.now()}000000`, line]] }];
        assert.equal((await page.request.post("/loki/api/v1/push", { data: { streams } })).status(), 204);
      };
      await push("while it is held");
      await page
        .getByTestId("tail-state")
        .getByText(/waiting/)
        .waitFor();
      assert.equal(await page.getByText("while it is held").count(), 0);
      await page.getByTestId("tail-hold").click();
      await page.locator(LINES).filter({ hasText: "while it is held" }).waitFor();
      await page.getByTestId("tail-clear").click();
      await page.locator(LINES).filter({ hasText: "while it is held" }).waitFor({ state: "detached" });
      await push("after it was cleared");
      await page.locator(LINES).filter({ hasText: "after it was cleared" }).waitFor();
    },
  },
  {
    name: "what is marked in a line becomes a filter, and colours of terminals are shown",
    run: async ({ page, shoot }) => {
      const lines = ["\u001b[32mready\u001b[0m for <b>work</b>", "\u001b[1;31mbroken\u001b[0m by work", "plain"];
      const query = await pushLines(page, lines);
      await page.goto(explore("logs", [query], { from: "now-5m" }));
      await page.locator(LINES).filter({ hasText: "ready for <b>work</b>" }).waitFor();
      await page.locator('[data-ansi="green"]').getByText("ready", { exact: true }).waitFor();
      const red = page.locator('[data-ansi="red"]').getByText("broken", { exact: true });
      await shoot("logs-ansi-dark-1440");
      await red.dblclick();
      await page.getByTestId("selection-tools").getByRole("button", { name: "Lines with this" }).waitFor();
      await shoot("logs-marked-dark-1440");
      await page.getByTestId("selection-tools").getByRole("button", { name: "Lines without" }).click();
      await page.waitForURL((url) => url.searchParams.get("q") === `${query} != "broken"`);
      await page.getByTestId("selection-tools").waitFor({ state: "detached" });
      await page.locator(LINES).filter({ hasText: "broken" }).waitFor({ state: "detached" });
      await page.locator(LINES).filter({ hasText: "plain" }).waitFor();
    },
  },
  {
    name: "a metric over lines is a table of now, too",
    run: async ({ page, shoot }) => {
      const query = await pushLines(page, STEPS);
      const metric = `sum by (user) (count_over_time(${query} | logfmt [$__auto]))`;
      await page.goto(explore("logs", [metric], { from: "now-5m" }));
      await page.getByTestId("instant").click();
      await page.waitForURL(/mode=instant/);
      const rows = page.getByTestId("instant-table").locator("tbody tr");
      await rows.nth(3).waitFor();
      assert.deepEqual((await rows.allTextContents()).sort(), ["u015", "u115", "u215", "u315"]);
      await shoot("logs-instant-dark-1440");
      await page.getByTestId("range").click();
      await page.waitForURL((url) => !url.searchParams.has("mode"));
    },
  },
];
