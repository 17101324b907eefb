// One picture of one page: BASE_URL=... node e2e/shot.mjs /explore?q=up out.png [dark|light] [1440x900] [clicks...]
import { launch } from "./browser.mjs";

const [path = "/", out = "shot.png", scheme = "dark", size = "1440x900", ...actions] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
const browser = await launch();
const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme === "light" ? "light" : "dark" });
page.on("console", (message) => {
  if (message.type() === "error") console.error("console:", message.text());
});
page.on("pageerror", (error) => console.error("page:", error.message));
await page.goto(new URL(path, process.env.BASE_URL ?? "http://127.0.0.1:3999").href);
await page.waitForTimeout(Number(process.env.WAIT ?? 1200));
for (const action of actions) {
  if (action.startsWith("key:")) await page.keyboard.press(action.slice(4));
  else if (action.startsWith("type:")) await page.keyboard.type(action.slice(5));
  else if (action.startsWith("hover:")) {
    const [x, y] = action.slice(6).split(",").map(Number);
    await page.mouse.move(x - 3, y);
    await page.mouse.move(x, y);
  } else await page.click(action);
  await page.waitForTimeout(500);
}
await page.screenshot({ path: out });
await browser.close();
