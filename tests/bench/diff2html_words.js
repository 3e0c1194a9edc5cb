// Marks the changed words of blocks of lines with diff2html, lines matched by likeness as its page
// does it. Reads one line of JSON, [[removed lines, added lines], ...]; then, for each further
// line, marks them all once and writes how many milliseconds that took.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const { diffHighlight } = require("diff2html/lib/render-utils");
const { newDistanceFn, newMatcherFn } = require("diff2html/lib/rematch");

const match = newMatcherFn(newDistanceFn((line) => line.slice(1)));

function mark(blocks) {
  for (const [removed, added] of blocks) {
    for (const [olds, news] of match(removed, added)) {
      for (let at = 0; at < Math.min(olds.length, news.length); at += 1) {
        diffHighlight(olds[at], news[at], false, {});
      }
    }
  }
}

let blocks = null;
for await (const line of createInterface({ input: process.stdin })) {
  if (blocks === null) {
    blocks = JSON.parse(line).map(([removed, added]) => [
      removed.map((text) => `-${text}`),
      added.map((text) => `+${text}`),
    ]);
  } else {
    const started = process.hrtime.bigint();
    mark(blocks);
    console.log(Number(process.hrtime.bigint() - started) / 1e6);
  }
}
