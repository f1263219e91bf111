// Takes the pictures of the samples: the first screen and the whole page on a wide screen, in the dark and on a phone,
// and the printed pages.
//
//   node shots.mjs FOLDER [PAGE.html…]
//
// Needs pdftoppm (poppler-utils) beside what browser.mjs says.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { address, label, launch, patience, phone, wide } from "./browser.mjs";

const [folder, ...given] = process.argv.slice(2);
const samples = join(dirname(fileURLToPath(import.meta.url)), "../../samples");
const pages = given.length > 0 ? given : readdirSync(samples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory()).map((entry) => join(samples, entry.name, "expected/report.html"));
const views = [
  { name: "wide", viewport: wide, colorScheme: "light" },
  { name: "dark", viewport: wide, colorScheme: "dark" },
  { name: "phone", viewport: phone, colorScheme: "light" },
];
mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const file of pages) {
  const name = join(folder, label(file));
  for (const { name: view, ...options } of views) {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(patience);
    await page.goto(address(file));
    await page.screenshot({ path: `${name}-${view}.png` });
    await page.screenshot({ path: `${name}-${view}-whole.png`, fullPage: true });
    await page.context().close();
  }
  const page = await (await browser.newContext()).newPage();
  await page.goto(address(file));
  await page.pdf({ path: `${name}.pdf`, preferCSSPageSize: true });
  await page.context().close();
  execFileSync("pdftoppm", ["-r", "70", "-png", `${name}.pdf`, `${name}-print`]);
  rmSync(`${name}.pdf`);
}
await browser.close();
