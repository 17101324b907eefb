// What keeps dashboards in order: arranging panels, the library, folders, stars, tags, versions, import and export.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { importText, isSettled } from "./dashboards.mjs";

const stat = (id, x, y, title) => ({
  id,
  type: "stat",
  title,
  gridPos: { x, y, w: 12, h: 6 },
  targets: [{ refId: "A", expr: "count(up)" }],
});

const board = (uid) => ({
  uid,
  title: `Manage ${uid}`,
  schemaVersion: 42,
  panels: [stat(1, 0, 0, "Left"), stat(2, 12, 0, "Right"), stat(3, 0, 6, "Below")],
});

export const stored = async (page, uid) =>
  (await (await page.request.get(`/api/oriel/v1/dashboards/${uid}`)).json()).dashboard;

export const menu = async (page, panel, item) => {
  const frame = page.locator(`[data-panel="panel-${panel}"]`);
  await frame.hover();
  await frame.getByRole("button", { name: /^Menu of/ }).click();
  await page.getByRole("menuitem", { name: item }).click();
};

export const save = async (page) => {
  await page.getByTestId("save").click();
  const dialog = page.getByRole("dialog", { name: "Save the dashboard" });
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
};

const places = (json) => json.panels.map((one) => [one.id, one.gridPos.x, one.gridPos.y, one.gridPos.w, one.gridPos.h]);

export const MANAGE_JOURNEYS = [
  {
    name: "panels are dragged, grown and moved by keys, and only their places change",
    run: async ({ page, shoot }) => {
      const uid = "journey-arrange";
      await importText(page, JSON.stringify(board(uid)));
      await page.getByRole("button", { name: "Arrange" }).click();
      const left = page.getByRole("button", { name: /^Move Left/ });
      const box = await left.boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 1.5, box.y + 45, { steps: 8 });
      await shoot("dashboard-arrange");
      await page.mouse.up();
      const right = page.getByRole("button", { name: /^Move Right/ });
      const corner = await right.getByTestId("corner").boundingBox();
      await page.mouse.move(corner.x + 10, corner.y + 10);
      await page.mouse.down();
      await page.mouse.move(corner.x + 10, corner.y + 10 + 76, { steps: 4 });
      await page.mouse.up();
      await page.getByRole("button", { name: /^Move Below/ }).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Shift+ArrowLeft");
      await save(page);
      const after = await stored(page, uid);
      const expected = board(uid);
      Object.assign(expected.panels[0].gridPos, { x: 12, y: 0 });
      // Below went over it for a moment, so it stands lower; the page closes the gap.
      Object.assign(expected.panels[1].gridPos, { y: 12, h: 8 });
      Object.assign(expected.panels[2].gridPos, { x: 1, w: 11 });
      assert.deepEqual(places(after), places(expected));
      const bare = (json) => ({ ...json, panels: json.panels.map(({ gridPos: _gridPos, ...rest }) => rest) });
      assert.deepEqual(bare(after), bare(board(uid)));
    },
  },
  {
    name: "thresholds and transformations are edited beside the panel, and stored as they are read",
    run: async ({ page, shoot }) => {
      const uid = "journey-steps";
      await importText(page, JSON.stringify(board(uid)));
      await page.goto(`/d/${uid}?editPanel=1`);
      const thresholds = page.getByTestId("thresholds");
      await thresholds.getByRole("button", { name: "Add a threshold" }).click();
      await thresholds.getByLabel("Value of step 2").fill("1");
      await page.keyboard.press("Enter");
      await thresholds.getByRole("button", { name: /^Colour of step 2/ }).click();
      await page.getByRole("button", { name: "orange", exact: true }).click();
      const steps = page.getByTestId("transformations");
      await steps.getByLabel("Add a transformation").selectOption("reduce");
      await steps.getByRole("button", { name: "JSON" }).click();
      await steps.getByLabel("Options of Reduce").fill('{"reducers": ["max"]}');
      await page.getByRole("button", { name: "Add a query" }).focus();
      await isSettled(page);
      await shoot("dashboard-editor-steps");
      await save(page);
      const [panel] = (await stored(page, uid)).panels;
      assert.deepEqual(panel, {
        ...board(uid).panels[0],
        fieldConfig: {
          defaults: {
            thresholds: {
              mode: "absolute",
              steps: [
                { value: null, color: "green" },
                { value: 1, color: "orange" },
              ],
            },
          },
        },
        transformations: [{ id: "reduce", options: { reducers: ["max"] } }],
      });
    },
  },
  {
    name: "a panel goes into the library, onto another dashboard, and becomes one of its own again",
    run: async ({ page, shoot }) => {
      const [one, two] = ["journey-library", "journey-library-two"];
      await importText(page, JSON.stringify(board(one)));
      const name = `Shared ${Date.now()}`;
      await page.goto(`/d/${one}?editPanel=1`);
      await page.getByLabel("Title", { exact: true }).fill(name);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Done" }).click();
      await menu(page, 1, "Put into the library");
      await page.locator('[data-panel="panel-1"]').getByText(name).waitFor();
      await save(page);
      const reference = (await stored(page, one)).panels[0];
      assert.equal(reference.libraryPanel.name, name);
      assert.equal(reference.targets, undefined);

      await importText(page, JSON.stringify(board(two)));
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("menuitem", { name: "A panel of the library" }).click();
      await page.getByTestId("library").getByRole("button", { name }).click();
      await page.locator('[data-panel="panel-4"] [data-testid="stat"]').waitFor();
      await save(page);
      const added = (await stored(page, two)).panels[3];
      assert.deepEqual(added.libraryPanel, reference.libraryPanel);

      // Edited from one dashboard, it is changed on the other too, and neither dashboard is.
      await page.goto(`/d/${two}?editPanel=4`);
      await page.getByText("seen on all of them").waitFor();
      await page.getByLabel("No value", { exact: true }).fill("nothing");
      await page.getByLabel("No value", { exact: true }).blur();
      await shoot("library-editor");
      await page.getByRole("button", { name: "Save into the library" }).click();
      await page.getByRole("button", { name: "Make it a panel of its own" }).waitFor();
      await page.goto(`/d/${one}?editPanel=1`);
      await page.getByLabel("No value", { exact: true }).waitFor();
      assert.equal(await page.getByLabel("No value", { exact: true }).inputValue(), "nothing");

      await page.goto(`/d/${two}`);
      await menu(page, 4, "Make it a panel of its own");
      await save(page);
      const own = (await stored(page, two)).panels[3];
      assert.equal(own.libraryPanel, undefined);
      assert.equal(own.targets[0].expr, "count(up)");
    },
  },
  {
    name: "a dashboard gets a folder, tags and a star; versions show what changed and go back",
    run: async ({ page, shoot }) => {
      const uid = "journey-manage";
      await importText(page, JSON.stringify(board(uid)));
      await page.request.delete(`/api/user/stars/dashboard/uid/${uid}`);
      await page.reload();
      const folder = `Journeys ${Date.now()}`;
      await page.goto(`/d/${uid}?editPanel=1`);
      await page.getByLabel("Title", { exact: true }).fill("Changed once");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByTestId("save").click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Folder").selectOption({ label: "A new folder" });
      await dialog.getByLabel("Title of the folder").fill(folder);
      await dialog.getByLabel("Tags").fill("one, two");
      await dialog.getByLabel("What changed").fill("a first change");
      await shoot("dashboard-save-where");
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.deepEqual((await stored(page, uid)).tags, ["one", "two"]);

      await page.getByRole("button", { name: "Star this dashboard" }).click();
      await page.getByRole("button", { name: "Take the star away" }).waitFor();

      await page.goto("/dashboards");
      await page.getByTestId("starred").getByText(`Manage ${uid}`).waitFor();
      await page.getByRole("heading", { name: folder }).waitFor();
      await shoot("dashboards-starred");

      await page.goto(`/d/${uid}`);
      await isSettled(page);
      await page.getByTestId("dashboard-menu").click();
      await page.getByRole("menuitem", { name: "Versions" }).click();
      await page.getByTestId("versions").getByRole("button").last().click();
      await page.getByTestId("changes").getByText("Changed once").waitFor();
      await shoot("dashboard-versions");
      await page.getByRole("button", { name: /^Restore version/ }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.locator('[data-panel="panel-1"] h2', { hasText: "Left" }).waitFor();
      assert.deepEqual(await stored(page, uid), board(uid));
    },
  },
  {
    name: "what was imported is exported to the byte, and nothing is overwritten unasked",
    run: async ({ page }) => {
      const uid = "journey-bytes";
      const text = `{\n "uid" : "${uid}", "title": "Bytes", "x": 1.0e2,\n\t"panels": [ {"id": 1, "type": "text", "options": {"content": "words"}} ]\n}`;
      await importText(page, text);
      await page.getByTestId("dashboard-menu").click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: "Export JSON" }).click(),
      ]);
      assert.equal(readFileSync(await download.path(), "utf8"), text);

      await page.goto("/dashboards");
      await page.getByTestId("import").click();
      await page.getByLabel("JSON or YAML of a dashboard").fill(text.replace("Bytes", "Other"));
      await page.getByTestId("import-run").click();
      await page.getByTestId("import-result").getByText("A dashboard of this uid is here already.").waitFor();
      assert.equal((await stored(page, uid)).title, "Bytes");
      await page.getByRole("button", { name: "Import a copy" }).click();
      await page.getByTestId("dashboard").waitFor();
      assert.doesNotMatch(page.url(), new RegExp(uid));
    },
  },
  {
    name: "two people save: the later one puts the changes on top",
    run: async ({ page }) => {
      const uid = "journey-clash";
      await importText(page, JSON.stringify(board(uid)));
      await page.goto(`/d/${uid}?editPanel=2`);
      await page.getByLabel("Title", { exact: true }).fill("Mine");
      await page.keyboard.press("Enter");
      const theirs = board(uid);
      theirs.panels[0].title = "Theirs";
      const data = { dashboard: theirs, overwrite: true };
      assert.equal((await page.request.post("/api/dashboards/db", { data })).status(), 200);
      await page.getByTestId("save").click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await dialog.getByText("Someone else saved a newer version").waitFor();
      await dialog.getByRole("button", { name: "Put my changes on it" }).click();
      await dialog.getByText("Someone else saved a newer version").waitFor({ state: "hidden" });
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.deepEqual(
        (await stored(page, uid)).panels.map((one) => one.title),
        ["Theirs", "Mine", "Below"],
      );
      await isSettled(page);
    },
  },
  {
    name: "dashboards come in as YAML, wrapped for a cluster, and a file that is none is told beside those that are",
    run: async ({ page }) => {
      await page.goto("/dashboards");
      await page.getByRole("button", { name: "Import" }).click();
      const one = 'kind: ConfigMap\ndata:\n  one.json: \'{"uid":"journey-yaml","title":"Of YAML","panels":[]}\'\n';
      await page.getByTestId("import-file").setInputFiles([
        { name: "map.yaml", mimeType: "text/yaml", buffer: Buffer.from(one) },
        { name: "bad.yaml", mimeType: "text/yaml", buffer: Buffer.from("a: [") },
      ]);
      await page.getByText(/neither JSON nor YAML/).waitFor();
      await page
        .getByTestId("import-result")
        .getByText(/Of YAML|is here already/)
        .first()
        .waitFor();
      assert.equal((await stored(page, "journey-yaml")).title, "Of YAML");
    },
  },
  {
    name: "a dashboard that a file decides about is saved as a copy, and says why",
    run: async ({ page, shoot }) => {
      const uid = "journey-provisioned";
      await importText(page, JSON.stringify(board(uid)));
      await page.route(`**/api/oriel/v1/dashboards/${uid}`, async (route) => {
        const answer = await (await route.fetch()).json();
        Object.assign(answer.meta, { provisioned: true, provisionedExternalId: "boards/one.json" });
        await route.fulfill({ json: answer });
      });
      await page.goto(`/d/${uid}?editPanel=1`);
      await page.getByLabel("Title", { exact: true }).fill("Mine");
      await page.keyboard.press("Enter");
      await page.getByText("From a file").waitFor();
      await page.getByTestId("save").click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("boards/one.json").waitFor();
      await shoot("dashboard-provisioned");
      await dialog.getByRole("button", { name: "Save as a copy" }).click();
      await page.waitForURL((url) => /^\/d\/(?!journey-provisioned)/.test(url.pathname));
      const made = new URL(page.url()).pathname.split("/")[2];
      assert.equal((await stored(page, made)).panels[0].title, "Mine");
      assert.equal((await stored(page, made)).uid, undefined);
      await page.request.delete(`/api/dashboards/uid/${made}`);
    },
  },
  {
    name: "folders: one is made, takes dashboards, gets another name, and goes with what is in it",
    run: async ({ page, shoot }) => {
      const uid = "journey-foldered";
      await importText(page, JSON.stringify(board(uid)));
      const title = `Shelf ${Date.now()}`;
      await page.goto("/dashboards");
      await page.getByRole("button", { name: "New folder" }).click();
      await page.getByLabel("Name", { exact: true }).fill(title);
      await page.getByRole("button", { name: "Make it" }).click();
      await page.getByRole("heading", { name: title }).waitFor();
      const find = page.getByLabel("Find a dashboard");
      await find.fill(`manage ${uid}`);
      await page.getByLabel(`Choose Manage ${uid}`).check();
      await page.getByRole("toolbar", { name: "With what is chosen" }).getByRole("button", { name: "Move" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Folder").selectOption({ label: title });
      await dialog.getByRole("button", { name: "Move" }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.deepEqual(await stored(page, uid), board(uid));
      await find.fill(`${title} manage`);
      await page.getByTestId("browse-row").getByText(title).waitFor();
      await shoot("dashboards-found");
      await find.fill("");
      await page.getByRole("link", { name: title }).click();
      await page
        .getByTestId("dashboard-link")
        .filter({ hasText: `Manage ${uid}` })
        .waitFor();
      assert.equal(await page.getByTestId("dashboard-link").count(), 1);
      await page.getByRole("button", { name: "Rename" }).click();
      await dialog.getByLabel("Name", { exact: true }).fill(`${title} renamed`);
      await dialog.getByRole("button", { name: "Rename" }).click();
      await page.getByText(`${title} renamed`).first().waitFor();
      await shoot("dashboards-folder");
      await page.getByRole("button", { name: "Delete" }).click();
      await dialog.getByText("1 dashboard in the folders go too").waitFor();
      await dialog.getByRole("button", { name: "Delete" }).click();
      await page.waitForURL((url) => url.pathname === "/dashboards");
      assert.equal((await page.request.get(`/api/dashboards/uid/${uid}`)).status(), 404);
    },
  },
  {
    name: "editor: steps show their rows, types are suggested by the data, queries are doubled and seen as a table",
    run: async ({ page, shoot }) => {
      const uid = "journey-editor-rows";
      const table = {
        ...stat(1, 0, 0, "Rows"),
        type: "table",
        targets: [{ refId: "A", expr: "up", instant: true, format: "table" }],
        transformations: [
          { id: "organize", options: { renameByName: { job: "Job" } } },
          { id: "sortBy", options: { sort: [{ field: "Job" }] } },
        ],
      };
      await importText(page, JSON.stringify({ ...board(uid), panels: [table] }));
      await page.goto(`/d/${uid}?editPanel=1`);
      const steps = page.getByTestId("transformations");
      await steps.getByRole("button", { name: "Rows" }).nth(1).click();
      const rows = steps.getByTestId("step-rows");
      // A step sees the names that the one before it gave.
      await rows.getByRole("columnheader", { name: "Job" }).first().waitFor();
      await shoot("editor-step-rows");
      await page.getByRole("button", { name: "Duplicate query A" }).click();
      await page.getByRole("textbox", { name: "Query B" }).waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("button", { name: "As a table" }).click();
      await page
        .getByText(/^A: \d+ rows?/)
        .first()
        .waitFor();
      await page.getByRole("button", { name: "Bar chart" }).click();
      await page.waitForFunction(() => document.querySelector('[data-testid="panel-type"]').value === "barchart");
    },
  },
];
