// Who may do what: a page that asks for a token, accounts and tokens, and the library of panels.
import assert from "node:assert/strict";

export const TOKEN_JOURNEYS = [
  {
    name: "a server that knows nobody asks for a token, and takes one",
    run: async ({ page, shoot }) => {
      let role = "None";
      const asked = [];
      await page.route("**/api/oriel/v1/access", (route) =>
        route.fulfill({ json: { open: false, logged_in: role !== "None", role } }),
      );
      await page.route("**/login", (route) => {
        if (route.request().method() !== "POST") return route.continue();
        asked.push(route.request().postDataJSON());
        const isGood = asked.at(-1).password === "a-token-of-letters";
        if (isGood) role = "Viewer";
        return route.fulfill({ status: isGood ? 200 : 401, json: { message: isGood ? "Logged in" : "No such token" } });
      });
      await page.goto("/dashboards");
      await page.getByTestId("login").waitFor();
      await shoot("login");
      await page.getByLabel("Token").fill("another");
      await page.keyboard.press("Enter");
      await page.getByText("No such token").waitFor();
      await page.getByLabel("Token").fill("a-token-of-letters");
      await page.keyboard.press("Enter");
      await page.getByTestId("dashboards").waitFor();
      await page.getByRole("button", { name: "Logged in as Viewer" }).waitFor();
      assert.equal(asked.length, 2);
    },
  },
  {
    name: "an account is added with a token that is shown once, and both are taken away",
    run: async ({ page, shoot }) => {
      const name = `tool-${Date.now()}`;
      await page.goto("/server?tab=tokens");
      await page.getByLabel("A new account").fill(name);
      await page.getByLabel("Its role").selectOption("Editor");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name, exact: true }).click();
      await page.getByLabel("A new token").fill("laptop");
      await page.keyboard.press("Enter");
      const fresh = await page.getByTestId("fresh-token").locator("code").textContent();
      assert.match(fresh, /^\w{20,}$/);
      await shoot("tokens");
      await page.getByRole("button", { name: "Take laptop away" }).click();
      await page.getByText("laptop", { exact: true }).waitFor({ state: "detached" });
      const row = page.getByRole("row").filter({ hasText: name });
      await row.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("button", { name: `Remove ${name} and its tokens` }).click();
      await row.waitFor({ state: "detached" });
    },
  },
  {
    name: "a panel of the library is found, renamed and taken away on its own page",
    run: async ({ page, shoot, base }) => {
      const name = `Up ${Date.now()}`;
      const targets = [{ refId: "A", expr: "up", datasource: { type: "prometheus", uid: "oriel-metrics" } }];
      const answer = await fetch(new URL("/api/library-elements", base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name, kind: 1, model: { type: "timeseries", title: name, targets } }),
      });
      assert.equal(answer.status, 200);
      await page.goto("/dashboards");
      await page.getByRole("link", { name: "Library panels" }).click();
      await page.getByLabel("Find a panel of the library").fill(name);
      await shoot("library");
      await page.getByRole("link", { name }).click();
      await page.getByTestId("panel-editor").waitFor();
      await page.locator("canvas").first().waitFor();
      await shoot("library-panel");
      await page.getByLabel("Name", { exact: true }).first().fill(`${name} b`);
      await page.getByLabel("Name", { exact: true }).first().blur();
      await page.getByRole("link", { name: "Library", exact: true }).click();
      const row = page.getByTestId("library-row").filter({ hasText: `${name} b` });
      await row.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("button", { name: `Remove ${name} b` }).click();
      await row.waitFor({ state: "detached" });
    },
  },
];
