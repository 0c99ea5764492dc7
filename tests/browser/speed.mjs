// How fast the pages are, beside the goals: tests/browser/run.sh speed.mjs. Nothing is checked, since
// machines differ.
import { after, test } from "node:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, ready } from "./harness.mjs";

after(end);
const print = (what, value, goal) => console.log(`${what.padEnd(44)} ${value.padStart(12)}  (${goal})`);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** The median of the milliseconds that a function of the engine takes for one image. */
async function milliseconds(page, what) {
  return median(await page.evaluate((name) => {
    const { model, bundle } = globalThis.app;
    const input = name === "decode" ? new Float32Array(model.codeLength).fill(1) : bundle.test.images(0);
    // The browser's clock counts in tenths of a millisecond.
    const calls = 20;
    return Array.from({ length: 50 }, () => {
      const began = performance.now();
      for (let i = 0; i < calls; i += 1) model[name](input);
      return (performance.now() - began) / calls;
    });
  }, what));
}

test("speed", async () => {
  const starts = [];
  for (let i = 0; i < 5; i += 1) {
    await ready("dense-page", {}, async (page) => {
      starts.push(await page.evaluate(() => performance.getEntriesByName("ae-ready")[0].startTime));
    });
  }
  print("start to the first picture, median of 5", `${median(starts).toFixed(0)} ms`, "goal: 300 ms");
  await ready("dense-page", {}, async (page) => {
    const decode = await milliseconds(page, "decode");
    print("decode one code", `${decode.toFixed(3)} ms`, "goal: 1 ms");
    const rate = await page.evaluate(() => {
      const { engine, bundle } = globalThis.app;
      // As many as the program has below: it validates after each epoch, in the same time.
      const [count, tests] = [2000, 892];
      const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 2654435761) >>> 24);
      const { latent, optimizer, rate, seed } = bundle.training;
      const own = { latent, optimizer, rate, seed, batch: 128, epochs: 6 };
      const options = { model: "notebook-dense", ...bundle.image, ...own };
      const trainer = engine.trainer(options, pixels, count, pixels.subarray(0, tests * 784), tests);
      trainer.step(16);
      const began = performance.now();
      trainer.step(80);
      const seconds = (performance.now() - began) / 1000;
      trainer.free();
      return (5 * count) / seconds;
    });
    const folder = mkdtempSync(join(tmpdir(), "ae-speed-"));
    const args = ["--limit", "2000", "--epochs", "20", "--batch", "128", "--threads", "1", "--quiet"];
    execFileSync(process.env.AE_PROGRAM, ["dense", ...args, "--out", join(folder, "run")]);
    const times = readFileSync(join(folder, "run/times.toml"), "utf8");
    rmSync(folder, { recursive: true });
    const native = Number(times.match(/images_per_second = ([\d.]+)/)?.[1]);
    print("training in the page", `${rate.toFixed(0)} /s`, "images");
    print("training by the program, one thread", `${native.toFixed(0)} /s`, "images");
    print("the page's share", (rate / native).toFixed(2), "goal: 0.25");
  });
  await ready("denoise-page", {}, async (page) => {
    const denoise = await milliseconds(page, "predict");
    print("denoise one image", `${denoise.toFixed(2)} ms`, "goal: 2 ms");
  });
});
