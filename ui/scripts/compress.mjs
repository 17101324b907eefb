// Writes a brotli copy (quality 11) beside each built asset, so that the server never compresses at run time.
// index.html stays plain too: the server may rewrite its <base href>.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

/** Below this the header of a compressed answer costs more than it saves. */
const SMALLEST_BYTES = 256;
const KINDS = /\.(js|css|html|svg|json|txt|woff2?)$/;

function filesUnder(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

const dist = new URL("../dist", import.meta.url).pathname;
let plain = 0;
let packed = 0;
for (const path of filesUnder(dist)) {
  if (!KINDS.test(path)) continue;
  const bytes = readFileSync(path);
  if (bytes.length < SMALLEST_BYTES) continue;
  const small = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(`${path}.br`, small);
  plain += bytes.length;
  packed += small.length;
}
console.log(`brotli: ${(plain / 1024).toFixed(0)} kB -> ${(packed / 1024).toFixed(0)} kB`);
