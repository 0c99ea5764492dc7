// The tests of the pages find nothing if they cannot find it: a page with each fault is found out.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apart, end, open, visit } from "./harness.mjs";

const folder = mkdtempSync(join(tmpdir(), "ae-browser-"));
after(async () => {
  await end();
  rmSync(folder, { recursive: true });
});

/** A page of one file with this body, and a policy that allows inline scripts only. */
function page(name, body) {
  const file = join(folder, `${name}.html`);
  const policy = `<meta http-equiv="Content-Security-Policy"
    content="default-src 'none'; script-src 'unsafe-inline'">`;
  writeFileSync(file, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">${policy}
    <title>A page</title></head><body><main><h1>A page</h1>${body}</main></body></html>`);
  return file;
}

test("a sound page passes", async () => {
  const file = page("sound", "<p>Text.</p><script>document.title += '!'</script>");
  await visit(file, {}, async (there, seen) => {
    assert.equal(await there.title(), "A page!");
    await seen.accessible("a sound page");
    assert.equal(seen.loads(), 1);
  });
});

const faults = {
  "an error on the console": ["<script>console.error('ouch')</script>", /ouch/],
  "an exception": ["<script>setTimeout(() => nothing.there, 1)</script>", /nothing is not defined/],
  "a rejected promise": ["<script>Promise.reject(new Error('late'))</script>", /late/],
  "a violation of the policy": ["<p style='color: red'>red</p>", /policy: style-src/],
  "a picture from outside": ["<img alt='' src='https://example.org/a.png'>", /a request|policy/],
  "a file beside the page": ["<img alt='' src='a.png'>", /a request|policy/],
  "a dialog": ["<script>setTimeout(() => alert(1), 1)</script>", /a dialog: 1/],
};
for (const [what, [body, message]] of Object.entries(faults)) {
  test(`${what} is found`, async () => {
    // As long as the browser needs to report it: a busy machine takes its time.
    const wait = async (there, { problems }) => {
      for (let turn = 0; turn < 500 && !problems.some((one) => message.test(one)); turn += 1) {
        await there.waitForTimeout(20);
      }
    };
    await assert.rejects(visit(page("fault", body), {}, wait), message);
  });
}

test("a picture without a text, and a page that is too wide, are found", async () => {
  const picture = "<svg role='img' width='9' height='9'></svg>";
  for (const [body, message] of [
    [picture, /svg-img-alt/],
    ["<canvas width='900'></canvas>", /px wider/],
  ]) {
    const there = await open(page("inaccessible", body), { width: 320 });
    await assert.rejects(there.accessible("here"), message);
    await there.leave();
  }
});

test("lists of numbers are compared", () => {
  assert.equal(apart([1, 2], [1, 2.5]), 0.5);
  assert.throws(() => apart([1], [1, 2]), /lengths/);
  assert.throws(() => apart([NaN, 1], [1, 1]), /NaN/);
});
