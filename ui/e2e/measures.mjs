// What the pages must hold, measured in Chromium against a running server that `seed.mjs` has filled: how a list of 100,000 log
// lines scrolls, how soon a million points are painted, how long a trace of 50,000 spans takes. BASE_URL names the server.
// Frames are counted by requestAnimationFrame, so 16.7 ms is the best there is; where other work loads the machine, the milliseconds of CPU tell
// what is the page's doing. Prints `N passed, N failed`.
import { launch } from "./browser.mjs";
import { watchCpu } from "./cpu.mjs";
import { DASHBOARD_MEASURES } from "./dashboardMeasures.mjs";
import { EXPLORE_MEASURES } from "./exploreMeasures.mjs";

const base = process.env.BASE_URL ?? "http://127.0.0.1:3999";
const only = process.argv[2] ?? "";
const LINES = Number(process.env.LINES ?? 100_000);

/** Scrolls the element by `step` pixels a frame and gives the time of each frame, in ms. */
const scrollFrames = (page, selector, step, frames) =>
  page.evaluate(
    async ([where, by, count]) => {
      const element = document.querySelector(where);
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const times = [];
      let last = await frame();
      for (let index = 0; index < count; index += 1) {
        element.scrollTop += by;
        const at = await frame();
        times.push(at - last);
        last = at;
      }
      return times;
    },
    [selector, step, frames],
  );

const p = (times, part) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];

const LIST = '[data-testid="log-lines"]';
const sizeOf = (page) =>
  page.$eval(LIST, (element) => Number((element.getAttribute("aria-label") ?? "").replace(/\D/g, "")));

async function openLines(page) {
  const params = new URLSearchParams({ signal: "logs", q: '{env="demo"}', from: "now-1h", to: "now" });
  await page.goto(`/explore?${params}`);
  await page.locator(LIST).waitFor();
  let size = await sizeOf(page);
  for (let tries = 0; size < LINES && tries < 400; tries += 1) {
    await page.$eval(LIST, (element) => element.scrollTo(0, element.scrollHeight));
    const before = size;
    await page
      .waitForFunction(
        ([where, least]) =>
          Number((document.querySelector(where)?.getAttribute("aria-label") ?? "").replace(/\D/g, "")) > least,
        [LIST, before],
        { timeout: 5_000 },
      )
      .catch(() => undefined);
    size = await sizeOf(page);
    if (size === before) break;
  }
  return size;
}

const MEASURES = [
  {
    name: "log lines scroll",
    run: async (page) => {
      const size = await openLines(page);
      const results = [["lines loaded", size, Math.min(LINES, size), "least"]];
      await page.$eval(LIST, (element) => element.scrollTo(0, element.scrollHeight / 2));
      await page.waitForTimeout(500);
      const spent = await watchCpu(page);
      // A wheel, a fling, and the bar dragged: then each frame is a screen of other lines.
      for (const [word, step, limit] of [
        ["slow", -60, 20],
        ["fast", -600, 20],
        ["page", 2_000, 20],
      ]) {
        await spent();
        const times = await scrollFrames(page, LIST, step, 180);
        results.push([`${word} scroll, ms of CPU a frame`, (await spent()) / times.length, 12]);
        results.push([`${word} scroll p95 ms`, p(times, 0.95), limit], [`${word} scroll p50 ms`, p(times, 0.5), 17.5]);
      }
      const rows = await page.$$eval(`${LIST} [data-index]`, (all) => all.length);
      results.push(["rows in the page", rows, 100]);
      return results;
    },
  },
];

const browser = await launch();
let passed = 0;
let failed = 0;
for (const measure of [...MEASURES, ...EXPLORE_MEASURES, ...DASHBOARD_MEASURES]) {
  if (!measure.name.includes(only)) continue;
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: "dark",
    baseURL: base,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => console.log(`script error: ${error.message}`));
  try {
    for (const [what, value, limit, kind] of await measure.run(page)) {
      const isGood = kind === "least" ? value >= limit : value <= limit;
      if (isGood) passed += 1;
      else failed += 1;
      console.log(
        `${isGood ? "ok  " : "FAIL"}  ${measure.name}: ${what} ${Math.round(value * 10) / 10} (${kind === "least" ? "at least" : "at most"} ${limit})`,
      );
    }
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${measure.name}: ${error.message.split("\n")[0]}`);
  }
  await context.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
