// What one does with an answer in Explore: open a line of JSON as a tree, see the lines around it, save what is shown, turn a trace into a
// flame graph; and what is said instead of an answer, when the query has a mistake or the server is away.
import assert from "node:assert/strict";
import { BATCH } from "../frames.mjs";
import { anyTrace, explore, LINES } from "./explore.mjs";

export const ANSWER_JOURNEYS = [
  {
    name: "a line of JSON is a tree that keeps every digit",
    run: async ({ page, shoot }) => {
      const line = '{"id":12345678901234567890,"user":{"name":"ada","roles":["a",{"deep":{"deeper":"<b>x</b>"}}]}}';
      await page.route("**/loki/api/v1/query_range*", (route) =>
        route.fulfill({
          json: {
            status: "success",
            data: {
              resultType: "streams",
              result: [{ stream: { app: "tree" }, values: [[`${Date.now() - 5_000}000000`, line]] }],
            },
          },
        }),
      );
      await page.goto(explore("logs", ['{app="tree"}']));
      await page.locator(LINES).first().click();
      const tree = page.getByTestId("json-tree");
      await tree.getByText("12345678901234567890").waitFor();
      assert.equal(await tree.getByText("<b>x</b>").count(), 0, "deep levels are folded");
      await tree.getByRole("button", { name: /roles/ }).press("Enter");
      await tree.getByRole("button", { name: /^1/ }).click();
      await tree.getByRole("button", { name: /deep/ }).click();
      await tree.getByText("<b>x</b>").waitFor();
      await shoot("json-tree-dark-1440");
      await page.getByTestId("as-text").click();
      await page.getByTestId("line-details").getByText(line).waitFor();
    },
  },
  {
    name: "what is shown is saved as a file",
    run: async ({ page }) => {
      const save = async (label) => {
        await page.getByTestId("download").click();
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("menuitem", { name: label }).click(),
        ]);
        const parts = [];
        for await (const part of await file.createReadStream()) parts.push(part);
        return [file.suggestedFilename(), Buffer.concat(parts).toString()];
      };
      await page.goto(explore("metrics", ["up"]));
      await page.getByTestId("metrics-chart").waitFor();
      const [name, csv] = await save(/^CSV/);
      assert.equal(name, "series.csv");
      assert.match(csv, /^time,/);
      const series = JSON.parse((await save("JSON"))[1]);
      assert.equal(series.result[0].metric.__name__, "up");
      await page.getByTestId("instant").click();
      await page.getByTestId("instant-table").waitFor();
      assert.match((await save(/^CSV/))[1], /^__name__,.*value\n/);
      await page.goto(explore("logs", ['{env="demo"}'], { from: "now-6h" }));
      await page.locator(LINES).first().waitFor();
      assert.equal((await save("Text"))[0], "lines.txt");
      assert.equal(JSON.parse((await save(/^JSON/))[1].split("\n")[0]).labels.env, "demo");
      await page.goto(explore("traces", ["{}"], { from: "now-6h" }));
      await page.getByTestId("trace-table").waitFor();
      assert.match((await save("CSV"))[1], /^trace,start,/);
      await page.getByTestId("trace-table").locator("tbody tr").first().click();
      await page.getByTestId("waterfall").waitFor();
      assert.ok(Array.isArray(JSON.parse((await save(/^JSON/))[1]).trace.resourceSpans));
    },
  },
  {
    name: "a mistake is underlined where it is, in all three languages",
    run: async ({ page, shoot }) => {
      for (const [signal, query, marked] of [
        ["metrics", "rate(up)", "up"],
        ["logs", '{a="b"} | json | c = = 1', "="],
        ["logs", 'rate({a="b"} | jsonn [5m])', "["],
        ["traces", "{ .a = }", "}"],
        ["traces", '{ .a = "x" + 1 }', '"x" + 1'],
      ]) {
        await page.goto(explore(signal, [query]));
        await page.getByTestId("query-error").waitFor();
        const mark = page.locator(".cm-lintRange-error");
        await mark.first().waitFor();
        assert.equal((await mark.allTextContents()).join(""), marked, query);
      }
      await shoot("mistake-dark-1440");
    },
  },
  {
    name: "a server that does not answer is said, and asked again",
    run: async ({ page, shoot }) => {
      await page.route(BATCH, (route) => route.abort());
      await page.goto(explore("metrics", ["up"]));
      await page.getByText("Oriel does not answer").waitFor();
      await shoot("server-down-dark-1440");
      await page.unroute(BATCH);
      await page.getByTestId("run").click();
      await page.getByTestId("metrics-chart").waitFor();
    },
  },
  {
    name: "the lines around a line, without losing the query",
    run: async ({ page, shoot }) => {
      const at = Date.now();
      const values = Array.from({ length: 7 }, (_, index) => [`${at - 70_000 + index * 1_000}000000`, `step ${index}`]);
      // A stream of its own, so that an earlier run has left nothing in it.
      const service = `context-${at}`;
      const streams = [{ stream: { service_name: service }, values }];
      assert.equal((await page.request.post("/loki/api/v1/push", { data: { streams } })).status(), 204);
      await page.goto(explore("logs", [`{service_name="${service}"} |= "step 3"`]));
      await page.locator(LINES).first().locator("button").first().click();
      await page.getByTestId("context").first().click();
      const around = page.getByTestId("context-lines");
      await around.getByText("step 2").first().waitFor();
      await around.getByText("step 4").first().waitFor();
      const words = (await around.textContent()).match(/step \d/g);
      assert.deepEqual([...words].sort(), words, "in the order of time");
      assert.ok(page.url().includes("step"), "the query stays");
      await shoot("logs-context-dark-1440");
    },
  },
  {
    name: "a trace as a flame graph",
    run: async ({ page, shoot }) => {
      await page.goto(`/trace/${await anyTrace(page)}`);
      await page.getByTestId("flame-toggle").click();
      const boxes = page.getByTestId("flame").locator("button");
      await boxes.first().waitFor();
      await boxes.first().click();
      await page.waitForURL(/span=/);
      await shoot("trace-flame-dark-1440");
    },
  },
];
