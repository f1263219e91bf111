// What the programs of this folder share: headless Chromium, and the names of pages.
//
// They need the packages playwright-core and axe-core in the current folder, and Chromium (CHROMIUM, by default
// /usr/bin/chromium).

import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

export const require = createRequire(join(process.cwd(), "package.json"));

export const launch = () => require("playwright-core").chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

export const address = (file) => pathToFileURL(resolve(file)).href;

/** `ac-6-staging` of `samples/ac-6-staging/expected/report.html`, `hostile` of `target/hostile/report.html`. */
export const label = (file) => {
  const folder = dirname(resolve(file));
  return basename(["expected", "out"].includes(basename(folder)) ? dirname(folder) : folder);
};

/** Milliseconds that a step may take on a busy machine. */
export const patience = 180_000;

export const wide = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };
