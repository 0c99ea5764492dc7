// What the page's engine computes in the browser is what the program has computed.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readFileSync } from "node:fs";
import { apart, end, made, ready } from "./harness.mjs";
import { npz } from "./npz.mjs";

after(end);

/** The losses of a run: `[loss, val_loss]` of each epoch. */
function history(run) {
  const rows = readFileSync(made(`${run}/history.csv`), "utf8").trim().split("\n").slice(1);
  return rows.map((row) => row.split(",").slice(1).map(Number));
}

test("reconstructions and codes of the test images are the program's", async () => {
  const { test_inputs, test_reconstructions, test_codes } = npz(made("dense.npz"));
  await ready("dense-page", {}, async (page) => {
    const got = await page.evaluate(() => {
      const { app } = globalThis;
      const count = Math.min(app.bundle.test.count, 300);
      const size = app.bundle.image.height * app.bundle.image.width;
      const images = app.bundle.test.images(0, count);
      return {
        images: Array.from(images),
        answers: Array.from(app.model.predict(images)),
        codes: Array.from(app.model.encode(images)),
        first: Array.from(app.model.predict(images.subarray(0, 4 * size))),
        reference: app.bundle.reference.reconstruction,
      };
    });
    const pixels = got.images.length;
    assert(pixels >= 100 * 784, `${pixels / 784} test images in the page`);
    assert.equal(apart(got.images, test_inputs.values.subarray(0, pixels)), 0, "the images");
    assert(apart(got.answers, test_reconstructions.values.subarray(0, pixels)) < 1e-5);
    const numbers = (pixels / 784) * 10;
    // A code has no bound as a sigmoid has: it is of some tens.
    assert(apart(got.codes, test_codes.values.subarray(0, numbers)) < 1e-4);
    const bytes = Uint8Array.from(Buffer.from(got.reference, "base64"));
    assert(apart(got.first, new Float32Array(bytes.buffer)) < 1e-5, "bundle.reference");
  });
});

test("the PCA of the codes is the program's, in the bundle and in the engine", async () => {
  const native = npz(made("dense.npz"));
  const variance = Array.from(native.pca_explained_variance.values, Math.sqrt);
  await ready("dense-page", {}, async (page) => {
    const got = await page.evaluate((codes) => {
      const plain = ({ mean, components, deviations, explained }) =>
        [mean, components, deviations, explained].map((numbers) => Array.from(numbers));
      const { app } = globalThis;
      return {
        bundle: plain(app.bundle.pca),
        engine: plain(app.engine.pca(Float32Array.from(codes), 10)),
      };
    }, Array.from(native.train_codes.values));
    for (const [where, [mean, components, deviations, explained]] of Object.entries(got)) {
      assert(apart(mean, native.pca_mean.values) < 1e-4, `${where}: mean`);
      // The components without variance have no direction of their own.
      const alive = variance.filter((deviation) => deviation > 1e-3).length;
      assert(alive >= 3, `${alive} components with variance`);
      const known = native.pca_components.values.subarray(0, alive * 10);
      assert(apart(components.slice(0, alive * 10), known) < 1e-4, `${where}: components`);
      assert(apart(deviations, variance) < 1e-4, `${where}: deviations`);
      const shares = native.pca_explained_variance_ratio.values;
      assert(apart(explained, shares) < 1e-4, `${where}: shares`);
    }
  });
});

test("noise and the denoiser's answers are those of the program", async () => {
  const { test_inputs, test_reconstructions } = npz(made("denoise.npz"));
  await ready("denoise-page", {}, async (page) => {
    const got = await page.evaluate(() => {
      const { app } = globalThis;
      const count = Math.min(app.bundle.test.count, 50);
      const images = app.bundle.test.images(0, count);
      const { noise, seed } = { seed: app.bundle.training.seed, ...app.bundle.run };
      const noisy = app.engine.noise(images, count, noise, seed);
      return { noisy: Array.from(noisy), answers: Array.from(app.model.predict(noisy)) };
    });
    assert(got.noisy.length >= 20 * 784);
    assert(apart(got.noisy, test_inputs.values.subarray(0, got.noisy.length)) < 1e-6, "noise");
    const answers = test_reconstructions.values.subarray(0, got.answers.length);
    assert(apart(got.answers, answers) < 1e-5, "answers");
  });
});

test("ten epochs in the page end with the losses of `ae-app dense`", async () => {
  const native = history("dense");
  assert.equal(native.length, 10);
  await ready("dense-page", {}, async (page) => {
    const got = await page.evaluate(() => {
      const { app } = globalThis;
      const { bundle, engine } = app;
      const { train, test, image, training } = bundle;
      const { latent, optimizer, rate, batch, seed } = training;
      const own = { latent, optimizer, rate, batch, seed };
      const options = { model: "notebook-dense", ...image, ...own, epochs: 10 };
      const trainer = engine.trainer(options, train.pixels, train.count, test.pixels, test.count);
      const ended = [];
      // Interrupted at odd places, which must not be seen in the result.
      for (let done = false; !done;) {
        const step = trainer.step(7);
        ended.push(...step.ended);
        done = step.done;
      }
      trainer.free();
      return { train: train.count, losses: ended.map(({ loss, val_loss }) => [loss, val_loss]) };
    });
    assert.equal(got.train, 300, "the page has all images of the run");
    assert.equal(got.losses.length, 10);
    assert(apart(got.losses.flat(), native.flat()) < 1e-4, JSON.stringify([got.losses, native]));
  });
});

test("a gradient in the page is near its finite difference", async () => {
  await ready("dense-page", {}, async (page) => {
    const found = await page.evaluate(() => {
      const { app } = globalThis;
      const image = app.bundle.test.images(0);
      const layer = app.model.layers.findIndex(({ kernel }) => kernel);
      // A pixel with ink, and its weight to each number of the code.
      const pixel = image.findIndex((value) => value > 0.9);
      return Array.from({ length: 10 }, (_, unit) =>
        app.model.gradient(image, image, layer, "kernel", 10 * pixel + unit, 1e-2));
    });
    const most = Math.max(...found.map(({ gradient }) => Math.abs(gradient)));
    assert(most > 1e-5, "some gradient is not zero");
    for (const { gradient, difference } of found) {
      assert(Math.abs(gradient - difference) < Math.min(1e-3, 0.05 * most), JSON.stringify(found));
    }
  });
});
