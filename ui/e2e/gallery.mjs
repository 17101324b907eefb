// Pictures of every page, dark and light, wide and narrow, to be looked at: BASE_URL=... SHOTS=... node e2e/gallery.mjs [part of a name]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";

const base = process.env.BASE_URL ?? "http://127.0.0.1:3999";
const shots = process.env.SHOTS ?? join(process.cwd(), "e2e-shots", "gallery");
const only = process.argv[2] ?? "";
mkdirSync(shots, { recursive: true });

/** A name, a path, and what is pressed there. */
const PAGES = [
  ["home", "/"],
  ["explore-start", "/explore?signal=metrics"],
  ["explore-metrics", "/explore?signal=metrics&q=sum+by+(door)+(rate(oriel_http_requests_total[1m]))&from=now-15m"],
  ["explore-logs", '/explore?signal=logs&q={service_name=~".%2B"}&from=now-15m'],
  ["explore-traces", "/explore?signal=traces&q={}&from=now-15m"],
  ["explore-error", "/explore?signal=metrics&q=rate(up)"],
  ["explore-instant", "/explore?signal=metrics&mode=instant&q=up"],
  [
    "explore-counts",
    '/explore?signal=logs&q=sum+by+(service_name)+(count_over_time({service_name=~".%2B"}[1m]))&from=now-2h',
  ],
  [
    "explore-line",
    '/explore?signal=logs&q={service_name=~".%2B"}&from=now-2h',
    "[data-testid=log-lines] [data-index='2']",
  ],
  [
    "explore-trace",
    '/explore?signal=traces&q={resource.service.name%3D"checkout"}&from=now-2h',
    "[data-testid=trace-table] tbody tr:nth-child(2)",
  ],
  ["explore-split", '/explore?signal=metrics&q=up&rsignal=logs&rq={service_name=~".%2B"}&from=now-2h'],
  ["explore-explain", "/explore?signal=metrics&mode=tree&q=sum+by+(door)+(rate(oriel_http_requests_total[1m]))"],
  ["explore-map", "/explore?signal=traces&mode=map&from=now-2h"],
  ["drilldown-metrics", "/drilldown"],
  ["drilldown-metric", "/drilldown?of=oriel_http_requests_total"],
  ["drilldown-logs", "/drilldown?signal=logs&from=now-2h"],
  ["drilldown-service", "/drilldown?signal=logs&of=inventory&view=fields&from=now-2h"],
  ["drilldown-traces", "/drilldown?signal=traces&from=now-2h"],
  ["drilldown-compare", "/drilldown?signal=traces&measure=errors&view=compare&from=now-2h"],
  ["server-targets", "/server"],
  ["server-agents", "/server?tab=agents"],
  ["server-queries", "/server?tab=queries"],
  ["server-load", "/server?tab=load"],
  ["server-cardinality", "/server?tab=cardinality"],
  ["server-storage", "/server?tab=storage"],
  ["server-configuration", "/server?tab=configuration"],
  ["server-tokens", "/server?tab=tokens"],
  ["dashboards", "/dashboards"],
  ["library", "/library-panels"],
  ["dashboard-host", "/d/oriel-host?from=now-30m"],
  ["dashboard-self", "/d/oriel-self?from=now-30m"],
  ["dashboard-logs", "/d/oriel-logs?from=now-2h"],
  ["dashboard-red", "/d/oriel-red?from=now-2h"],
  ["dashboard-load", "/d/oriel-load?from=now-1h"],
  ["dashboard-edit", "/d/oriel-red?from=now-2h&editPanel=panel-2"],
  ["dashboard-settings", "/d/oriel-red?editview=settings"],
  ["dashboard-variables", "/d/oriel-red?editview=variables"],
  ["dashboard-import", "/dashboard/import"],
];
const LOOKS = process.env.LOOKS?.split(",").map((one) => {
  const [scheme, width, height] = one.split(":");
  return [scheme, Number(width), Number(height)];
}) ?? [
  ["dark", 1440, 900],
  ["light", 1440, 900],
  ["dark", 390, 844],
  ["light", 390, 844],
];

const browser = await launch();
for (const [scheme, width, height] of LOOKS) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.log(`${page.url()}: ${error.message}`));
  for (const [name, path, press] of PAGES) {
    if (!name.includes(only)) continue;
    await page.goto(new URL(path, base).href);
    await page.waitForTimeout(Number(process.env.WAIT ?? 1500));
    if (press !== undefined) {
      await page.click(press, { timeout: 3_000 }).catch((error) => console.log(`${name}: ${error.message}`));
      await page.waitForTimeout(800);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) console.log(`${name} at ${width}: ${wide} px wider than the window`);
    await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`) });
  }
  await context.close();
}
await browser.close();
