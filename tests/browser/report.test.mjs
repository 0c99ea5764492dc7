// `report.html`: the same numbers as the run's files, by mouse, keyboard and finger; a run in
// progress; without scripts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { apart, end, made, visit } from "./harness.mjs";
import { strange } from "./strange.mjs";

after(end);

const runs = ["dense", "denoise", "vae", "color", strange.run];
const desk = { width: 1200, height: 800 };
const phone = { width: 320, height: 640, dark: true, touch: true };

for (const run of runs) {
  test(`${run}: the report is accessible`, async () => {
    for (const setting of [desk, phone]) {
      await visit(made(`${run}/report.html`), setting, async (page, seen) => {
        await seen.accessible(`${run}, ${setting.width} px`);
      });
    }
  });
}

test("the curves' numbers are those of history.csv, by mouse and by keyboard", async () => {
  const rows = readFileSync(made("dense/history.csv"), "utf8").trim().split("\n").slice(1);
  const history = rows.map((row) => row.split(",").slice(1).map(Number));
  await visit(made("dense/report.html"), desk, async (page) => {
    const chart = page.locator("figure.chart").first();
    const said = async () => {
      const text = await chart.locator("output").textContent();
      return text.match(/\d+(\.\d+)?(e-?\d+)?/g).map(Number);
    };
    const svg = chart.locator("svg.curves");
    await svg.scrollIntoViewIfNeeded();
    const box = await svg.boundingBox();
    const read = new Map();
    for (let x = 1; x < box.width; x += 5) {
      await page.mouse.move(box.x + x, box.y + box.height / 2);
      const [epoch, ...losses] = await said();
      read.set(epoch, losses);
    }
    assert.equal(read.size, 10, "every epoch can be reached");
    const sorted = [...read].sort(([a], [b]) => a - b).map(([, losses]) => losses);
    assert(apart(sorted.flat(), history.flat()) < 1e-4, JSON.stringify([sorted, history]));
    await chart.locator("input").focus();
    await page.keyboard.press("Home");
    assert(apart((await said()).slice(1), history[0]) < 1e-4);
    await page.keyboard.press("ArrowRight");
    assert(apart((await said()).slice(1), history[1]) < 1e-4);
  });
});

test("without scripts the curves and their table are there", async () => {
  await visit(made("dense/report.html"), { ...desk, script: false }, async (page) => {
    assert(await page.locator("figure.chart svg.curves").first().isVisible());
    assert.equal(await page.locator("figure.chart").first().locator("tbody tr").count(), 10);
    const pictures = await page.locator("img").evaluateAll((all) => all.map((one) =>
      [one.naturalWidth, one.alt, one.src.startsWith("data:")]));
    assert(pictures.length >= 3, `${pictures.length} pictures`);
    for (const [width, alt, within] of pictures) assert(width > 0 && alt !== "" && within);
  });
});

test("names that would be markup are text in the report", async () => {
  await visit(made(`${strange.run}/report.html`), desk, async (page) => {
    const text = await page.locator("body").innerText();
    assert(text.includes(strange.classes[0]), "a class's name is shown as it is");
    assert.equal(await page.locator("#markup, img[src='x']").count(), 0);
  });
});

test("the report of a run in progress reads itself again, until the run has ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ae-progress-"));
  const run = join(folder, "run");
  const args = ["denoise", "--limit", "1500", "--epochs", "1000000", "--batch", "50", "--quiet", "--out", run];
  const program = spawn(process.env.AE_PROGRAM, args, { stdio: "inherit" });
  const ended = once(program, "exit");
  try {
    const report = join(run, "report.html");
    for (let i = 0; !existsSync(report); i += 1) {
      assert(i < 1200, "no report within 120 s");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // As one who has asked that it stays as it is.
    await visit(report, { ...desk, hash: "still" }, async (still, asked) => {
      await asked.accessible("in progress");
      assert(!(await still.getByLabel("Read the page again by itself").isChecked()));
      await visit(report, desk, async (page, seen) => {
        const first = await seen.until("it says that it is in progress", () => {
          const shown = document.querySelector("#running")?.checkVisibility();
          return shown && { epochs: document.querySelectorAll("figure.chart tbody tr").length };
        });
        await seen.until("a later state", (n) => document.readyState === "complete"
          && document.querySelectorAll("figure.chart tbody tr").length > n, first.epochs, 120);
        assert(seen.loads() > 1, "the page has been read again");
        assert.equal(asked.loads(), 1, "the other one has not");
        program.kill("SIGINT");
        await ended;
        await seen.until("the last state, without being asked", () => document.readyState === "complete"
          && !document.querySelector("#running"), null, 120);
        // What is left of an interrupted run reads itself no more, with or without scripts: to a
        // browser with scripts, `noscript` holds text.
        assert(await page.locator(".status.stopped").isVisible());
        assert(!(await page.content()).includes('http-equiv="refresh"'));
      });
    });
  } finally {
    program.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  }
});
