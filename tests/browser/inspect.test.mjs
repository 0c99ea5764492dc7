// The panel "Look inside": its numbers are those of the model, computed here a second time.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { apart, end, picture, ready } from "./harness.mjs";

after(end);

const there = { hash: "panel=inspect" };
/** Half of the last decimal that the panel shows, and a little of f32. */
const SHOWN = 0.0006;

/** The numbers in a text of the panel, as a reader sees them. */
const numbers = (text) => text.match(/-?\d+(\.\d+)?/g).map(Number);

/** The texts of elements, in their order. */
const texts = (page, selector) => page.locator(`#panel-inspect ${selector}`).allTextContents();

/** What the panel says of the filter at its place: the sum, the bias, z, the answer, the place. */
async function said(page) {
  const [sum, result] = await texts(page, ".reading");
  const [products, bias, z] = numbers(sum);
  const [again, answer, row, column] = numbers(result);
  assert.equal(again, z);
  return { products, bias, z, answer, y: row - 1, x: column - 1 };
}

/** The same from the image and the weights, with zeros around the image. */
const computed = (page, filter, y, x) => page.evaluate(([k, row, column]) => {
  const { model, engine, bundle } = globalThis.app;
  const { height, width } = bundle.image;
  const image = engine.noise(bundle.test.images(0), 1, bundle.run.noise, 0);
  const { kernel, bias } = model.weights(0);
  let products = 0;
  for (let dy = -1; dy <= 1; dy += 1) {
    for (let dx = -1; dx <= 1; dx += 1) {
      const [i, j] = [row + dy, column + dx];
      if (i < 0 || i >= height || j < 0 || j >= width) continue;
      products += image[i * width + j] * kernel[((dy + 1) * 3 + dx + 1) * bias.length + k];
    }
  }
  const answer = model.activations(image, 0).values[(row * width + column) * bias.length + k];
  return { products, bias: bias[k], z: products + bias[k], answer };
}, [filter, y, x]);

/** Compares what is said with what is computed. */
async function agree(page, filter, y, x) {
  const [shown, own] = [await said(page), await computed(page, filter, y, x)];
  assert.deepEqual([shown.y, shown.x], [y, x]);
  const list = ({ products, bias, z, answer }) => [products, bias, z, answer];
  assert(apart(list(shown), list(own)) <= SHOWN, JSON.stringify({ shown, own }));
  assert(Math.abs(own.answer - Math.max(0, own.z)) < 1e-5, "the model's own answer");
}

test("a filter at a place: pixels, weights, products, answer", async () => {
  await ready("denoise-page", there, async (page) => {
    const image = page.locator("#panel-inspect canvas.framed").first();
    await image.scrollIntoViewIfNeeded();
    await picture(page, "#panel-inspect canvas.framed");
    await agree(page, 0, 14, 14);
    await page.getByRole("radio", { name: "Filter 5", exact: true }).click();
    await agree(page, 4, 14, 14);

    // By mouse, at an edge, where the filter covers zeros; by keyboard.
    const { width, height } = await image.boundingBox();
    await image.click({ position: { x: width * (27.5 / 28), y: height * (0.5 / 28) } });
    await agree(page, 4, 0, 27);
    await image.press("ArrowDown");
    await image.press("ArrowLeft");
    await agree(page, 4, 1, 26);
    assert.match(await image.getAttribute("aria-label"), /row 2, column 27/);
    assert.match(await page.locator("#live").textContent(), /relu/);

    // The tables show the same sum, rounded number by number.
    const cells = (await texts(page, ".cells td")).map(Number);
    assert.equal(cells.length, 27);
    const [pixels, weights, products] = [0, 9, 18].map((at) => cells.slice(at, at + 9));
    assert(apart(pixels.map((pixel, i) => pixel * weights[i]), products) < 0.02);
    assert(apart([products.reduce((a, b) => a + b)], [(await said(page)).products]) < 0.05);
  });
});

test("a link shows the same filter at the same place", async () => {
  const hash = "panel=inspect&filter=7&place=3,20";
  await ready("denoise-page", { hash }, async (page) => {
    await picture(page, "#panel-inspect canvas.framed");
    await agree(page, 7, 3, 20);
  });
});

test("a link whose numbers cannot be read shows the first filter in the middle", async () => {
  const hash = "panel=inspect&filter=1.5&place=1.5,99&look=0.5&layer=none";
  await ready("denoise-page", { hash }, async (page) => {
    await picture(page, "#panel-inspect canvas.framed");
    await agree(page, 0, 14, 14);
  });
});

test("a unit's sum and answer are those of the code", async () => {
  await ready("dense-page", there, async (page) => {
    await picture(page, "#panel-inspect canvas.picture");
    const unit = 3;
    await page.getByRole("radio", { name: "Unit 1", exact: true }).focus();
    for (let i = 0; i < unit; i += 1) await page.keyboard.press("ArrowRight");
    await page.getByRole("radio", { name: "Test image 1", exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await picture(page, "#panel-inspect canvas.picture");
    const own = await page.evaluate((k) => {
      const { model, bundle } = globalThis.app;
      const image = bundle.test.images(1);
      const { kernel, bias } = model.weights(0);
      const sum = image.reduce((total, pixel, i) => total + pixel * kernel[i * bias.length + k], 0);
      return [sum, bias[k], sum + bias[k], model.encode(image)[k]];
    }, unit);
    const [sum, result] = await texts(page, ".reading");
    const shown = [...numbers(sum), numbers(result)[1]];
    assert(apart(shown, own) <= SHOWN, JSON.stringify({ shown, own }));
    assert.match(await page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("unit")
      ?? globalThis.app.state.get("unit")), /^3$/);
  });
});

test("the maps are the activations of the layer that is chosen", async () => {
  await ready("denoise-page", there, async (page) => {
    const select = page.locator("#panel-inspect select").first();
    const { layers, ends } = await page.evaluate(() => {
      const { model, engine, bundle } = globalThis.app;
      const image = engine.noise(bundle.test.images(0), 1, bundle.run.noise, 0);
      const output = Array.from(model.predict(image));
      return { layers: model.layers.length, ends: [Math.min(...output), Math.max(...output)] };
    });
    const maps = page.locator("#panel-inspect .strip canvas");
    assert.equal(await maps.count(), 32);
    await select.selectOption(String(layers - 1));
    assert.equal(await maps.count(), 1);
    const note = page.locator("#panel-inspect .strip").locator("xpath=preceding-sibling::p");
    assert(apart(numbers(await note.textContent()).slice(-2), ends) <= SHOWN);
    const seen = await picture(page, "#panel-inspect .strip canvas");
    assert.equal(seen.length, 28 * 28);
    assert(Math.max(...seen) === 255, "the largest value is white");
  });
});

test("a weight's gradient stands beside its difference, for each step", async () => {
  await ready("dense-page", there, async (page) => {
    const values = async () => (await texts(page, "dl.facts dd")).map(Number);
    const slider = page.locator("#panel-inspect .slider input");
    await picture(page, "#panel-inspect canvas.errors");
    const [loss, gradient, difference, error] = await values();
    assert(loss > 0.05 && loss < 1, `the loss is ${loss}`);
    assert(gradient !== 0, "a weight that matters");
    assert(Math.abs(gradient - difference) < 0.02 * Math.abs(gradient), `${gradient} ${difference}`);
    assert(error < 0.02);
    await slider.focus();
    await page.keyboard.press("Home");
    const small = await values();
    assert.equal(small[1], gradient, "the backward pass knows no step");
    assert.notEqual(small[2], difference);
    assert.match(await slider.getAttribute("aria-valuetext"), /1\.0e-4/);
    const position = page.getByLabel("Weight number");
    await position.fill("1");
    await position.press("Tab");
    // The first pixel is black: the weight has no influence, and the panel says so.
    assert.deepEqual((await values()).slice(1), [0, 0, 0]);
    assert(await page.getByText("Both are 0").isVisible());
  });
});
