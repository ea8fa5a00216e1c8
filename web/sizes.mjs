// What a visitor downloads, in kilobytes of gzip: printed, and refused when it is more than was agreed.
import { readFileSync, rmSync, writeFileSync } from "node:fs";

const GATES = { initial: 130, route: 185, chunk: 30, css: 10 };
const dist = new URL("./dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
rmSync(new URL(".vite", dist), { recursive: true }); // for us only: it is not served

const kilobytes = (file) => readFileSync(new URL(`${file}.gz`, dist)).length / 1024;
const sum = (files) => [...files].reduce((total, file) => total + kilobytes(file), 0);

/** Files that are loaded with a module, without those that it loads when it wants to. */
function files(key, found = { js: new Set(), css: new Set() }) {
  const chunk = manifest[key];
  if (found.js.has(chunk.file)) return found;
  found.js.add(chunk.file);
  for (const sheet of chunk.css ?? []) found.css.add(sheet);
  for (const other of chunk.imports ?? []) files(other, found);
  return found;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const initial = files(entry);
const rows = [["initial JavaScript", sum(initial.js), GATES.initial]];
// Pages are what the list of pages names; what opens over a page is a chunk of its own, loaded when it is opened.
const pages = readFileSync(new URL("./src/app/pages.tsx", import.meta.url), "utf8").matchAll(/import\("@\/([^"]+)"\)/g);
const lazy = [...new Set([...pages].map(([, module]) => `src/${module}.tsx`)), "src/features/auth/login.tsx"];
const routes = lazy.map((key) => [key.replace(/^src\//, ""), sum(new Set([...initial.js, ...files(key).js]))]).sort((a, b) => b[1] - a[1]);
rows.push([`largest route: ${routes[0]?.[0]}`, routes[0]?.[1] ?? 0, GATES.route]);
const chunks = [...new Set(Object.values(manifest).map((chunk) => chunk.file))]
  .filter((file) => file.endsWith(".js") && !initial.js.has(file))
  .map((file) => [file.replace("assets/", ""), kilobytes(file)])
  .sort((a, b) => b[1] - a[1]);
rows.push([`largest lazy chunk: ${chunks[0]?.[0]}`, chunks[0]?.[1] ?? 0, GATES.chunk]);
const sheets = new Set(Object.values(manifest).flatMap((chunk) => [...(chunk.css ?? []), ...(chunk.file.endsWith(".css") ? [chunk.file] : [])]));
rows.push(["all CSS", sum(sheets), GATES.css]);

let over = false;
for (const [what, size, gate] of rows) {
  over ||= size > gate;
  console.log(`  ${size.toFixed(1).padStart(6)} KB of ${String(gate).padStart(3)}  ${size > gate ? "OVER " : ""}${what}`);
}
const told = rows.map(([what, size, gate]) => ({ what, kilobytes: Number(size.toFixed(1)), gate }));
writeFileSync(new URL("./sizes.json", import.meta.url), JSON.stringify(told)); // for `make web`, which keeps it
if (process.argv.includes("--all")) for (const [what, size] of [...routes, ...chunks]) console.log(`  ${size.toFixed(1).padStart(6)} KB  ${what}`);
if (over) process.exit(1);
