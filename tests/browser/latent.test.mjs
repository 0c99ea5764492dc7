// The panel "Latent space": sliders, draws, the map and the morph, used by hand.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { apart, end, picture, ready } from "./harness.mjs";

after(end);

const there = { hash: "panel=latent" };
const image = "#panel-latent .seen canvas";
const map = "#panel-latent canvas.map";

/** The image of the panel as bytes of gray, after the frames that draw it. */
const shown = (page) => picture(page, image);

/** What the engine decodes at a point of principal components, as bytes of gray. */
const decoded = (page, z) => page.evaluate((point) => {
  const { model, bundle: { pca } } = globalThis.app;
  const code = Float32Array.from(pca.mean);
  point.forEach((way, k) => code.forEach((_, j) => {
    code[j] += way * pca.deviations[k] * pca.components[k * code.length + j];
  }));
  return Array.from(model.decode(code), (value) => 255 * value);
}, z);

test("a slider shows its place along a principal component", async () => {
  await ready("dense-page", there, async (page) => {
    const mean = await shown(page);
    assert(apart(mean, await decoded(page, [])) <= 1, "the mean code");
    const slider = page.locator("#panel-latent .slider input").first();
    await slider.focus();
    for (let i = 0; i < 30; i += 1) await page.keyboard.press("ArrowRight");
    const moved = await shown(page);
    assert(apart(moved, mean) > 20, "the image has changed");
    assert(apart(moved, await decoded(page, [1.5])) <= 1, "one and a half deviations");
    // A person hears and reads the number.
    assert.match(await slider.getAttribute("aria-valuetext"), /^1[.,]50/);
    await page.getByRole("button", { name: "Mean code" }).click();
    assert.deepEqual(await shown(page), mean);
  });
});

/** The point that is shown, its code, and how far the nearest training code is: computed here. */
const measured = (page) => page.evaluate(() => {
  const { state, bundle: { pca, codes } } = globalThis.app;
  const n = pca.mean.length;
  const z = Float64Array.from({ length: n }, (_, k) => Number((state.get("z") ?? "").split(",")[k] ?? 0));
  const living = [...pca.deviations.keys()].filter((k) => pca.deviations[k] > 1e-3 * Math.max(...pca.deviations));
  const least = Math.min(...living.map((k) => pca.deviations[k]));
  const units = Array.from(pca.deviations, (deviation) => Math.max(deviation, least));
  const along = (vector, k) => vector.reduce((sum, x, j) => sum + x * pca.components[k * n + j], 0);
  const distances = Array.from({ length: codes.count }, (_, i) => {
    const from = Array.from(pca.mean, (mean, j) => codes.values[i * n + j] - mean);
    return Math.hypot(...units.map((unit, k) => along(from, k) / unit - z[k]));
  });
  const code = Array.from(pca.mean, (mean, j) =>
    units.reduce((sum, unit, k) => sum + z[k] * unit * pca.components[k * n + j], mean));
  return { z: [...z], living, units, code, distance: Math.min(...distances) };
});

test("draws are those of the notebook, and the gauge says how usual the code is", async () => {
  await ready("dense-page", there, async (page) => {
    const gauge = page.locator("#panel-latent .gauge");
    const agrees = async () => {
      const own = await measured(page);
      const said = await gauge.locator(".reading").textContent();
      const [number] = said.replaceAll(",", "").match(/[\d.]+/);
      // With two decimals below 10, and none above.
      assert(Math.abs(Number(number) - own.distance) <= (own.distance < 9.99 ? 0.011 : 0.51), `${said} ${own.distance}`);
      const shown = await page.locator("#panel-latent .codes").textContent();
      assert(apart(shown.trim().split(/\s+/).map(Number), own.code) < 0.02, `${shown} ${own.code}`);
      return own;
    };
    // A point has two decimals in the address, so a code is near to what was drawn.
    const NEAR = 0.3;
    let before = await shown(page);
    for (const [name, usual] of [
      ["Naive draw", ({ code }) => code.every((x) => x > -NEAR && x < 5 + NEAR)],
      ["PCA draw, uniform", ({ z, units }) => units.every((unit, k) => Math.abs(z[k] * unit) < 7.5 + NEAR)],
      ["PCA draw, normal", ({ z, living }) => z.every((x, k) => Math.abs(x) < (living.includes(k) ? 7 : 1e-9))],
    ]) {
      for (let turn = 0; turn < 5; turn += 1) {
        await page.getByRole("button", { name, exact: true }).click();
        const image = await shown(page);
        assert(apart(image, before) > 0, `${name} draws another image`);
        before = image;
        const own = await agrees();
        assert(usual(own), `${name}: ${JSON.stringify(own)}`);
      }
    }
    // A code far from all others is told from the mean of the codes.
    await page.getByRole("button", { name: "Mean code" }).click();
    await shown(page);
    await agrees();
    assert.notEqual(await gauge.getAttribute("data-kind"), "Far");
    await page.evaluate(() => globalThis.app.state.go({ z: "40,40,40" }));
    await shown(page);
    await agrees();
    assert.equal(await gauge.getAttribute("data-kind"), "Far");
  });
});

test("a variational model, and no other, draws from its prior", async () => {
  const prior = (page) => page.getByRole("button", { name: "Prior draw", exact: true });
  const kinds = (page) => page.locator("#panel-latent .gallery .rows").first().locator("li").count();
  await ready("dense-page", there, async (page) => {
    assert.deepEqual([await prior(page).count(), await kinds(page)], [0, 3]);
  });
  await ready("vae-page", there, async (page) => {
    assert.equal(await kinds(page), 4);
    // The same random numbers on each run of the test.
    await page.evaluate(() => {
      let state = 1;
      Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647;
    });
    const codes = [];
    for (let i = 0; i < 12; i += 1) {
      await prior(page).click();
      await shown(page);
      const text = await page.locator("#panel-latent .codes").textContent();
      codes.push(...text.trim().split(/\s+/).map(Number));
    }
    const mean = (all) => all.reduce((a, b) => a + b) / all.length;
    assert(Math.abs(mean(codes)) < 0.2, `mean ${mean(codes)} of ${codes.length}`);
    const square = mean(codes.map((x) => x * x));
    assert(square > 0.75 && square < 1.25, `mean square ${square}`);
  });
});

test("with fewer components than numbers in a code, a place along them is decoded", async () => {
  await ready("long-page", there, async (page) => {
    const [numbers, components] = await page.evaluate(() =>
      [globalThis.app.model.codeLength, globalThis.app.bundle.pca.deviations.length]);
    assert.deepEqual([numbers, components], [260, 256]);
    await page.locator("#panel-latent .slider input").first().fill("1.5");
    assert(apart(await shown(page), await decoded(page, [1.5])) <= 1);
    for (const name of ["Naive draw", "PCA draw, uniform", "PCA draw, normal"]) {
      const before = await shown(page);
      await page.getByRole("button", { name, exact: true }).click();
      assert(apart(await shown(page), before) > 0, name);
    }
  });
});

test("the map decodes what is under the pointer, and walks by mouse and keyboard", async () => {
  await ready("dense-page", there, async (page, seen) => {
    const mean = await shown(page);
    await page.locator(map).scrollIntoViewIfNeeded();
    const box = await page.locator(map).boundingBox();
    const at = (x, y) => page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
    await at(0.8, 0.4);
    const hovered = await shown(page);
    assert(apart(hovered, mean) > 20, "hovering decodes");
    await page.mouse.move(2, 2);
    assert.deepEqual(await shown(page), mean, "and leaves nothing behind");
    await at(0.8, 0.4);
    await page.mouse.down();
    await at(0.7, 0.3);
    await page.mouse.up();
    await page.mouse.move(2, 2);
    const walked = await shown(page);
    assert(apart(walked, mean) > 20, "dragging walks");
    await seen.until("the address", () => location.hash.includes("z="));
    const z = () => page.evaluate(() => globalThis.app.state.get("z").split(",").map(Number));
    const before = await z();
    assert(before[0] > 0 && before[1] > 0, `${before}`);
    await page.locator(map).focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowDown");
    const after = await z();
    assert(after[0] < before[0] && after[1] < before[1], `${before} then ${after}`);
    assert(apart(await shown(page), walked) > 0, "the keyboard walks");
  });
});

test("a finger walks on the map", async () => {
  const phone = { ...there, width: 320, height: 640, touch: true, lang: "fr-FR" };
  await ready("dense-page", phone, async (page) => {
    const mean = await shown(page);
    const box = await page.locator(map).boundingBox();
    await page.locator(map).tap({ position: { x: 0.7 * box.width, y: 0.3 * box.height } });
    assert(apart(await shown(page), mean) > 20);
  });
});

test("the morph goes from one test image to the other", async () => {
  await ready("dense-page", there, async (page) => {
    const named = (text) => page.locator("#panel-latent canvas[aria-label]").and(page.getByLabel(text)).first();
    const canvas = async (text) => picture(page, await named(text).elementHandle());
    const morph = page.getByRole("slider", { name: "t, from A to B" });
    await morph.fill("0");
    const [code, pixels] = [await canvas("between A and B"), await canvas("The cross-fade")];
    const ends = await page.evaluate(() => {
      const { model, bundle } = globalThis.app;
      const first = bundle.test.images(0);
      return [model.predict(first), first].map((one) => Array.from(one, (value) => 255 * value));
    });
    assert(apart(code, ends[0]) <= 1, "through the codes: A's reconstruction");
    assert(apart(pixels, ends[1]) <= 1, "through the pixels: A itself");
    await morph.fill("0.5");
    assert(apart(await canvas("between A and B"), code) > 10);
    assert(apart(await canvas("The cross-fade"), pixels) > 10);
  });
});

test("a reload, and a link, show the same view", async () => {
  await ready("dense-page", { hash: "panel=latent&lang=fr&theme=dark&z=1.5,-0.5&t=0.3" }, async (page, seen) => {
    const view = async () => [await shown(page), await picture(page, map), await page.title(),
      await page.getByRole("tab", { selected: true }).textContent(),
      await page.locator("html").getAttribute("lang"), await page.locator("html").getAttribute("data-theme"),
      await page.locator("#panel-latent input[type=range]").evaluateAll((all) => all.map((one) => one.value))];
    const first = await view();
    assert.deepEqual(first.slice(3, 6), ["Espace latent", "fr", "dark"]);
    assert(apart(first[0], await decoded(page, [1.5, -0.5])) <= 1);
    await page.reload();
    await seen.until("reloaded", () => performance.getEntriesByName("ae-ready").length > 0);
    await page.mouse.move(2, 2);
    assert.deepEqual(await view(), first);
  });
});
