// Every page is for everyone: text that can be read against what lies behind it, names for everything that can be pressed, a focus that
// is seen and goes everywhere. Measured on what the browser computed, in both looks.
import assert from "node:assert/strict";

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
];

/** Texts below the contrast that WCAG AA asks for: 4.5, or 3 for large ones. Runs in the page. */
function faintTexts() {
  const parse = (color) => {
    const found = color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    const scale = color.startsWith("color(srgb") ? 255 : 1;
    return [found[0] * scale, found[1] * scale, found[2] * scale, found[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => {
    const part = (value) => {
      const c = value / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  // oklch and other new forms are drawn to learn their red, green and blue.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    if (/^rgba?\(/.test(color)) return parse(color);
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const layer = rgb(getComputedStyle(at).backgroundColor);
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const faint = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (
      node.textContent.trim() === "" ||
      element === null ||
      !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    )
      continue;
    if (element.closest("[aria-hidden='true'], [disabled], script, style") !== null) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(element);
    let opacity = 1;
    for (let at = element; at !== null; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const back = behind(element);
    const color = rgb(style.color);
    const front = over([color[0], color[1], color[2], color[3] * opacity], back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5) - 0.005) {
      const key = `${element.className} ${style.color}`;
      if (!faint.has(key))
        faint.set(
          key,
          `"${node.textContent.trim().slice(0, 30)}" ${contrast.toFixed(2)} ${style.color} on ${back.slice(0, 3).map(Math.round)} .${element.className}`,
        );
    }
  }
  return [...faint.values()];
}

/** What can be pressed or filled without a name, out of order, or nested; ids that are there twice. Runs in the page. */
function unnamed() {
  const faults = [];
  const shown = (one) => one.checkVisibility({ visibilityProperty: true });
  for (const one of document.querySelectorAll(
    "button, a[href], input, select, textarea, [role=button], [role=tab], [role=img], [role=treeitem], [role=log], [role=separator]",
  )) {
    if (!shown(one) || one.closest("[aria-hidden='true']") !== null) continue;
    const label = one.getAttribute("aria-label") ?? one.getAttribute("title") ?? "";
    const by = (one.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent ?? "")
      .join("");
    const own = [...(one.labels ?? [])].map((each) => each.textContent).join("");
    if (`${label}${by}${own}${one.textContent}${one.getAttribute("placeholder") ?? ""}`.trim() === "")
      faults.push(`no name: ${one.outerHTML.slice(0, 120)}`);
    if (one.matches("button, a[href]") && one.parentElement?.closest("button, a[href]") !== null)
      faults.push(`inside another: ${one.outerHTML.slice(0, 120)}`);
  }
  for (const one of document.querySelectorAll("[tabindex]"))
    if (one.tabIndex > 0) faults.push(`out of order: ${one.outerHTML.slice(0, 120)}`);
  if (document.querySelectorAll("h1").length !== 1)
    faults.push(`${document.querySelectorAll("h1").length} main headings`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) faults.push(`id twice: ${id}`);
  if (document.documentElement.lang === "") faults.push("the page has no language");
  if (document.querySelector("main") === null) faults.push("no main part");
  return faults;
}

async function settle(page, path) {
  await page.goto(path);
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
