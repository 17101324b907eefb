// What the keyboard does to a dashboard, what stands between unsaved changes and another page, and links to share.
import assert from "node:assert/strict";
import { importText } from "./dashboards.mjs";
import { stored } from "./manage.mjs";

const chart = (id, x) => ({
  id,
  type: "timeseries",
  title: `Chart ${id}`,
  gridPos: { x, y: 0, w: 8, h: 6 },
  targets: [{ refId: "A", expr: 'up{job=~"$job"}' }],
  options: { legend: { showLegend: true } },
});

const board = (uid) => ({
  uid,
  title: `Keys ${uid}`,
  schemaVersion: 42,
  templating: {
    list: [
      { name: "job", type: "custom", query: "oriel,node", multi: true, includeAll: true, current: { value: "$__all" } },
    ],
  },
  panels: [chart(1, 0), chart(2, 8)],
});

const press = async (page, ...keys) => {
  for (const one of keys) await page.keyboard.press(one);
};
const hasSearch = (page, name, value) => page.waitForURL((url) => (url.searchParams.get(name) ?? undefined) === value);
const panels = (page, many) =>
  page.waitForFunction((wanted) => document.querySelectorAll('[data-testid="panel"]').length === wanted, many);

export const KEY_JOURNEYS = [
  {
    name: "keys: the panel under the pointer is viewed, edited, inspected, copied and removed, and changes are undone",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(board("journey-keys")));
      const first = page.locator('[data-panel="panel-1"]');
      await first.hover();
      await press(page, "v");
      await hasSearch(page, "viewPanel", "panel-1");
      await press(page, "v");
      await hasSearch(page, "viewPanel", undefined);
      await first.hover();
      await press(page, "e");
      await page.getByTestId("panel-editor").waitFor();
      await press(page, "Escape");
      await first.hover();
      await press(page, "i");
      await page.getByRole("dialog", { name: "Inspect Chart 1" }).waitFor();
      await press(page, "Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await first.hover();
      await press(page, "p", "d");
      await panels(page, 3);
      await page.locator('[data-panel="panel-2"]').hover();
      await press(page, "p", "r");
      await panels(page, 2);
      await press(page, "Control+z", "Control+z");
      await panels(page, 2);
      await page.getByText("Unsaved changes").waitFor({ state: "hidden" });
      await press(page, "?");
      await page.getByText("Duplicate the panel").waitFor();
      await shoot("keys-of-dashboards");
      await press(page, "Escape");
      // A sequence of the shell does not begin anything with the panel under the pointer.
      await first.hover();
      await press(page, "g", "e");
      await page.waitForURL((url) => url.pathname === "/explore");
    },
  },
  {
    name: "keys: unsaved changes are not lost by leaving, and saved by a key",
    run: async ({ page }) => {
      const uid = "journey-leave";
      await importText(page, JSON.stringify(board(uid)));
      await page.locator('[data-panel="panel-1"]').hover();
      await press(page, "p", "l");
      await page.getByText("Unsaved changes").waitFor();
      await press(page, "g", "h");
      const asked = page.getByRole("dialog", { name: "Leave with unsaved changes?" });
      await asked.getByRole("button", { name: "Stay" }).click();
      assert.match(page.url(), /journey-leave/);
      await press(page, "Control+s");
      const dialog = page.getByRole("dialog", { name: "Save the dashboard" });
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.equal((await stored(page, uid)).panels[0].options.legend.showLegend, false);
      await press(page, "g", "h");
      await page.waitForURL((url) => url.pathname === "/");
    },
  },
  {
    name: "keys: a panel is shared as a link that leads to what is shown, and copied onto another dashboard",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(board("journey-share")));
      await page.getByRole("button", { name: "job: All" }).click();
      await page.getByRole("combobox").fill("node");
      await press(page, "Enter", "Escape");
      await hasSearch(page, "var-job", "node");
      const panel = page.locator('[data-panel="panel-2"]');
      await panel.hover();
      await press(page, "p", "u");
      const dialog = page.getByRole("dialog", { name: "Share Chart 2" });
      const link = new URL(await dialog.getByLabel("Link", { exact: true }).inputValue());
      assert.match(link.pathname, /\/d\/journey-share\/keys-journey-share$/);
      assert.deepEqual(
        [
          link.searchParams.get("viewPanel"),
          link.searchParams.get("var-job"),
          /^\d+$/.test(link.searchParams.get("from")),
        ],
        ["panel-2", "node", true],
      );
      await shoot("share-panel");
      await dialog.getByRole("button", { name: "Embed" }).click();
      assert.match(await dialog.getByLabel("Words that frame the panel").inputValue(), /<iframe src=".*\/d-solo\//);
      await press(page, "Escape");
      await dialog.waitFor({ state: "hidden" });
      await panel.hover();
      await press(page, "p", "c");
      await importText(page, JSON.stringify({ ...board("journey-paste"), panels: [chart(1, 0)] }));
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("menuitem", { name: "The copied panel" }).click();
      await page.getByRole("heading", { name: "Chart 2" }).waitFor();
      // Unsaved, the browser would ask before it leaves.
      await press(page, "Control+z");
      await panels(page, 1);
      await page.goto(link.href);
      await page.getByRole("heading", { name: "Chart 2" }).waitFor();
      await panels(page, 1);
    },
  },
  {
    name: "keys: a range of time is typed, picked from the calendar, held, copied and pasted",
    run: async ({ page, shoot }) => {
      await page.goto("/");
      const range = page.getByTestId("time-range");
      await range.click();
      await page.getByLabel("Find a range").fill("20 min");
      await press(page, "Enter");
      await hasSearch(page, "from", "now-20m");
      await range.click();
      const days = page.getByTestId("calendar").getByRole("button", { name: /^\d{4}-\d\d-1[02]$/ });
      await page.getByRole("button", { name: "The month before" }).click();
      await days.nth(0).click();
      await days.nth(1).click();
      await shoot("time-range");
      await page.getByRole("button", { name: "Apply" }).click();
      const { from, to } = Object.fromEntries(new URL(page.url()).searchParams);
      assert.ok(Math.abs(Number(to) - Number(from) - 3 * 86_400_000) <= 3_600_000 + 1_000, "three whole days");
      await range.click();
      await page.getByLabel("Find a range").fill("this week so");
      await press(page, "Enter");
      await hasSearch(page, "from", "now/w");
      await range.click();
      await page.getByText("Looked at before").waitFor();
      await press(page, "Escape");
      await press(page, "t", "a");
      await page.waitForURL((url) => /^\d+$/.test(url.searchParams.get("from") ?? ""));
    },
  },
  {
    name: "keys: a slow answer is given up, asked for again, and a session that ends takes no changes away",
    run: async ({ page, shoot }) => {
      const known = { open: false, logged_in: true, role: "Editor", name: "ada", has_users: true };
      let isIn = true;
      await page.route("**/api/oriel/v1/access", (route) =>
        route.fulfill({
          json: isIn ? known : { open: false, logged_in: false, role: "None", name: "", has_users: true },
        }),
      );
      await page.route("**/login", (route) => {
        if (route.request().method() !== "POST") return route.continue();
        isIn = true;
        return route.fulfill({ json: {} });
      });
      await importText(page, JSON.stringify(board("journey-slow")));
      let answer = () => undefined;
      const waits = new Promise((resolve) => {
        answer = resolve;
      });
      await page.route("**/api/oriel/v1/query", async (route) => {
        await waits;
        await route.continue().catch(() => undefined);
      });
      await page.reload();
      const first = page.locator('[data-panel="panel-1"]');
      await first.getByRole("button", { name: "Stop asking" }).click();
      await first.getByText("Stopped before an answer came").waitFor();
      await shoot("panel-stopped");
      answer();
      await first.getByRole("button", { name: "Ask again" }).click();
      await page.waitForFunction(() => document.querySelector('[data-panel="panel-1"]')?.dataset.state === "done");
      await first.hover();
      await press(page, "p", "d");
      await panels(page, 3);
      isIn = false;
      await page.route("**/api/v1/query*", (route) => route.fulfill({ status: 401, json: { message: "who are you" } }));
      await page.unroute("**/api/oriel/v1/query");
      await page.route("**/api/oriel/v1/query", (route) =>
        route.fulfill({ status: 401, json: { message: "who are you" } }),
      );
      await press(page, "d", "r");
      await page.getByText("The session ended").waitFor();
      await page.unroute("**/api/oriel/v1/query");
      await page.getByLabel("Name", { exact: true }).fill("ada");
      await page.getByLabel("Password").fill("correct horse");
      await press(page, "Enter");
      await first.waitFor();
      await panels(page, 3);
      await page.getByText("Unsaved changes").waitFor();
    },
  },
];
