// Opens reports in headless Chromium: accessibility (axe-core) in light, dark and phone width, no request, nothing
// executed, every link of the page leads somewhere, and the same text without styles. Also makes the screenshots.
//
//   node check.mjs [--shots FOLDER] PAGE.html…
//
// Needs the packages playwright-core and axe-core, and Chromium (CHROMIUM, default /usr/bin/chromium).

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const pages = process.argv.slice(2);
let shots = null;
if (pages[0] === "--shots") {
  shots = resolve(pages[1]);
  pages.splice(0, 2);
  mkdirSync(shots, { recursive: true });
}
const views = [
  { name: "wide", viewport: { width: 1400, height: 1000 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1400, height: 1000 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 375, height: 800 }, colorScheme: "light" },
];
const problems = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const folded = (text) => text.replace(/\s+/g, " ").trim();

for (const file of pages) {
  const url = pathToFileURL(resolve(file)).href;
  const label = `${basename(dirname(dirname(resolve(file))))}/${basename(file)}`;
  const report = (text) => problems.push(`${label}: ${text}`);
  for (const { name, ...view } of views) {
    // The policy of the page forbids scripts, the checker's too: it is let in by the browser, not by the page.
    const context = await browser.newContext({ ...view, bypassCSP: true });
    const page = await context.newPage();
    page.on("request", (request) => request.url() !== url && report(`${name}: requests ${request.url()}`));
    page.on("dialog", (dialog) => { report(`${name}: a dialog opened`); dialog.dismiss(); });
    await page.goto(url);
    if (name === "phone") {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1);
      if (wide) report("phone: the page scrolls sideways");
    }
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }));
    for (const { id, help, nodes } of violations) {
      report(`${name}: axe ${id}: ${help} (${nodes.length}×, first ${nodes[0].html.slice(0, 120)})`);
    }
    if (shots) await page.screenshot({ path: join(shots, `${basename(dirname(dirname(resolve(file))))}-${name}.png`) });
    await context.close();
  }

  const context = await browser.newContext();
  const page = await context.newPage();
  const title = await page.goto(url).then(() => page.title());
  if (/XSS/.test(title)) report("a script of an artifact ran");
  const broken = await page.evaluate(() => [...document.querySelectorAll("a[href^='#']")]
    .map((a) => a.getAttribute("href").slice(1)).filter((id) => !document.getElementById(id)));
  for (const id of new Set(broken)) report(`nothing has the id ${id}`);
  const scripts = await page.evaluate(() => document.querySelectorAll("script, iframe, object, embed, img").length);
  if (scripts > 0) report(`${scripts} elements that could load or run something`);
  const styled = folded(await page.evaluate(() => document.body.innerText));
  await page.evaluate(() => document.querySelectorAll("style").forEach((style) => style.remove()));
  const visible = folded(await page.evaluate(() => document.body.innerText));
  const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const shown = new Set(words(visible));
  const lost = words(styled).filter((word) => !shown.has(word));
  if (lost.length > 0) report(`without styles these words are not shown: ${[...new Set(lost)].slice(0, 8).join(", ")}`);
  if (shots) {
    await page.goto(url);
    await page.pdf({ path: join(shots, `${basename(dirname(dirname(resolve(file))))}-print.pdf`), format: "A4" });
  }
  await context.close();
}
await browser.close();
for (const problem of problems) console.log(problem);
console.log(`${pages.length} pages looked at, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
