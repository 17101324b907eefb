// Holds the size of what the browser must load. The shell is what index.html names itself and what those files import
// at once; everything else must arrive with its route.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const BUDGETS = {
  /** First paint under 500 ms on loopback was measured with 137 kB of script and 28 kB of style. */
  shell: 180 * 1024,
  /** All assets together, so that the binary stays under 60 MB with room to spare. */
  all: 1536 * 1024,
};

const dist = new URL("../dist", import.meta.url).pathname;
const html = readFileSync(join(dist, "index.html"), "utf8");
const packedSize = (path) => statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;

const shell = new Set();
const queue = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((found) => found[1]);
while (queue.length > 0) {
  const name = queue.pop();
  if (name === undefined || shell.has(name)) continue;
  shell.add(name);
  if (!name.endsWith(".js")) continue;
  const text = readFileSync(join(dist, name), "utf8");
  for (const found of text.matchAll(/(?:^|[;\n}])\s*import\s*(?:[^"'()]*?from)?\s*["']\.\/([^"']+)["']/g)) {
    queue.push(`assets/${found[1]}`);
  }
}

const names = readdirSync(join(dist, "assets")).filter((name) => !name.endsWith(".br"));
const total = names.reduce((sum, name) => sum + packedSize(join(dist, "assets", name)), 0);
const shellSize = [...shell].reduce((sum, name) => sum + packedSize(join(dist, name)), 0);

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
for (const name of names.sort()) {
  const mark = shell.has(`assets/${name}`) ? "shell" : "lazy ";
  console.log(`${mark}  ${kb(packedSize(join(dist, "assets", name))).padStart(10)}  ${name}`);
}
console.log(`shell ${kb(shellSize)} of ${kb(BUDGETS.shell)}, all ${kb(total)} of ${kb(BUDGETS.all)}`);
const failed = (shellSize > BUDGETS.shell ? 1 : 0) + (total > BUDGETS.all ? 1 : 0);
console.log(`${2 - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
