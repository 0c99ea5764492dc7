// The panel "Train": a model learns in the page as it does in the program.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readFileSync } from "node:fs";
import { apart, end, made, picture, ready } from "./harness.mjs";

after(end);

const there = { hash: "panel=train" };

/** Waits until the training has ended, and returns the table of its losses. */
async function ended(page, seen) {
  await seen.until("the end of the training", () => {
    const { disabled } = document.getElementById("train-run");
    return disabled && document.querySelectorAll("#panel-train table tbody tr").length > 0;
  }, null, 60);
  return page.locator("#panel-train table tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.cells].map((cell) => Number(cell.textContent))));
}

test("ten epochs by the button end with the losses of `ae-app dense`", async () => {
  const rows = readFileSync(made("dense/history.csv"), "utf8").trim().split("\n").slice(1);
  const native = rows.map((row) => row.split(",").slice(1).map(Number));
  await ready("dense-page", there, async (page, seen) => {
    const gallery = "#panel-train .gallery .column canvas:nth-child(2)";
    await seen.until("a model", () => !document.getElementById("train-run").disabled);
    const before = await picture(page, gallery);
    await page.locator("#train-run").click();
    const table = await ended(page, seen);
    assert.deepEqual(table.map(([epoch]) => epoch), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert(apart(table.flatMap(([, ...losses]) => losses), native.flat()) < 1e-4, JSON.stringify(table));
    assert(apart(await picture(page, gallery), before) > 20, "the gallery shows what was learned");
    // The command that is shown is the one that does the same in the program.
    const command = await page.locator("#train-command").textContent();
    for (const part of ["--limit 300", "--epochs 10", "--batch 30", "--seed 1"]) {
      assert(command.includes(part), `${part} in ${command}`);
    }
  });
});

test("batch by batch, epoch by epoch, paused and reset", async () => {
  await ready("plain-page", there, async (page, seen) => {
    const running = () => document.getElementById("train-one").disabled;
    const steps = () => page.locator("#panel-train table tbody tr").count();
    await page.locator("#train-epochs").fill("2000");
    await page.locator("#train-epochs").press("Tab");
    await seen.until("a model", () => !document.getElementById("train-run").disabled);
    await page.locator("#train-one").click();
    await seen.until("one batch", () => !document.getElementById("train-reset").disabled);
    assert.equal(await steps(), 0);
    await page.locator("#train-epoch").click();
    await seen.until("one epoch", () => document.querySelector("#panel-train table tbody tr"));
    assert.equal(await steps(), 1);
    await page.locator("#train-run").click();
    await seen.until("it runs", running);
    await seen.until("epochs", () => document.querySelectorAll("#panel-train tbody tr").length > 3);
    await page.locator("#train-run").click();
    await seen.until("paused", () => !document.getElementById("train-one").disabled);
    const paused = await steps();
    await page.waitForTimeout(300);
    assert.equal(await steps(), paused, "nothing happens in a pause");
    await page.locator("#train-reset").click();
    await seen.until("from nothing", () => document.getElementById("train-reset").disabled);
    assert.equal(await steps(), 0);
  });
});

test("the page answers while it trains, in a worker", async () => {
  await ready("plain-page", there, async (page, seen) => {
    const steps = () => page.locator("#panel-train table tbody tr").count();
    await page.locator("#train-epochs").fill("10000");
    await page.locator("#train-epochs").press("Tab");
    await seen.until("a model", () => !document.getElementById("train-run").disabled);
    assert.equal(page.workers().length, 1);
    await page.locator("#train-run").click();
    await seen.until("epochs", () => document.querySelectorAll("#panel-train tbody tr").length > 1);
    const before = await steps();
    await page.getByRole("tab").first().click();
    assert.equal(await page.getByRole("tab").first().getAttribute("aria-selected"), "true");
    // It goes on behind another panel, and the table has what happened there.
    await page.locator("#tab-train").click();
    await seen.until("more epochs", (n) => document.querySelectorAll("#panel-train tbody tr").length > n, before);
    assert(await page.locator("#train-one").isDisabled(), "it still trains");
  });
});

test("a model trained in the page is used by the other panels", async () => {
  await ready("plain-page", there, async (page, seen) => {
    assert.equal(await page.evaluate(() => globalThis.app.model), null);
    await page.locator("#train-epochs").fill("3");
    await page.locator("#train-epochs").press("Tab");
    await seen.until("a model", () => !document.getElementById("train-run").disabled);
    await page.locator("#train-run").click();
    await ended(page, seen);
    await page.locator("#train-use").click();
    await seen.until("the model", () => globalThis.app.model !== null);
    // The way there and back leaves the settings, and so the training, as they are.
    await page.getByRole("link", { name: "See its latent space" }).click();
    await page.locator("#tab-train").click();
    assert.equal(await page.locator("#train-epochs").inputValue(), "3");
    assert.equal(await page.locator("#panel-train tbody tr").count(), 3);
    for (const id of ["latent", "draw"]) {
      await page.locator(`#tab-${id}`).click();
      const image = await picture(page, `#panel-${id} canvas.picture`);
      assert(image.some((value) => value > 20), `${id}: an image`);
      await seen.accessible(`${id}, with a model of the page`);
    }
  });
});

test("a rate that is too large is said in words", async () => {
  for (const [lang, words] of [["en-US", /too large|smaller/], ["fr-FR", /trop grand|plus petit/]]) {
    const hash = "panel=train&t.optimizer=rmsprop&t.rate=1000&t.batch=1&t.limit=40";
    await ready("plain-page", { hash, lang }, async (page, seen) => {
      await seen.until("a model", () => !document.getElementById("train-run").disabled);
      await page.locator("#train-run").click();
      await seen.until("the end", () => document.getElementById("train-run").disabled, null, 60);
      assert.match(await page.locator("#train-state").textContent(), words);
      // And one can begin again.
      await page.locator("#train-reset").click();
      await seen.until("a model", () => !document.getElementById("train-run").disabled);
    });
  }
});
