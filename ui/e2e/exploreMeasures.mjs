// What Explore must hold: a million points, drawn a hundred lines first and then all of them; a trace of fifty thousand spans.
// Points are made here, so that the page is measured and not the server; the trace is the one that `seed.mjs` stores.
import { watchCpu } from "./cpu.mjs";
import { devices, frames, moments, part, watchPaints } from "./dashboardMeasures.mjs";
import { answerBatch, BATCH } from "./frames.mjs";

const SERIES = 1_000;
const POINTS = 1_000;
const WIDE_TRACE = "50000000000000000000000000000001";

export const EXPLORE_MEASURES = [
  {
    name: "a million points in Explore",
    run: async (page) => {
      let points = 0;
      await page.route(BATCH, (route) => {
        const asked = route.request().postDataJSON().queries[0];
        points = Math.floor((asked.end - asked.start) / asked.step) + 1;
        return route.fulfill(answerBatch(route.request(), () => devices(SERIES)));
      });
      await watchPaints(page);
      const ends = Math.floor(Date.now() / 1_000) * 1_000;
      const params = new URLSearchParams({ signal: "metrics", q: "huge", from: ends - POINTS * 1_000, to: ends });
      await page.goto(`/explore?${params}`);
      await page.waitForFunction(() => window.__paints.length > 0);
      const first = await moments(page);
      const shownFrames = await frames(page, "pointer");
      const painted = await page.evaluate(async () => {
        window.__paints.length = 0;
        const start = performance.now();
        [...document.querySelectorAll("button")].find((one) => one.textContent === "draw all").click();
        while (window.__paints.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        return window.__paints[0] - start;
      });
      await page.waitForTimeout(500);
      const allFrames = await frames(page, "pointer");
      return [
        ["points", points * SERIES, 1_000_000, "least"],
        ["first paint after the data, ms", first.painted[0] - first.answered[0], 400],
        ["pointer p95 ms", part(shownFrames, 0.95), 20],
        ["all thousand lines painted, ms", painted, 400],
        ["pointer over all p95 ms", part(allFrames, 0.95), 20],
      ];
    },
  },
  {
    name: "a trace of fifty thousand spans",
    run: async (page) => {
      await page.addInitScript(() => {
        window.__long = [];
        new PerformanceObserver((list) => {
          for (const one of list.getEntries()) window.__long.push([one.startTime, one.duration]);
        }).observe({ type: "longtask", buffered: true });
        new MutationObserver(() => {
          if (window.__rows !== undefined || document.querySelector('[data-testid="span-row"]') === null) return;
          window.__rows = 0;
          requestAnimationFrame(() => setTimeout(() => (window.__rows = performance.now())));
        }).observe(document, { childList: true, subtree: true });
      });
      await page.goto(`/explore?signal=traces&trace=${WIDE_TRACE}`);
      await page.getByTestId("span-row").first().waitFor();
      await page.waitForTimeout(300);
      const shown = await page.evaluate((id) => {
        const answer = performance.getEntriesByType("resource").find((one) => one.name.includes(id));
        return {
          painted: window.__rows - answer.responseEnd,
          longest: Math.max(0, ...window.__long.filter(([at]) => at > answer.responseEnd - 1).map(([, ms]) => ms)),
        };
      }, WIDE_TRACE);
      const spent = await watchCpu(page);
      const times = await page.evaluate(async () => {
        const rows = document.querySelector('[data-testid="waterfall"]');
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        const found = [];
        let last = await frame();
        for (let index = 0; index < 180; index += 1) {
          rows.scrollTop += 400;
          const at = await frame();
          found.push(at - last);
          last = at;
        }
        return found;
      });
      return [
        ["painted after the answer, ms", shown.painted, 400],
        ["longest task after the answer, ms", shown.longest, 200],
        ["scroll p95 ms", part(times, 0.95), 20],
        ["scroll, ms of CPU a frame", (await spent()) / times.length, 12],
      ];
    },
  },
];
