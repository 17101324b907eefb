// What people come to dashboards for: open one, import one, choose, zoom, look closer, change and save.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const PANEL = '[data-testid="panel"]';

/** Every panel that is mounted has its data, or says why it has none. */
export const isSettled = (page) =>
  page.waitForFunction(() => {
    const panels = [...document.querySelectorAll('[data-testid="panel"]')];
    const near = panels.filter((one) => one.getBoundingClientRect().top < innerHeight);
    return near.length > 0 && near.every((one) => one.dataset.state !== "pending");
  });

const broken = (page) =>
  page.$$eval('[data-testid="panel"][data-state="error"]', (all) => all.map((one) => one.textContent));

const open = async (page, path) => {
  await page.goto(path);
  await page.getByTestId("dashboard").waitFor();
  await isSettled(page);
};

const SMALL = {
  uid: "journey-small",
  title: "Journey <img src=x onerror=window.__pwned=1>",
  schemaVersion: 39,
  tags: ["journey"],
  templating: {
    list: [
      {
        name: "job",
        type: "query",
        query: "label_values(up, job)",
        includeAll: true,
        multi: true,
        current: { value: "$__all" },
      },
    ],
  },
  panels: [
    {
      id: 1,
      type: "timeseries",
      title: "Up of $job",
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      targets: [{ refId: "A", expr: 'up{job=~"$job"}', legendFormat: "{{job}} <b>" }],
    },
    {
      id: 2,
      type: "text",
      title: "",
      gridPos: { x: 12, y: 0, w: 12, h: 8 },
      options: {
        mode: "html",
        content:
          '<h2>Hello</h2><img src=x onerror="window.__pwned=2"><script>window.__pwned=3</script><a href="javascript:window.__pwned=4">link</a>',
      },
    },
    {
      id: 3,
      type: "stat",
      title: "Each job",
      repeat: "job",
      gridPos: { x: 0, y: 8, w: 24, h: 4 },
      targets: [{ refId: "A", expr: 'up{job="$job"}' }],
    },
    {
      id: 4,
      type: "unheard-of",
      title: "Unknown",
      gridPos: { x: 0, y: 20, w: 24, h: 6 },
      targets: [{ refId: "A", expr: "up", instant: true }],
    },
  ],
};

/** Brings a dashboard in as people do; one of an earlier run goes first. */
export async function importText(page, text) {
  const json = JSON.parse(text);
  await page.request.delete(`/api/dashboards/uid/${json.metadata?.name ?? json.uid}`);
  await page.goto("/dashboards");
  await page.getByTestId("import").click();
  await page.getByLabel("JSON or YAML of a dashboard").fill(text);
  await page.getByTestId("import-run").click();
  await page.getByTestId("dashboard").waitFor();
  await isSettled(page);
}

const READY = ["oriel-host", "oriel-self", "oriel-logs", "oriel-red", "oriel-load"];

const folder = process.env.DASHBOARDS;

export const DASHBOARD_JOURNEYS = [
  ...["dark", "light"].map((scheme) => ({
    name: `dashboards that come with Oriel show no error (${scheme})`,
    scheme,
    run: async ({ page, shoot }) => {
      await page.goto("/dashboards");
      await page.getByTestId("dashboard-link").first().waitFor();
      await shoot(`dashboards-${scheme}`);
      for (const uid of READY) {
        await open(page, `/d/${uid}?from=now-30m&to=now`);
        await page.waitForTimeout(400);
        assert.deepEqual(await broken(page), [], uid);
        await shoot(`${uid}-${scheme}`);
      }
      await open(page, "/d/oriel-host?from=now-30m&to=now");
      assert.ok((await page.locator(`${PANEL} canvas`).count()) > 1, "charts are drawn");
    },
  })),
  {
    name: "only visible panels ask",
    size: { width: 1440, height: 420 },
    run: async ({ page }) => {
      let asked = 0;
      page.on("request", (request) => {
        if (request.url().includes("/api/oriel/v1/query")) asked += 1;
      });
      await open(page, "/d/oriel-host?from=now-30m&to=now");
      const before = asked;
      await page.locator("main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
      await page.waitForTimeout(1_500);
      assert.ok(asked > before, "panels below ask when they come into view");
    },
  },
  {
    name: "a dashboard is imported by paste; its markup stays text, its variables choose, its panels repeat",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify(SMALL));
      assert.match(page.url(), /\/d\/journey-small/);
      assert.equal(await page.evaluate(() => window.__pwned), undefined, "markup must not run");
      await page.locator('[data-panel="panel-3-clone-1"]').waitFor();
      assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
      assert.equal(await page.locator(`${PANEL} img`).count(), 0);
      await shoot("dashboard-imported");
      await page.getByRole("button", { name: /^job:/ }).click();
      await page.getByRole("option", { name: "oriel" }).click();
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => new URL(location.href).searchParams.get("var-job") === "oriel");
      await page.waitForFunction(() => document.querySelectorAll('[data-panel^="panel-3"]').length === 1);
      const url = page.url();
      await open(page, url);
      assert.match(await page.locator('[data-panel="panel-1"] h2').textContent(), /Up of oriel/);
    },
  },
  {
    name: "a panel is edited with live preview, saved with its changes shown, and exported unchanged but for them",
    run: async ({ page, shoot }) => {
      await importText(page, JSON.stringify({ ...SMALL, uid: "journey-edit", title: "Edited" }));
      await page.locator('[data-panel="panel-1"]').hover();
      await page
        .locator('[data-panel="panel-1"]')
        .getByRole("button", { name: /^Menu of/ })
        .click();
      await page.getByRole("menuitem", { name: "Edit" }).click();
      await page.getByTestId("panel-editor").waitFor();
      await page.getByLabel("Title", { exact: true }).fill("Renamed");
      await page.keyboard.press("Enter");
      await page.locator(`${PANEL} h2`, { hasText: "Renamed" }).waitFor();
      await page.getByTestId("panel-type").selectOption("stat");
      await page.getByTestId("stat").first().waitFor();
      await isSettled(page);
      await shoot("dashboard-editor");
      await page.getByTestId("save").click();
      await page.getByTestId("changes").getByText("Renamed").waitFor();
      await shoot("dashboard-save");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      const answer = await (await page.request.get("/api/oriel/v1/dashboards/journey-edit")).json();
      const { version: _version, ...stored } = answer.dashboard;
      const expected = structuredClone({ ...SMALL, uid: "journey-edit", title: "Edited" });
      Object.assign(expected.panels[0], { title: "Renamed", type: "stat" });
      assert.deepEqual(stored, expected);
    },
  },
  {
    name: "a panel is viewed alone, and its address leads back to it",
    run: async ({ page }) => {
      await open(page, "/d/oriel-host/host?viewPanel=panel-8&from=now-30m&to=now");
      assert.equal(await page.locator(PANEL).count(), 1);
      await page.keyboard.press("Escape");
      await page.getByTestId("grid").waitFor();
      await page.goBack();
      await page.waitForFunction(() => document.querySelectorAll('[data-testid="panel"]').length === 1);
    },
  },
  {
    name: "a chart of a dashboard zooms the page by a drag",
    run: async ({ page }) => {
      await open(page, "/d/oriel-host?from=now-30m&to=now");
      const over = page.locator('[data-type="timeseries"] .u-over').first();
      const box = await over.boundingBox();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 5 });
      await page.mouse.up();
      await page.waitForFunction(() => /from=\d{13}/.test(location.href));
    },
  },
  {
    name: "an empty dashboard gets its first panel",
    run: async ({ page }) => {
      await page.goto("/dashboard/new");
      await page.getByTestId("dashboard").waitFor();
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("menuitem", { name: "A panel", exact: true }).click();
      await page.getByTestId("panel-editor").waitFor();
      const editor = page.locator('[data-testid="panel-query"] .cm-content');
      await editor.click();
      await page.keyboard.insertText("up");
      await page.keyboard.press("Escape");
      await page.keyboard.press("ControlOrMeta+Enter");
      await page.locator(`${PANEL} canvas`).waitFor();
    },
  },
  ...(folder !== undefined && existsSync(folder)
    ? [
        {
          name: "dashboards of other projects are imported, opened and read back as they were",
          run: async ({ page, shoot }) => {
            for (const file of readdirSync(folder).filter((one) => one.endsWith(".json"))) {
              const json = JSON.parse(readFileSync(join(folder, file), "utf8"));
              const data = {
                dashboard: { ...json, uid: `j-${file.replace(/\W/g, "-")}`.slice(0, 40) },
                overwrite: true,
              };
              const saved = await page.request.post("/api/dashboards/db", { data });
              assert.equal(saved.status(), 200, `${file}: ${await saved.text()}`);
              const { uid } = await saved.json();
              const back = await (await page.request.get(`/api/oriel/v1/dashboards/${uid}`)).json();
              assert.deepEqual(back.dashboard, data.dashboard, file);
              await open(page, `/d/${uid}?from=now-30m&to=now`);
              // Functions that another database added to the language are refused, and the panel says so.
              const unexpected = (await broken(page)).filter((one) => !/unknown function/.test(one));
              assert.deepEqual(unexpected, [], file);
              await shoot(`corpus-${file.replace(".json", "")}`);
            }
          },
        },
      ]
    : []),
];
