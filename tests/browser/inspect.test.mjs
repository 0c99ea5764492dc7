// The panel "Look inside", and the lessons that lead through all panels.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { end, picture, ready } from "./harness.mjs";

after(end);

/** The numbers in a text of the page, which may write a minus sign as printers do. */
const numbers = (text) => text.replaceAll("\u2212", "-").match(/-?\d+(\.\d+)?(e-?\d+)?/g).map(Number);
const close = (a, b) => Math.abs(a - b) <= 0.006 * Math.max(1, Math.abs(b));

/** What stands below the products of a filter or unit: the sum, and the answer. */
const readings = (page) => page.locator("#panel-inspect .reading").allTextContents();

test("a filter's sum of products and its answer are the engine's", async () => {
  await ready("denoise-page", { hash: "panel=inspect&image=2" }, async (page) => {
    const answerAt = (filter, y, x) => page.evaluate(async ([filter, y, x]) => {
      const { model, engine, bundle, state } = globalThis.app;
      const level = state.number("noise", 0, 1, bundle.run.noise);
      const input = engine.noise(bundle.test.images(2), 1, level, 2);
      const layer = model.layers.findIndex(({ kernel }) => kernel);
      const { shape, values } = model.activations(input, layer);
      return values[(y * shape[1] + x) * shape[2] + filter];
    }, [filter, y, x]);
    const filters = page.getByRole("radio").and(page.locator("#panel-inspect [aria-label*='ilter']"));
    assert.equal(await filters.count(), 32);
    await filters.nth(4).click();
    const place = page.locator("#panel-inspect canvas.framed").first();
    const { width, height } = await place.boundingBox();
    await place.click({ position: { x: (13.5 / 28) * width, y: (10.5 / 28) * height } });
    const cells = await page.locator("#panel-inspect table.cells td").allTextContents();
    assert.equal(cells.length, 27, "patch, kernel and product of 3 x 3");
    const [patch, kernel, product] = [0, 9, 18].map((at) => cells.slice(at, at + 9).map((text) => numbers(text)[0]));
    for (let i = 0; i < 9; i += 1) assert(Math.abs(product[i] - patch[i] * kernel[i]) < 0.02, `${cells}`);
    let [sum, result] = await readings(page);
    const [products, bias, z] = numbers(sum);
    assert(close(products + bias, z), sum);
    assert(numbers(result).some((one) => one === 11) && numbers(result).some((one) => one === 14), result);
    const answer = await answerAt(4, 10, 13);
    assert(numbers(result).some((one) => close(one, answer)), `${answer}: ${result}`);
    // The keyboard moves the place.
    await place.focus();
    await page.keyboard.press("ArrowDown");
    [sum, result] = await readings(page);
    const below = await answerAt(4, 11, 13);
    assert(numbers(result).some((one) => close(one, below)), `${below}: ${result}`);
  });
});

test("the feature maps follow the layer", async () => {
  await ready("denoise-page", { hash: "panel=inspect" }, async (page) => {
    const card = page.locator("#panel-inspect .card", { has: page.getByRole("heading", { name: /layer answers|maps/i }) });
    const select = card.getByRole("combobox");
    const layers = await page.evaluate(() => globalThis.app.model.layers.map(({ output }) => output));
    for (const [layer, output] of layers.entries()) {
      await select.selectOption(String(layer));
      await page.waitForTimeout(60);
      const maps = await card.locator("canvas.picture").count();
      assert.equal(maps, output.length === 3 ? Math.min(output[2], 64) : 1, `layer ${layer}`);
    }
  });
});

test("a gradient is beside its finite difference, and another weight has another", async () => {
  await ready("dense-page", { hash: "panel=inspect" }, async (page) => {
    const card = page.locator("#panel-inspect .card", { has: page.getByRole("heading", { name: /gradient/i }) });
    const facts = async () => {
      await page.waitForTimeout(80);
      return (await card.locator("dd").allTextContents()).join(" | ");
    };
    const first = await facts();
    assert(numbers(first).length >= 3 && numbers(first).every(Number.isFinite), first);
    await card.getByRole("button").first().click();
    assert.notEqual(await facts(), first);
  });
});

test("a unit's picture is what the decoder adds", async () => {
  await ready("dense-page", { hash: "panel=inspect" }, async (page) => {
    const units = page.getByRole("radio").and(page.locator("#panel-inspect [aria-label*='nit']"));
    assert.equal(await units.count(), 10);
    const seen = new Set();
    for (let unit = 0; unit < 10; unit += 1) {
      await units.nth(unit).click();
      const image = await picture(page, "#panel-inspect .equation canvas >> nth=1");
      seen.add(image.join());
    }
    assert(seen.size > 1, "units have different weights");
  });
});

for (const [name, lang] of [["dense", "en-US"], ["denoise", "fr-FR"], ["plain", "fr-FR"]]) {
  test(`${name}: every lesson can be read, and its buttons lead there`, async () => {
    await ready(`${name}-page`, { hash: "panel=lessons", lang }, async (page, seen) => {
      const lessons = page.locator("#panel-lessons nav button");
      const count = await lessons.count();
      assert(count >= 8, `${count} lessons`);
      let led = 0;
      for (let at = 0; at < count; at += 1) {
        await lessons.nth(at).click();
        await page.locator("#panel-lessons article summary").click();
        const text = await page.locator("#panel-lessons article").innerText();
        assert(text.length > 300, `lesson ${at + 1}: ${text}`);
        assert.doesNotMatch(text, /undefined|NaN|\{\d\}/);
        const steps = page.locator("#panel-lessons article .buttons:not(.after) button");
        for (let step = 0; step < await steps.count(); step += 1) {
          await steps.nth(step).click();
          led += 1;
          await page.evaluate(() => new Promise(requestAnimationFrame));
          const panel = page.getByRole("tabpanel");
          assert.notEqual(await panel.getAttribute("id"), "panel-lessons");
          assert(!await page.locator("#trouble").isVisible(), `lesson ${at + 1}, button ${step + 1}`);
          await page.locator("#tab-lessons").click();
          await seen.until("the same lesson", (n) => document.querySelectorAll("#panel-lessons nav button")[n]
            .getAttribute("aria-current") === "step", at);
        }
      }
      assert(led >= 3, `${led} buttons`);
    });
  });
}

test("from a lesson one comes back by the tab", async () => {
  await ready("dense-page", { hash: "panel=lessons&lesson=3" }, async (page) => {
    const current = page.locator("#panel-lessons nav button[aria-current=step]");
    const title = await current.textContent();
    await page.locator("#tab-draw").click();
    await page.locator("#tab-lessons").click();
    assert.equal(await current.textContent(), title);
  });
});
