// Journeys through the pages in a real Chromium against a running server that has data: metrics `up`, logs with the label
// `service_name`, traces over OTLP. BASE_URL names the server, SHOTS the folder for pictures, DASHBOARDS one with dashboards of others. Prints `N passed, N failed`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { ACCESS_JOURNEYS } from "./journeys/access.mjs";
import { ANSWER_JOURNEYS } from "./journeys/answers.mjs";
import { CHART_JOURNEYS } from "./journeys/dashboards/charts.mjs";
import { DASHBOARD_JOURNEYS } from "./journeys/dashboards/dashboards.mjs";
import { EDITOR_JOURNEYS } from "./journeys/dashboards/editor.mjs";
import { ELEMENT_JOURNEYS } from "./journeys/dashboards/elements.mjs";
import { EVENT_JOURNEYS } from "./journeys/dashboards/events.mjs";
import { GROUP_JOURNEYS } from "./journeys/dashboards/groups.mjs";
import { IMPORTED_JOURNEYS } from "./journeys/dashboards/imported.mjs";
import { KEY_JOURNEYS } from "./journeys/dashboards/keys.mjs";
import { MANAGE_JOURNEYS } from "./journeys/dashboards/manage.mjs";
import { SETTINGS_JOURNEYS } from "./journeys/dashboards/settings.mjs";
import { TABLE_JOURNEYS } from "./journeys/dashboards/tables.mjs";
import { TILE_JOURNEYS } from "./journeys/dashboards/tiles.mjs";
import { STEP_JOURNEYS } from "./journeys/dashboards/transformations.mjs";
import { DIALOG_JOURNEYS } from "./journeys/dialogs.mjs";
import { DRILLDOWN_JOURNEYS } from "./journeys/drilldown.mjs";
import { EDITING_JOURNEYS } from "./journeys/editing.mjs";
import { HOP_JOURNEYS } from "./journeys/hops.mjs";
import { HOSTILE_JOURNEYS } from "./journeys/hostile.mjs";
import { LINE_JOURNEYS } from "./journeys/lines.mjs";
import { LOOK_JOURNEYS } from "./journeys/looks.mjs";
import { QUERY_JOURNEYS } from "./journeys/queries.mjs";
import { SERVER_JOURNEYS, SERVER_WALK } from "./journeys/server.mjs";
import { SHELL_JOURNEYS, WIDTH_JOURNEYS } from "./journeys/shell.mjs";
import { SIGNAL_JOURNEYS } from "./journeys/signals.mjs";
import { LABEL_JOURNEYS, STRANGER_JOURNEYS } from "./journeys/strangers.mjs";
import { TOKEN_JOURNEYS } from "./journeys/tokens.mjs";

const BASE = process.env.BASE_URL ?? "http://127.0.0.1:3999";
const shots = process.env.SHOTS ?? join(process.cwd(), "e2e-shots");
mkdirSync(shots, { recursive: true });

/** A journey that takes longer is stuck. */
const JOURNEY_MS = 60_000;

/** What must never happen on any page: errors, policy violations, requests that leave the server. */
async function watch(page, base, faults) {
  const origin = new URL(base).origin;
  page.on("pageerror", (error) => faults.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy|Content-Security-Policy/.test(text)) faults.push(`policy violation: ${text}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (/^(data|blob):/.test(url)) return;
    if (new URL(url.replace(/^ws/, "http")).origin !== origin) faults.push(`request to another origin: ${url}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.__violations = [...(window.__violations ?? []), `${event.violatedDirective} ${event.blockedURI}`];
    });
  });
}

async function runOne(browser, journey, faults) {
  const base = journey.base ?? BASE;
  const context = await browser.newContext({
    viewport: journey.size ?? { width: 1440, height: 900 },
    colorScheme: journey.scheme ?? "dark",
    baseURL: base,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await watch(page, base, faults);
  const shoot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
  let timer;
  const limit = new Promise((_, reject) => {
    const ms = journey.limitMs ?? JOURNEY_MS;
    timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms);
  });
  try {
    await Promise.race([journey.run({ page, shoot, base }), limit]);
    const violations = await page.evaluate(() => window.__violations ?? []);
    faults.push(...violations.map((one) => `policy violation: ${one}`));
    if (faults.length > 0) throw new Error(faults.join("; "));
  } catch (error) {
    await shoot(`failed-${journey.name.replaceAll(/\W+/g, "-")}`).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

const browser = await launch();
const only = process.argv[2];
let passed = 0;
let failed = 0;
// Earlier journeys leave lines, services and dashboards on the server, and later ones see them: the order stays as it is.
for (const journey of [
  ...SIGNAL_JOURNEYS,
  ...SHELL_JOURNEYS,
  ...ANSWER_JOURNEYS,
  ...LINE_JOURNEYS,
  ...SERVER_WALK,
  ...WIDTH_JOURNEYS,
  ...QUERY_JOURNEYS,
  ...EDITING_JOURNEYS,
  ...DRILLDOWN_JOURNEYS,
  ...SERVER_JOURNEYS,
  ...LABEL_JOURNEYS,
  ...HOP_JOURNEYS,
  ...DASHBOARD_JOURNEYS,
  ...EVENT_JOURNEYS,
  ...ELEMENT_JOURNEYS,
  ...MANAGE_JOURNEYS,
  ...KEY_JOURNEYS,
  ...GROUP_JOURNEYS,
  ...SETTINGS_JOURNEYS,
  ...EDITOR_JOURNEYS,
  ...HOSTILE_JOURNEYS,
  ...STRANGER_JOURNEYS,
  ...ACCESS_JOURNEYS,
  ...DIALOG_JOURNEYS,
  ...TOKEN_JOURNEYS,
  ...LOOK_JOURNEYS,
  ...STEP_JOURNEYS,
  ...CHART_JOURNEYS,
  ...TABLE_JOURNEYS,
  ...TILE_JOURNEYS,
  ...IMPORTED_JOURNEYS,
]) {
  if (only !== undefined && !journey.name.includes(only)) continue;
  const start = Date.now();
  try {
    await runOne(browser, journey, []);
    passed += 1;
    console.log(`ok    ${journey.name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${journey.name}: ${error.message.split("\n").slice(0, 40).join(" | ")}`);
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
