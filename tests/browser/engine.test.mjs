// The engine by itself, without a browser: bad input, handles, and a module that has stopped.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
import { gunzipSync } from "node:zlib";

const assets = new URL("../../crates/ae-web/src/assets/", import.meta.url);
const loadEngine = runInThisContext(`${readFileSync(new URL("engine.js", assets), "utf8")};loadEngine`);
const load = () => loadEngine(gunzipSync(readFileSync(new URL("engine.wasm.gz", assets))));

const options = {
  model: "notebook-dense", latent: 4, optimizer: "adam", rate: 0.01, batch: 8, epochs: 3, seed: 5,
  height: 6, width: 6, channels: 1,
};
const pixels = (count) => Uint8Array.from({ length: count * 36 }, (_, i) => (i * i * 7) % 253);
const image = Float32Array.from(pixels(1), (pixel) => pixel / 255);

/** Trains in steps of this many batches; returns the losses and the model's file. */
function trained(engine, batches) {
  const trainer = engine.trainer(options, pixels(20), 20, pixels(6), 6);
  const losses = [];
  let report;
  do {
    report = trainer.step(batches);
    losses.push(...report.ended);
  } while (!report.done);
  const model = trainer.model();
  trainer.free();
  const file = model.save();
  model.free();
  return { losses, file };
}

test("a training in pieces is the same training", async () => {
  const engine = await load();
  const whole = trained(engine, 1000);
  assert.deepEqual(whole.losses.map(({ epoch }) => epoch), [1, 2, 3]);
  assert.ok(whole.losses[2].loss < whole.losses[0].loss);
  for (const batches of [1, 2, 3, 4]) assert.deepEqual(trained(engine, batches), whole);
});

test("a model says what it is, and what it makes", async () => {
  const engine = await load();
  const model = engine.model(trained(engine, 5).file);
  assert.deepEqual(model.input, { height: 6, width: 6, channels: 1 });
  assert.deepEqual([model.codeLength, model.parameters], [4, 36 * 4 + 4 + 4 * 36 + 36]);
  const [first] = model.layers;
  assert.deepEqual(first, {
    name: "dense_1", kind: "dense", words: "dense 4 relu", output: [4], kernel: [36, 4], parameters: 148,
  });
  const code = model.encode(image);
  assert.deepEqual(model.activations(image, 0), { shape: [4], values: code });
  assert.deepEqual(model.decode(code), model.predict(image));
  const { kernel, bias } = model.weights(1);
  assert.deepEqual([kernel.length, bias.length], [144, 36]);
  const check = model.gradient(image, image, 1, "bias", 3, 0.01);
  assert.ok(check.loss > 0 && Math.abs(check.gradient - check.difference) < 1e-4);
  const codes = model.encode(Float32Array.from(pixels(9), (pixel) => pixel / 255));
  const pca = engine.pca(codes, 4);
  const lengths = [pca.mean, pca.components, pca.deviations, pca.explained].map((part) => part.length);
  assert.deepEqual(lengths, [4, 16, 4, 4]);
  assert.ok(Math.abs(pca.explained.reduce((sum, share) => sum + share, 0) - 1) < 1e-5);
  const noisy = engine.noise(image, 1, 0.5, 2 ** 40, 3);
  assert.deepEqual(noisy, engine.noise(image, 1, 0.5, 2 ** 40, 3));
  assert.notDeepEqual(noisy, engine.noise(image, 1, 0.5, 2 ** 40, 4));
  assert.deepEqual(engine.centered(new Uint8Array(100), 10, 10), new Float32Array(784));
});

test("what cannot be is an error in one line, and the engine goes on", async () => {
  const engine = await load();
  const { file } = trained(engine, 5);
  const model = engine.model(file);
  const broken = file.with(file.length - 1, file[file.length - 1] ^ 1);
  for (const [call, message] of [
    [() => engine.model(new Uint8Array(5)), /^model\.safetensors: expected 99 bytes, found 5$/],
    [() => engine.model(broken), /damaged: expected SHA-256/],
    [() => model.predict(new Float32Array(35)), /^images: expected a multiple of 36 numbers, found 35$/],
    [() => model.decode(new Float32Array(4).fill(NaN)), /^codes: expected finite numbers/],
    [() => model.activations(image, 2), /^layer: expected 0 to 1, found 2$/],
    [() => model.activations(image, -1), /^layer: expected a whole number, found -1$/],
    [() => model.gradient(image, image, 0, "gamma", 0, 0.1), /^weight: expected kernel or bias, found gamma$/],
    [() => engine.noise(image, 1, 2, 1), /^level of noise: expected a number from 0 to 1, found 2$/],
    [() => engine.noise(image, 1, 0.1, 0.5), /^seed: expected a whole number, found 0\.5$/],
    [() => engine.pca(new Float32Array(4), 4), /at least 2/],
    [() => engine.centered(new Uint8Array(5), 2, 2), /^drawing: expected/],
    [() => engine.trainer({ ...options, optimizer: "adm" }, pixels(9), 9, pixels(1), 1), /the name of an optimizer/],
    [() => engine.trainer({ model: "nothing" }, pixels(9), 9, pixels(1), 1), /^options: .*missing field/],
    [() => engine.trainer(options, pixels(9), 8, pixels(1), 1), /^training images: expected 288 bytes, found 324$/],
  ]) {
    assert.throws(call, ({ message: found }) => message.test(found) && !found.includes("\n"), String(message));
  }
  assert.equal(model.predict(image).length, 36);
  model.free();
  model.free();
  assert.throws(() => model.predict(image), /found a freed one$/);
  assert.equal(engine.model(file).predict(image).length, 36);
});

test("an engine that has stopped says why, and can be loaded again", async () => {
  const engine = await load();
  // More than a module of 32 bits has.
  const large = { buffer: new ArrayBuffer(0), byteOffset: 0, byteLength: 2 ** 31 };
  assert.throws(() => engine.model(large), /^Error: the engine has stopped, load it again: .*capacity overflow/s);
  assert.throws(() => engine.centered(new Uint8Array(4), 2, 2), /the engine has stopped/);
  assert.equal((await load()).centered(new Uint8Array(4), 2, 2).length, 784);
});
