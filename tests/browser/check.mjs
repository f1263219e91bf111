// Opens reports in headless Chromium: accessibility (axe-core) in light and dark, on a wide screen, a phone and at the
// narrowest width that WCAG asks for; no request, nothing executed, every link of the page leads somewhere, and the
// same text without styles. Prints them: each page says the verdict, the commit and the digest, and folded text is there.
//
//   node check.mjs PAGE.html…
//
// Needs pdftotext (poppler-utils) beside what browser.mjs says.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { address, label, launch, patience, phone, require, wide } from "./browser.mjs";

const axe = require.resolve("axe-core/axe.min.js");
const views = [
  { name: "wide", viewport: wide, colorScheme: "light" },
  { name: "dark", viewport: wide, colorScheme: "dark" },
  { name: "phone", viewport: phone, colorScheme: "light" },
  { name: "dark phone", viewport: phone, colorScheme: "dark" },
  { name: "320 px", viewport: { width: 320, height: 640 }, colorScheme: "light" },
];
const pages = process.argv.slice(2);
const problems = [];
const browser = await launch();
const folded = (text) => text.replace(/\s+/g, " ").trim();
const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Accessibility in one view, requests, dialogs, and scrolling sideways. */
async function looks(file, { name, ...view }, report) {
  const url = address(file);
  // The policy of the page forbids scripts, the checker's too: it is let in by the browser, not by the page.
  const context = await browser.newContext({ ...view, bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on("request", (request) => request.url() !== url && report(`${name}: requests ${request.url()}`));
  page.on("dialog", (dialog) => { report(`${name}: a dialog opened`); dialog.dismiss(); });
  await page.goto(url);
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (excess > 1) report(`${name}: the page scrolls sideways by ${excess} px`);
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  for (const { id, help, nodes } of violations) {
    report(`${name}: axe ${id}: ${help} (${nodes.length}×, first ${nodes[0].html.slice(0, 120)})`);
  }
  await context.close();
}

/** Links, what could run, and the text without styles. */
async function content(file, report) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(patience);
  page.on("console", (message) => /Content Security Policy/.test(message.text()) && report(`the policy of the page stopped something: ${message.text()}`));
  await page.goto(address(file));
  if (/XSS/.test((await page.title()).replace(/<script>.*$/, ""))) report("a script of an artifact ran");
  const broken = await page.evaluate(() => [...document.querySelectorAll("a[href^='#']")]
    .map((a) => a.getAttribute("href").slice(1)).filter((id) => !document.getElementById(id)));
  for (const id of new Set(broken)) report(`nothing has the id ${id}`);
  const foreign = await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"))
    .filter((href) => !/^(#|https?:)/.test(href)));
  for (const href of foreign) report(`a link leads to ${href}`);
  const loads = await page.evaluate(() => document.querySelectorAll("script, iframe, object, embed, img, form, input, base").length);
  if (loads > 0) report(`${loads} elements that could load or run something`);
  const handlers = await page.evaluate(() => [...document.querySelectorAll("*")]
    .flatMap((element) => element.getAttributeNames()).filter((name) => /^(on|style$|src)/.test(name)));
  if (handlers.length > 0) report(`attributes that could run or load something: ${[...new Set(handlers)]}`);
  const figures = await page.evaluate(() => [...document.querySelectorAll("figure")]
    .filter((figure) => !figure.querySelector("svg[role=img] > title")?.textContent || !figure.querySelector("figcaption")?.textContent).length);
  if (figures > 0) report(`${figures} figures without a title or a caption`);
  const styled = folded(await page.evaluate(() => document.body.innerText));
  await page.evaluate(() => document.querySelectorAll("style").forEach((style) => style.remove()));
  const shown = new Set(words(folded(await page.evaluate(() => document.body.innerText))));
  const lost = words(styled).filter((word) => !shown.has(word));
  if (lost.length > 0) report(`without styles these words are not shown: ${[...new Set(lost)].slice(0, 8).join(", ")}`);
  await page.context().close();
}

/** The printed pages. */
async function print(file, report) {
  const folder = mkdtempSync(join(tmpdir(), "signoff-print-"));
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(patience);
  await page.goto(address(file));
  const folds = await page.evaluate(() => [...document.querySelectorAll("details:not([open])")]
    .map((details) => details.textContent.trim().slice(-300)));
  const verdict = await page.evaluate(() => document.querySelector(".banner strong").textContent.match(/[A-Z]{6,}/)[0]);
  const digest = await page.evaluate(() => document.querySelector(".record code").textContent);
  const source = readFileSync(file, "utf8");
  const commit = source.match(/@top-right\{content:"(commit[^"]*)"/)?.[1] ?? "commit";
  const heads = await page.evaluate(() => [...document.querySelectorAll("table")].filter((table) => table.rows.length > 80)
    .map((table) => [...table.rows[0].cells].map((cell) => cell.textContent).join(" ")));
  const pdf = join(folder, "report.pdf");
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  await page.context().close();
  const text = execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8", maxBuffer: 1 << 28 });
  rmSync(folder, { recursive: true });
  const sheets = text.split("\f").slice(0, -1);
  for (const [index, sheet] of sheets.entries()) {
    const lines = sheet.split("\n").map(folded).filter(Boolean);
    const head = lines.slice(0, 2).join(" ");
    const foot = lines.slice(-2).join(" ");
    if (!head.includes(verdict) || !head.includes(commit)) report(`print: page ${index + 1} starts with "${head}"`);
    if (!foot.includes(digest) || !foot.includes(`${index + 1} of ${sheets.length}`)) report(`print: page ${index + 1} ends with "${foot}"`);
  }
  const printed = new Set(words(text));
  const lost = folds.flatMap(words).filter((word) => word.length < 12 && !printed.has(word));
  // A word may be divided at the end of a line; a fold that is not printed loses most of its words.
  if (lost.length > folds.flatMap(words).length / 10) report(`print: folded text is not there: ${lost.slice(0, 8).join(", ")}`);
  for (const head of heads) {
    const times = sheets.filter((sheet) => folded(sheet).includes(folded(head))).length;
    if (times < 2) report(`print: the head of a long table is on ${times} page: ${head}`);
  }
  return sheets.length;
}

for (const file of pages) {
  const report = (text) => problems.push(`${label(file)}: ${text}`);
  for (const view of views) await looks(file, view, report);
  await content(file, report);
  const sheets = await print(file, report);
  console.log(`${label(file)}: ${sheets} pages of print`);
  const most = /ac-6-staging|blocked|minimal/.test(label(file)) ? 16 : 80;
  if (sheets > most) report(`print: ${sheets} pages, more than ${most}`);
}
await browser.close();
for (const problem of problems) console.log(problem);
console.log(`${pages.length} pages looked at, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
