// What Lighthouse says of the pages of a running Daybook: `node lighthouse.mjs '{"url", "chromium", "runs", "people"}'`.
// People sign in once, in a profile of their own; of several runs of a page the median counts. JSON on stdout.
import lighthouse from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";
import puppeteer from "puppeteer-core";

const { url, chromium, runs, people } = JSON.parse(process.argv[2]);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
// Lighthouse waits until nothing is under way any more, and the stream of events always is: 45 seconds unless told.
const LOADED = 12_000;
const CATEGORIES = ["performance", "accessibility", "best-practices"];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function signIn(browser, who) {
  const page = await browser.newPage();
  await page.goto(`${url}/login`);
  const refused = await page.evaluate(async ({ email, password }) => {
    const answer = await fetch("/api/v1/auth/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    if (!answer.ok) return answer.status;
    const { expiresIn, ...rest } = await answer.json();
    localStorage.setItem("daybook.session", JSON.stringify({ ...rest, expiresAt: Date.now() + expiresIn * 1000 }));
    return null;
  }, who);
  if (refused !== null) throw new Error(`${who.email} could not sign in: ${refused}`);
  await page.close();
}

/** Now and then Lighthouse loses the beginning of a page's trace, says so, and asks to be run again. */
const TRIES = 3;

async function look(browser, path, config, left = TRIES) {
  const page = await browser.newPage();
  const flags = { disableStorageReset: true, maxWaitForLoad: LOADED, logLevel: "error", onlyCategories: CATEGORIES };
  const { lhr } = await lighthouse(`${url}${path}`, flags, config, page);
  await page.close();
  if (lhr.runtimeError) {
    if (left > 1) return look(browser, path, config, left - 1);
    throw new Error(`${path}: ${lhr.runtimeError.message}`);
  }
  const failed = Object.values(lhr.audits).filter(
    (audit) => audit.score !== null && audit.score < 1 && CATEGORIES.slice(1).some((name) => lhr.categories[name].auditRefs.some((ref) => ref.id === audit.id && ref.weight > 0)),
  );
  return {
    ...Object.fromEntries(CATEGORIES.map((name) => [name, Math.round((lhr.categories[name].score ?? 0) * 100)])),
    lcp: lhr.audits["largest-contentful-paint"].numericValue,
    tbt: lhr.audits["total-blocking-time"].numericValue,
    cls: lhr.audits["cumulative-layout-shift"].numericValue,
    failed: failed.map((audit) => audit.id),
    at: new URL(lhr.finalDisplayedUrl).pathname,
  };
}

const found = [];
for (const { who, pages } of people) {
  const browser = await puppeteer.launch({ executablePath: chromium, args: FLAGS });
  try {
    if (who !== null) await signIn(browser, who);
    for (const path of pages) {
      for (const [form, config] of [["mobile", undefined], ["desktop", desktop]]) {
        const seen = [];
        while (seen.length < runs) seen.push(await look(browser, path, config));
        const figures = Object.keys(seen[0]).filter((name) => typeof seen[0][name] === "number");
        found.push({
          page: path,
          form,
          ...Object.fromEntries(figures.map((name) => [name, median(seen.map((each) => each[name]))])),
          failed: [...new Set(seen.flatMap((each) => each.failed))],
          at: seen[0].at,
        });
        console.error(`${path} ${form} ${JSON.stringify(found.at(-1))}`);
      }
    }
  } finally {
    await browser.close();
  }
}
console.log(JSON.stringify(found));
