// Takes the pictures of the samples: the first screen on a wide screen, in the dark and on a phone, the whole page in
// pieces, and the printed pages.
//
//   node shots.mjs FOLDER [PAGE.html…]
//
// Needs pdftoppm (poppler-utils) beside what browser.mjs says.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { address, label, launch, phone, wide } from "./browser.mjs";

const [folder, ...given] = process.argv.slice(2);
const samples = join(dirname(fileURLToPath(import.meta.url)), "../../samples");
const pages = given.length > 0 ? given : readdirSync(samples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory()).map((entry) => join(samples, entry.name, "expected/report.html"));
const views = [
  { name: "wide", viewport: wide, colorScheme: "light", piece: 2200 },
  { name: "dark", viewport: wide, colorScheme: "dark", piece: 2200 },
  { name: "phone", viewport: phone, colorScheme: "light", piece: 3000 },
];
mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const file of pages) {
  const name = join(folder, label(file));
  for (const { name: view, piece, ...options } of views) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(address(file));
    await page.screenshot({ path: `${name}-${view}.png` });
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let top = 0, number = 1; top < height; top += piece, number += 1) {
      const clip = { x: 0, y: top, width: options.viewport.width, height: Math.min(piece, height - top) };
      await page.screenshot({ path: `${name}-${view}-${String(number).padStart(2, "0")}.png`, fullPage: true, clip });
    }
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
