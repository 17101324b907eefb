// What dashboards must hold: a page of a hundred panels, refreshes that do not queue, a million points in one chart. Answers are
// made here, so that the page is measured and not the server. Figures are of software rasters on a busy machine.
import { watchCpu } from "./cpu.mjs";
import { answerBatch, BATCH } from "./frames.mjs";

const PANELS = 100;
const SERIES = 10;
const HUGE_SERIES = 100;
const HUGE_POINTS = 10_000;

const KINDS = ["timeseries", "timeseries", "timeseries", "stat", "gauge"];

const board = () => ({
  uid: "measure-hundred",
  title: "A hundred panels",
  schemaVersion: 42,
  panels: Array.from({ length: PANELS }, (_, index) => ({
    id: index + 1,
    type: KINDS[index % KINDS.length],
    title: `Panel ${index + 1}`,
    gridPos: { x: (index % 3) * 8, y: Math.floor(index / 3) * 7, w: 8, h: 7 },
    fieldConfig: {
      defaults: { unit: "bytes", custom: { fillOpacity: 10, stacking: { mode: index % 4 === 0 ? "normal" : "none" } } },
      overrides: [],
    },
    options: { legend: { displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "max"] } },
    targets: [{ refId: "A", expr: `measure_${index}`, legendFormat: "{{device}}" }],
  })),
});

const huge = () => ({
  uid: "measure-million",
  title: "A million points",
  schemaVersion: 42,
  panels: [
    {
      id: 1,
      type: "timeseries",
      title: "A million points",
      gridPos: { x: 0, y: 0, w: 24, h: 18 },
      maxDataPoints: HUGE_POINTS,
      interval: "1s",
      targets: [{ refId: "A", expr: "huge", legendFormat: "{{device}}" }],
    },
  ],
});

const device = (one) => ({
  labels: { __name__: "measure", device: `device-${one}` },
  value: (index) => Math.round((Math.sin(index / 40 + one) + 2) * 1e6 + ((index * 7_919) % 1e5)),
});
export const devices = (count) => Array.from({ length: count }, (_, one) => device(one));

async function store(page, dashboard) {
  await page.request.post("/api/dashboards/db", { data: { dashboard, overwrite: true } });
}

/** When each canvas got its first paint, on the clock of the page; when answers were there the browser knows. */
export const watchPaints = (page) =>
  page.addInitScript(() => {
    window.__paints = [];
    const clear = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function stroke(...rest) {
      if (!this.canvas.__seen) {
        this.canvas.__seen = true;
        requestAnimationFrame(() => setTimeout(() => window.__paints.push(performance.now())));
      }
      return clear.apply(this, rest);
    };
  });

/** The time of each of 180 frames while the page scrolls, or the pointer runs over the first chart. */
export const frames = (page, act) =>
  page.evaluate(async (what) => {
    const main = document.querySelector("main");
    const over = document.querySelector(".u-over");
    const box = over?.getBoundingClientRect();
    const step = (index) => {
      if (what === "scroll") main.scrollTop += 24;
      else if (box !== undefined) {
        const clientX = box.left + ((index * 7) % box.width);
        over.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX, clientY: box.top + 80 }));
      }
    };
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [];
    let last = await frame();
    for (let index = 0; index < 180; index += 1) {
      step(index);
      const at = await frame();
      times.push(at - last);
      last = at;
    }
    return times;
  }, act);

/** When the last answer was there and the canvases painted, in ms of the page's clock. */
export const moments = (page) =>
  page.evaluate(() => ({
    painted: window.__paints,
    answered: performance
      .getEntriesByType("resource")
      .filter((one) => one.name.includes("/oriel/v1/query"))
      .map((one) => one.responseEnd),
  }));

export const part = (times, share) => [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)];

const mounted = (page) =>
  page.waitForFunction(() => {
    const near = [...document.querySelectorAll('[data-testid="panel"]')].filter(
      (one) => one.getBoundingClientRect().top < innerHeight,
    );
    return near.length > 0 && near.every((one) => one.dataset.state === "done");
  });

export const DASHBOARD_MEASURES = [
  {
    name: "a page of a hundred panels",
    run: async (page) => {
      let asked = 0;
      let open = 0;
      let most = 0;
      let slow = 0;
      await page.route(BATCH, async (route) => {
        const count = route.request().postDataJSON().queries.length;
        asked += count;
        open += count;
        most = Math.max(most, open);
        if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
        await route.fulfill(answerBatch(route.request(), () => devices(SERIES))).catch(() => undefined);
        open -= count;
      });
      await watchPaints(page);
      await store(page, board());
      await page.goto("/d/measure-hundred?from=now-1h&to=now");
      await page.getByTestId("grid").waitFor();
      await mounted(page);
      await page.waitForTimeout(1_500);
      const first = asked;
      const { painted, answered } = await moments(page);
      const spent = await watchCpu(page);
      const times = await frames(page, "scroll");
      const cpu = await spent();
      await page.waitForTimeout(1_000);
      // Answers that take longer than the refresh: a second question for a panel waits for the first answer.
      await page.evaluate(() => document.querySelector("main").scrollTo(0, 0));
      await page.waitForTimeout(1_000);
      slow = 7_000;
      most = 0;
      const before = asked;
      await page.goto("/d/measure-hundred?from=now-1h&to=now&refresh=5s");
      await page.waitForTimeout(20_000);
      const rounds = (asked - before) / first;
      return [
        ["panels that ask on opening", first, 45],
        [
          "visible panels painted after the last answer, ms",
          Math.max(0, (painted.at(-1) ?? 0) - (answered.at(-1) ?? 0)),
          500,
        ],
        ["scroll p95 ms", part(times, 0.95), 51],
        ["scroll p50 ms", part(times, 0.5), 20],
        ["scroll, ms of CPU a frame", cpu / times.length, 16],
        ["rounds asked in 20 s of answers that take 7 s, every 5 s", rounds, 3],
        ["questions open at once", most, first],
      ];
    },
  },
  {
    name: "a million points in a panel",
    run: async (page) => {
      const ends = Date.now();
      await page.route(BATCH, (route) => route.fulfill(answerBatch(route.request(), () => devices(HUGE_SERIES))));
      await watchPaints(page);
      await store(page, huge());
      await page.goto(`/d/measure-million?from=${ends - HUGE_POINTS * 1_000}&to=${ends}`);
      await page.locator("canvas").first().waitFor();
      await page.waitForFunction(() => window.__paints.length > 0);
      const { painted, answered } = await moments(page);
      const over = page.locator(".u-over");
      const box = await over.boundingBox();
      await page.mouse.move(box.x + 50, box.y + 100);
      const spent = await watchCpu(page);
      const times = await frames(page, "pointer");
      const cpu = await spent();
      return [
        ["first paint after the data, ms", (painted[0] ?? 0) - (answered[0] ?? 0), 400],
        ["pointer p95 ms", part(times, 0.95), 34],
        ["pointer p50 ms", part(times, 0.5), 17.5],
        ["pointer, ms of CPU a frame", cpu / times.length, 12],
      ];
    },
  },
];
