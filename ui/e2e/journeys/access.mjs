// Every page is for everyone: text that can be read against what lies behind it, names for everything that can be pressed, a focus that
// is seen and goes everywhere. Measured on what the browser computed, in both looks.
import assert from "node:assert/strict";
import { faintTexts, unnamed } from "../readable.mjs";

const PAGES = [
  "/",
  "/explore?signal=metrics",
  "/explore?signal=metrics&q=sum+by+(door)+(rate(oriel_http_requests_total[1m]))&from=now-15m",
  "/explore?signal=metrics&mode=instant&q=up",
  "/explore?signal=metrics&mode=tree&q=sum+by+(door)+(rate(oriel_http_requests_total[1m]))",
  "/explore?signal=metrics&q=rate(up)",
  '/explore?signal=logs&q={service_name%3D~".%2B"}&from=now-6h',
  "/explore?signal=traces&q={}&from=now-6h",
  "/explore?signal=traces&mode=map&from=now-6h",
  '/explore?signal=metrics&q=up&rsignal=logs&rq={service_name%3D~".%2B"}&rfrom=now-6h&rto=now',
  "/drilldown",
  "/drilldown?of=oriel_http_requests_total",
  "/drilldown?signal=logs&from=now-6h",
  "/drilldown?signal=logs&of=inventory&view=patterns&from=now-6h",
  "/drilldown?signal=traces&from=now-6h",
  "/server",
  "/server?tab=agents",
  "/server?tab=queries",
  "/server?tab=load",
  "/server?tab=cardinality",
  "/server?tab=storage",
  "/server?tab=configuration",
  "/server?tab=tokens",
  "/dashboards",
  "/library-panels",
  "/drilldown?signal=traces&measure=errors&view=compare&from=now-6h",
  "/drilldown?signal=logs&of=inventory&view=fields&from=now-6h",
  "/explore?signal=logs",
  "/explore?signal=traces",
  "/explore?signal=traces&trace=dead0000dead0000dead0000dead0000",
  "/no-such-page",
  "/d/no-such-dashboard",
  "/d/oriel-host?from=now-30m",
  "/d/oriel-self?from=now-30m",
  "/d/oriel-logs?from=now-6h",
  "/d/oriel-red?from=now-6h",
  "/d/oriel-load?from=now-30m",
  "/d/oriel-red?from=now-6h&viewPanel=panel-2",
  "/d/oriel-red?from=now-6h&editPanel=panel-2",
  "/d/oriel-red?editview=settings",
  "/d/oriel-red?editview=variables",
  "/d/oriel-red?editview=annotations",
  "/d/oriel-red?editview=links",
  "/dashboard/new",
];

export async function settle(page, path) {
  await page.goto(path);
  for (const part of ["h1", "main"]) await page.locator(part).first().waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle", { timeout: 4_000 }).catch(() => undefined);
  await page.waitForTimeout(300);
}

const everyPage = (scheme) => ({
  name: `every page can be read, and everything has a name, in ${scheme}`,
  scheme,
  limitMs: 240_000,
  run: async ({ page }) => {
    const faults = [];
    for (const path of PAGES) {
      await settle(page, path);
      for (const one of await page.evaluate(faintTexts)) faults.push(`${path}: ${one}`);
      for (const one of await page.evaluate(unnamed)) faults.push(`${path}: ${one}`);
    }
    assert.deepEqual([...new Set(faults)], []);
  },
});

/**
 * Where the focus is caught, or undefined. It goes round: what it comes to again first is where it began, and on the way it passes the
 * link that every page begins with. Elements are told apart by a number; a walk that comes to none again was not long enough to tell.
 */
export function caughtAt(seen) {
  const again = seen.findIndex((one, at) => seen.findIndex((two) => two.id === one.id) < at);
  if (again < 0) return undefined;
  const round = seen.slice(0, again);
  const isRound = seen[again].id === seen[0].id && round.some((one) => one.name === "Skip to content");
  return isRound ? undefined : seen[again];
}

/** Walks by Tab through the page: what gets the focus, in order, and whether one sees it. */
async function walk(page, steps) {
  const seen = [];
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (one === null || one === document.body) return undefined;
      const style = getComputedStyle(one);
      const outer = one.closest(".cm-editor");
      const box = one.getBoundingClientRect();
      window.__stops ??= new Map();
      if (!window.__stops.has(one)) window.__stops.set(one, window.__stops.size);
      const ring = (each) => {
        const own = getComputedStyle(each);
        return (
          (own.outlineStyle !== "none" && Number.parseFloat(own.outlineWidth) > 0) ||
          own.boxShadow !== "none" ||
          own.borderColor === "rgb(242, 163, 58)"
        );
      };
      let marked = style.outlineStyle !== "none" || ring(one) || (outer !== null && ring(outer));
      for (
        let up = one.parentElement, levels = 0;
        !marked && up !== null && levels < 6;
        up = up.parentElement, levels += 1
      )
        marked = ring(up);
      return {
        id: window.__stops.get(one),
        name: one.getAttribute("aria-label") ?? one.textContent?.trim().slice(0, 40) ?? "",
        marked,
        visible: box.width > 0 && box.height > 0,
        html: one.outerHTML.slice(0, 100),
      };
    });
    if (at !== undefined) seen.push(at);
  }
  return seen;
}

export const ACCESS_JOURNEYS = [
  everyPage("dark"),
  everyPage("light"),
  {
    name: "a walk by Tab knows where the focus is caught",
    run: async ({ page }) => {
      const caught = async (html) => {
        await page.setContent(`<a href="#x">Skip to content</a><button>a</button>${html}<button>z</button>`);
        return caughtAt(await walk(page, 12))?.name;
      };
      const trap = (to) => `onkeydown="if (event.key === 'Tab') { event.preventDefault(); ${to}.focus() }"`;
      assert.equal(await caught("<button>b</button>"), undefined);
      assert.equal(await caught(`<button ${trap("this")}>b</button>`), "b", "it keeps the focus");
      assert.equal(await caught(`<button>b</button><button ${trap("previousElementSibling")}>c</button>`), "b");
      assert.equal(await caught(`<button autofocus ${trap("this")}>b</button>`), "b", "from the beginning");
    },
  },
  {
    name: "the focus goes through every page, is always seen, and is caught nowhere",
    limitMs: 300_000,
    run: async ({ page }) => {
      const faults = [];
      for (const path of PAGES) {
        await settle(page, path);
        const seen = await walk(page, 45);
        if (seen.length === 0) faults.push(`${path}: nothing takes the focus`);
        const caught = caughtAt(seen);
        if (caught !== undefined) faults.push(`${path}: the focus is caught at ${caught.html}`);
        for (const one of seen) if (!one.marked || !one.visible) faults.push(`${path}: not seen: ${one.html}`);
      }
      assert.deepEqual([...new Set(faults)], []);
    },
  },
  {
    name: "the focus goes through Explore in order, and is seen",
    run: async ({ page }) => {
      await settle(page, "/explore?signal=metrics&q=up");
      const seen = await walk(page, 40);
      const hidden = seen.filter((one) => !one.marked || !one.visible);
      assert.deepEqual(
        hidden.map((one) => one.html),
        [],
      );
      const names = seen.map((one) => one.name);
      const order = ["Metrics", "Query A", "Run", "Instant"].map((name) => names.indexOf(name));
      assert.ok(
        order.every((at) => at >= 0),
        `not reached: ${JSON.stringify(names)}`,
      );
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      );
    },
  },
  {
    name: "a log is read with the keyboard alone",
    run: async ({ page }) => {
      await page.goto("/");
      await page.getByTestId("doors").waitFor();
      for (const key of ["g", "l"]) await page.keyboard.press(key);
      await page.waitForURL(/signal=logs/);
      const editor = page.getByRole("textbox", { name: "Query A" });
      await editor.focus();
      await page.keyboard.type('{env="demo"');
      await page.keyboard.press("Escape");
      await page.goto("/explore?signal=logs&q={env%3D%22demo%22}&from=now-6h");
      const list = page.getByTestId("log-lines");
      await list.waitFor();
      await list.focus();
      for (const key of ["j", "j", "Enter"]) await page.keyboard.press(key);
      await page.getByTestId("line-details").waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").getByText("Go to Explore").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    },
  },
];
