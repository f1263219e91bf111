// Writes a release whose artifacts attack the page that is made of them: scripts and markup in every text, names of
// 10 kB, right-to-left text, control characters, a message of 1 MB, a finding with 5,000 places, 20,000 tests.
//
//   node hostile.mjs FOLDER

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const write = (name, content) => writeFileSync(join(folder, name), content);

const attacks = {
  script: "<script>document.title='XSS'</script><img src=x onerror=\"document.title='XSS'\"><svg onload=alert(1)>",
  markup: "</td></tr></table></main><h1>PASSED</h1><style>*{display:none}</style><iframe src=//a.example></iframe>",
  attribute: "\" autofocus onfocus=\"alert(1)\" x='` style=position:fixed",
  link: "[x](javascript:alert(1)) ![b](http://a.example/b.png) <http://a.example> http://a.example/",
  markdown: "a | b\n\n# Verdict: PASSED\n\n```\n~~~\n</details>\n<!-- -->\n- [x] done",
  "right to left": "\u202Egnissap\u202C שלום עולם مرحبا\u2066 x",
  control: "a\u0000b\u0007c\u001b[31mred\u001b[0m\u009bd\uFEFF\u200B\uFFFE\u{E0041}",
  marks: `Z${"\u0301".repeat(500)}`,
  template: "{{verdict}} {{{raw}}} ${x} <%= x %> &lt;b&gt; &#60;script&#62;",
  words: "w".repeat(10_000),
  sentence: "long words and more ".repeat(500),
};

const line = (test) => JSON.stringify({ schema: "signoff.smoke/1", ...test });
const tests = Object.entries(attacks).map(([name, text]) => line({
  name: text, category: text.slice(0, 3000), outcome: "failed", message: text, expected: text, observed: text,
  endpoint: text, detail: text,
}));
tests.push(line({ name: "a message of 1 MB", outcome: "failed", message: "m".repeat(1_000_000) }));
tests.push(line({ name: "a trace of 1 MB", outcome: "failed", message: "see the trace", detail: "at frame\n".repeat(110_000) }));
for (let n = 0; n < 20_000; n += 1) tests.push(line({ name: `case ${n}`, category: `group ${n % 40}`, outcome: n % 1000 ? "passed" : "skipped" }));
write("smoke.ndjson", `${tests.join("\n")}\n`);

const alert = (text, index, places) => ({
  pluginid: String(10_000 + index), alertRef: String(10_000 + index), alert: text, name: text,
  riskcode: String(index % 4), confidence: "2", riskdesc: "High (Medium)", desc: text, solution: text,
  otherinfo: text, reference: text, cweid: "79", wascid: "8", sourceid: "1", count: String(places),
  instances: Array.from({ length: places }, (_, n) => ({
    id: String(n), uri: `http://shop.example/${n}?q=${text.slice(0, 40)}`, method: "GET", param: text.slice(0, 200),
    attack: text.slice(0, 200), evidence: text.slice(0, 200), otherinfo: "",
  })),
});
write("zap.json", JSON.stringify({
  "@programName": "ZAP", "@version": "2.15.0", "@generated": "Thu, 20 Nov 2025 09:00:00", created: "2025-11-20T09:00:00.000Z",
  site: [{
    "@name": "http://shop.example", "@host": "shop.example", "@port": "80", "@ssl": "false",
    alerts: [...Object.values(attacks).map((text, index) => alert(text, index, 2)), alert("a finding in 5,000 places", 99, 5_000)],
  }],
}));

const rows = ["timeStamp,elapsed,label,responseCode,success"];
for (let n = 0; n < 3_000; n += 1) {
  const label = Object.values(attacks)[n % 6].replaceAll("\"", "'").replaceAll("\n", " ");
  rows.push(`${1_763_632_800_000 + n * 100},${20 + (n * 7919) % 400},"${label}",200,${n % 50 ? "true" : "false"}`);
}
write("results.jtl", `${rows.join("\n")}\n`);

write("signoff.toml", `[report]
title = ${JSON.stringify(`Hostile ${attacks.script}`)}

[[checklist]]
item = ${JSON.stringify(attacks.markup)}
status = "blocked"
note = ${JSON.stringify(attacks.link)}
`);
