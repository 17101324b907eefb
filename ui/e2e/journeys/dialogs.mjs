// What opens over a page, opened by the keyboard alone: the focus goes into it and stays there, Escape closes it, and the focus is back
// where it was. While it is open it must be readable and named like any page.
import assert from "node:assert/strict";
import { faintTexts, unnamed } from "../readable.mjs";
import { settle } from "./access.mjs";

const DIALOG = '[role="dialog"]';
const MENU = '[role="menu"]';

/** Presses Enter on a button as if Tab had led there. */
const enter = async (page, target) => {
  await target.waitFor();
  await target.focus();
  await page.keyboard.press("Enter");
};
const button = (name) => (page) => page.getByRole("button", { name, exact: true }).first();

/** A menu is opened by its button, and one of its items by its first letters as every menu does. */
const fromMenu = (opener, item) => async (page) => {
  await enter(page, opener(page));
  const chosen = page.getByRole("menuitem", { name: item, exact: true });
  await chosen.waitFor();
  await chosen.focus();
  await page.keyboard.press("Enter");
};

const RED = "/d/oriel-red?from=now-6h";
const panelMenu = (page) => page.getByRole("button", { name: "Menu of Rate" });
const boardMenu = (page) => page.getByTestId("dashboard-menu");

/** `traps` is false for what is left by Tab as well: a list that belongs to its button. */
const OVERLAYS = [
  { name: "the palette", path: "/", back: button("Open the palette"), what: DIALOG, traps: true },
  { name: "the keys", path: "/", back: button("Show the keys"), what: DIALOG, traps: true },
  { name: "the time range", path: "/explore?signal=metrics&q=up", back: button(/Last 1 hour/), what: DIALOG },
  { name: "the refresh interval", path: "/", back: button("Refresh interval"), what: MENU },
  { name: "import", path: "/dashboards", back: button("Import"), what: DIALOG, traps: true },
  { name: "the menu of a panel", path: RED, back: panelMenu, what: MENU },
  { name: "the menu of a dashboard", path: RED, back: boardMenu, what: MENU },
  { name: "inspect", path: RED, back: panelMenu, open: fromMenu(panelMenu, "Inspect"), what: DIALOG, traps: true },
  { name: "versions", path: RED, back: boardMenu, open: fromMenu(boardMenu, "Versions"), what: DIALOG, traps: true },
  {
    name: "a copy",
    path: RED,
    back: boardMenu,
    open: fromMenu(boardMenu, "Save as a copy"),
    what: DIALOG,
    traps: true,
  },
];

const isInside = (page, what) => page.evaluate((where) => document.activeElement?.closest(where) !== null, what);

async function check(page, { name, path, back, open, what, traps = false }) {
  await settle(page, path);
  if (open === undefined) await enter(page, back(page));
  else await open(page);
  const shown = page.locator(what).filter({ visible: true }).last();
  await shown.waitFor();
  await page
    .waitForFunction((where) => document.activeElement?.closest(where) !== null, what, { timeout: 3_000 })
    .catch(() => assert.fail(`${name}: the focus does not go into it`));
  // What fades in is read when it is there.
  await page.waitForTimeout(300);
  const faults = [...(await page.evaluate(faintTexts)), ...(await page.evaluate(unnamed))];
  if (traps) {
    for (const key of ["Tab", "Shift+Tab"]) {
      for (let step = 0; step < 30; step += 1) {
        await page.keyboard.press(key);
        if (!(await isInside(page, what))) faults.push(`${key} leaves it after ${step + 1} steps`);
      }
    }
  }
  await page.keyboard.press("Escape");
  await shown.waitFor({ state: "detached", timeout: 3_000 }).catch(() => faults.push("Escape does not close it"));
  const target = await back(page).elementHandle();
  await page
    .waitForFunction((one) => document.activeElement === one, target, { timeout: 2_000 })
    .catch(async () =>
      faults.push(
        `the focus is not back, but on ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120))}`,
      ),
    );
  return faults.map((one) => `${name}: ${one}`);
}

const everyOverlay = (scheme) => ({
  name: `what opens over a page takes the focus, keeps it and gives it back, in ${scheme}`,
  scheme,
  limitMs: 180_000,
  run: async ({ page }) => {
    const faults = [];
    for (const one of OVERLAYS) faults.push(...(await check(page, one)));
    assert.deepEqual([...new Set(faults)], []);
  },
});

export const DIALOG_JOURNEYS = [everyOverlay("dark"), everyOverlay("light")];
