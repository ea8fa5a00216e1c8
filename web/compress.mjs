// Compresses what the build left, once and as well as can be, so that no request has to wait for it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_IT = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest"]);
const folder = new URL("./dist", import.meta.url).pathname;

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !WORTH_IT.has(extname(entry.name))) continue;
  const path = join(entry.parentPath, entry.name);
  const plain = readFileSync(path);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } };
  writeFileSync(`${path}.br`, brotliCompressSync(plain, options));
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
