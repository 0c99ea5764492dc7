// The panel "Draw": strokes by mouse and finger, test images, noise and the model's answer.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { apart, end, picture, ready } from "./harness.mjs";

after(end);

const there = { hash: "panel=draw" };
const pad = "#panel-draw canvas.pad";
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** The three images beside the pad, by their names. */
async function images(page) {
  const all = await page.locator("#panel-draw .three canvas").elementHandles();
  const [seen, noisy, answer] = await Promise.all(all.map((one) => picture(page, one)));
  return { seen, noisy, answer };
}

/** Draws a stroke through places given as shares of the pad. */
async function stroke(page, places) {
  const box = await page.locator(pad).boundingBox();
  for (const [at, [x, y]] of places.entries()) {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 6 });
    if (at === 0) await page.mouse.down();
  }
  await page.mouse.up();
}

const five = [[0.65, 0.3], [0.4, 0.3], [0.4, 0.5], [0.6, 0.52], [0.62, 0.7], [0.38, 0.75]];

test("a drawing is centered and reconstructed as one draws", async () => {
  await ready("dense-page", there, async (page) => {
    await page.locator(pad).scrollIntoViewIfNeeded();
    await page.getByRole("button", { name: "Clear" }).click();
    const empty = await images(page);
    assert.equal(sum(empty.seen), 0, "nothing is drawn");
    await stroke(page, five);
    const drawn = await images(page);
    assert(sum(drawn.seen) > 5000, "ink");
    // MNIST: within the middle 20 x 20 pixels, by its box; the center of mass in the middle.
    const mass = (axis) => sum(drawn.seen.map((ink, i) =>
      ink * (axis === 0 ? i % 28 : Math.floor(i / 28)))) / sum(drawn.seen);
    for (const axis of [0, 1]) assert(Math.abs(mass(axis) - 13.5) < 1, `center of mass ${mass(axis)}`);
    const expected = await page.evaluate((seen) => {
      const input = Float32Array.from(seen, (value) => value / 255);
      return Array.from(globalThis.app.model.predict(input), (value) => 255 * value);
    }, drawn.seen);
    // The image on the screen is rounded to bytes, the model's input is not.
    assert(apart(drawn.answer, expected) < 3, "the model's answer");
    // The same drawing elsewhere is the same image.
    await page.getByRole("button", { name: "Clear" }).click();
    await stroke(page, five.map(([x, y]) => [x - 0.12, y - 0.1]));
    assert(apart((await images(page)).seen, drawn.seen) < 64, "centered");
    await page.getByRole("button", { name: "Undo" }).click();
    assert.equal(sum((await images(page)).seen), 0, "undone");
  });
});

test("a drawing outlasts a look inside, and a model that is trained in the page", async () => {
  await ready("dense-page", { hash: "panel=draw&t.epochs=1" }, async (page, seen) => {
    await page.locator(pad).scrollIntoViewIfNeeded();
    await stroke(page, five);
    const drawn = await images(page);
    await page.locator("#tab-inspect").click();
    await page.getByRole("radio", { name: "Test image 4", exact: true }).click();
    await page.locator("#tab-draw").click();
    assert.deepEqual(await images(page), drawn);
    await page.locator("#tab-train").click();
    await seen.until("a model", () => !document.getElementById("train-run").disabled);
    await page.locator("#train-one").click();
    await seen.until("one batch", () => !document.getElementById("train-use").disabled);
    await page.locator("#train-use").click();
    await seen.until("the model", () => globalThis.app.trainedHere);
    await page.locator("#tab-draw").click();
    const again = await images(page);
    assert.deepEqual(again.seen, drawn.seen);
    assert(apart(again.answer, drawn.answer) > 0, "another model");
  });
});

test("a finger draws, and the page does not scroll", async () => {
  const phone = { ...there, width: 320, height: 640, touch: true };
  await ready("dense-page", phone, async (page, seen) => {
    await page.getByRole("button", { name: "Clear" }).tap();
    await page.locator(pad).scrollIntoViewIfNeeded();
    const box = await page.locator(pad).boundingBox();
    const scrolled = await page.evaluate(() => scrollY);
    const finger = await seen.context.newCDPSession(page);
    const touch = (type, place) => finger.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: place ? [{ x: box.x + place[0] * box.width, y: box.y + place[1] * box.height }] : [],
    });
    await touch("touchStart", five[0]);
    for (const place of five.slice(1)) await touch("touchMove", place);
    await touch("touchEnd");
    assert(sum((await images(page)).seen) > 3000, "ink");
    assert.equal(await page.evaluate(() => scrollY), scrolled);
  });
});

test("noise goes through the denoiser, whose answer is shown", async () => {
  await ready("denoise-page", { hash: "panel=draw&image=3&noise=0.5" }, async (page, seen) => {
    const { seen: clean, noisy, answer } = await images(page);
    const own = await page.evaluate(() => {
      const { model, engine, bundle } = globalThis.app;
      const image = bundle.test.images(3);
      const input = engine.noise(image, 1, 0.5, 0);
      return [image, input, model.predict(input)].map((one) => Array.from(one, (value) => 255 * value));
    });
    for (const [i, one] of [clean, noisy, answer].entries()) assert(apart(one, own[i]) <= 1, `image ${i}`);
    const error = (a) => sum(a.map((value, i) => ((value - clean[i]) / 255) ** 2)) / a.length;
    assert(error(noisy) > 0.05, `the noise: ${error(noisy)}`);
    assert(apart(answer, noisy) > 20, "an answer");
    // What is said is what is seen, up to the rounding to bytes.
    const said = await page.locator("#panel-draw .reading").first().textContent();
    assert(Math.abs(Number(said.match(/[\d.]+$/)[0]) - error(answer)) < 1e-3, said);
    const slider = page.getByRole("slider", { name: /noise/ });
    await slider.fill("0");
    const without = await images(page);
    assert.deepEqual(without.noisy, clean, "no noise");
    await slider.fill("0.9");
    await seen.until("the address", () => location.hash.includes("noise=0.9"));
    assert(error((await images(page)).noisy) > error(noisy), "more noise");
  });
});
