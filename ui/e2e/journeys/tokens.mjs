// Who may do what: a page that asks for a token, accounts and tokens, and the library of panels.
import assert from "node:assert/strict";

/** A server whose configuration has the user `ada` with this password and refuses everybody else. */
const CLOSED_URL = process.env.CLOSED_URL;
const PASSWORD = process.env.PASSWORD ?? "correct horse";

const closedServer = {
  name: "a user logs in by name and password, stays in, and leaves for good",
  base: CLOSED_URL,
  run: async ({ page, shoot, base }) => {
    await page.goto("/dashboards");
    await page.getByTestId("login").waitFor();
    await shoot("login-user");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Wrong name or password").waitFor();
    assert.equal(await page.getByLabel("Password").inputValue(), "", "a wrong password is typed anew");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByTestId("dashboards").waitFor();
    assert.match(page.url(), /\/dashboards/, "one is where one wanted to be");
    await page.reload();
    const menu = page.getByRole("button", { name: "Logged in as ada, Admin" });
    await menu.waitFor();
    const [cookie] = (await page.context().cookies(base)).filter((one) => one.name === "oriel_session");
    assert.ok(cookie.httpOnly && cookie.sameSite === "Strict");
    await menu.click();
    await shoot("logged-in");
    await page.getByText("Log out").click();
    await page.getByTestId("login").waitFor();
    // What a thief kept opens nothing any more.
    await page.context().addCookies([cookie]);
    await page.reload();
    await page.getByTestId("login").waitFor();
  },
};

export const TOKEN_JOURNEYS = [
  {
    name: "a page asks for a name and password where there are users, and again when the session ended",
    run: async ({ page, shoot }) => {
      let role = "None";
      await page.route("**/api/oriel/v1/access", (route) =>
        route.fulfill({
          json: { open: false, logged_in: role !== "None", role, name: role === "None" ? "" : "ada", has_users: true },
        }),
      );
      await page.route("**/login", (route) => {
        if (route.request().method() !== "POST") return route.continue();
        const { user, password } = route.request().postDataJSON();
        if (password === "guess")
          return route.fulfill({
            status: 429,
            json: { message: "Too many wrong passwords for this name: try again in 9 seconds" },
          });
        const isGood = user === "ada" && password === "correct horse";
        if (isGood) role = "Editor";
        return route.fulfill({
          status: isGood ? 200 : 401,
          json: { message: isGood ? "Logged in" : "Wrong name or password" },
        });
      });
      await page.goto("/dashboards");
      const form = page.getByTestId("login");
      await form.waitFor();
      await shoot("login-name");
      const enter = async (password) => {
        await page.getByLabel("Name").fill("ada");
        await page.getByLabel("Password").fill(password);
        await page.keyboard.press("Enter");
      };
      await enter("wrong");
      await page.getByRole("alert").getByText("Wrong name or password").waitFor();
      await enter("guess");
      await page.getByRole("alert").getByText("try again in 9 seconds").waitFor();
      await form.getByRole("button", { name: "Use a token" }).click();
      await page.getByLabel("Token").waitFor();
      await form.getByRole("button", { name: "Use a name and password" }).click();
      await enter("correct horse");
      await page.getByRole("button", { name: "Logged in as ada, Editor" }).waitFor();
      await page.getByTestId("dashboards").waitFor();
      // The session ends while the page is open: the next question is refused.
      role = "None";
      await page.route("**/api/oriel/v1/status", (route) =>
        route.fulfill({ status: 401, json: { message: "Unauthorized" } }),
      );
      await page.getByRole("link", { name: "Home" }).click();
      await form.waitFor();
    },
  },
  {
    name: "one who could not be logged out is told so, and tries again",
    run: async ({ page, shoot }) => {
      let isDown = true;
      await page.route("**/api/oriel/v1/access", (route) =>
        route.fulfill({
          json: { open: false, logged_in: isDown, role: isDown ? "Editor" : "None", name: "ada", has_users: true },
        }),
      );
      await page.route("**/logout", (route) =>
        isDown ? route.fulfill({ status: 500, json: { message: "The disk is full" } }) : route.fulfill({ json: {} }),
      );
      await page.goto("/dashboards");
      await page.getByRole("button", { name: "Logged in as ada, Editor" }).click();
      await page.getByRole("menuitem", { name: "Log out" }).click();
      await page.getByRole("alert").getByText("You are still logged in: The disk is full").waitFor();
      await shoot("still-logged-in");
      isDown = false;
      await page.getByRole("menuitem", { name: "Try again" }).click();
      await page.getByTestId("login").waitFor();
    },
  },
  ...(CLOSED_URL === undefined ? [] : [closedServer]),
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
