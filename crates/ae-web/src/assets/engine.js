// The engine: the program's own Rust as WebAssembly, behind classes. The same file serves the page
// and its worker. `loadEngine` and the classes below are its names.
//
// Numbers go into the module's memory and come out of it as bytes. The memory may grow during any
// call, and then older views of it are empty: each view is made after the call, and copied at once.

// The module and its memory. After a panic in Rust it cannot be called again.
class Wasm {
  constructor(exports) {
    this.exports = exports;
    this.stopped = null;
    exports.start();
  }

  // Calls an exported function with the bytes of `parts` as its input. Returns what it returns.
  call(name, args, parts = []) {
    if (this.stopped) throw new Error(this.stopped);
    let length = 0;
    for (const part of parts) length += part.byteLength;
    try {
      if (length > 0) {
        let at = this.exports.input(length);
        for (const part of parts) {
          const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
          new Uint8Array(this.exports.memory.buffer, at, part.byteLength).set(bytes);
          at += part.byteLength;
        }
      }
      const result = this.exports[name](...args);
      if (result < 0) throw new Error(this.text());
      return result;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
        this.stop(error);
        throw new Error(this.stopped);
      }
      throw error;
    }
  }

  stop(error) {
    const { message, message_len, memory } = this.exports;
    const bytes = new Uint8Array(memory.buffer, message(), message_len());
    const reason = new TextDecoder().decode(bytes) || error.message || "out of memory";
    this.stopped = `the engine has stopped, load it again: ${reason}`;
  }

  // A copy of the last call's output.
  bytes() {
    const { output, output_len, memory } = this.exports;
    return new Uint8Array(memory.buffer, output(), output_len()).slice();
  }

  floats() {
    return new Float32Array(this.bytes().buffer);
  }

  doubles() {
    return new Float64Array(this.bytes().buffer);
  }

  text() {
    return new TextDecoder().decode(this.bytes());
  }
}

// A whole number that Rust takes as 32 bits; others would be cut off without a word.
function wholeNumber(what, value) {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new Error(`${what}: expected a whole number, found ${value}`);
}

// What lives in the module until it is freed.
class Held {
  constructor(wasm, handle, freeing) {
    this.wasm = wasm;
    this.handle = handle;
    this.freeing = freeing;
  }

  call(name, args = [], parts = []) {
    if (this.handle === 0) throw new Error("expected a model or trainer in use, found a freed one");
    return this.wasm.call(name, [this.handle, ...args], parts);
  }

  // Frees its memory. It can be called twice.
  free() {
    if (this.handle !== 0 && !this.wasm.stopped) this.call(this.freeing);
    this.handle = 0;
  }
}

class Model extends Held {
  constructor(wasm, handle) {
    super(wasm, handle, "model_free");
    this.call("model_describe");
    // input {height, width, channels}, codeLength, parameters, layers
    Object.assign(this, JSON.parse(wasm.text()));
  }

  // Images to images, one after another, with values from 0 to 1.
  predict(images) {
    this.call("model_predict", [], [images]);
    return this.wasm.floats();
  }

  encode(images) {
    this.call("model_encode", [], [images]);
    return this.wasm.floats();
  }

  decode(codes) {
    this.call("model_decode", [], [codes]);
    return this.wasm.floats();
  }

  // The values after a layer for one image: { shape, values }.
  activations(image, layer) {
    this.call("model_activations", [wholeNumber("layer", layer)], [image]);
    return { shape: this.layers[layer].output, values: this.wasm.floats() };
  }

  // { kernel, bias }, null where there is none.
  weights(layer) {
    this.call("model_weights", [wholeNumber("layer", layer)]);
    const values = this.wasm.floats();
    const kernel = this.layers[layer].kernel;
    const length = kernel ? kernel.reduce((product, extent) => product * extent, 1) : 0;
    return {
      kernel: kernel ? values.slice(0, length) : null,
      bias: values.length > length ? values.slice(length) : null,
    };
  }

  // The derivative of the loss by one weight: from the backward pass, and as a central difference.
  gradient(input, target, layer, part, position, step) {
    if (part !== "kernel" && part !== "bias") {
      throw new Error(`weight: expected kernel or bias, found ${part}`);
    }
    if (input.length !== target.length) {
      throw new Error(`target: expected ${input.length} numbers, found ${target.length}`);
    }
    const place = wholeNumber("position", position);
    const args = [wholeNumber("layer", layer), part === "bias" ? 1 : 0, place, step];
    this.call("model_gradient", args, [input, target]);
    const [loss, gradient, difference] = this.wasm.doubles();
    return { loss, gradient, difference };
  }

  // The bytes of a file that the program reads.
  save() {
    this.call("model_save");
    return this.wasm.bytes();
  }
}

class Trainer extends Held {
  constructor(wasm, handle) {
    super(wasm, handle, "trainer_free");
  }

  // Takes this many steps, or as many as are left.
  step(batches) {
    this.call("trainer_step", [wholeNumber("batches", batches)]);
    const [epoch, batch, inEpoch, loss, done, ...ended] = this.wasm.doubles();
    const report = { epoch, batch, batches: inEpoch, loss, done: done === 1, ended: [] };
    for (let at = 0; at < ended.length; at += 3) {
      const [number, epochLoss, valLoss] = ended.slice(at, at + 3);
      report.ended.push({ epoch: number, loss: epochLoss, val_loss: valLoss });
    }
    return report;
  }

  // A copy of the model as it is now.
  model() {
    return new Model(this.wasm, this.call("trainer_model"));
  }
}

class Engine {
  constructor(wasm) {
    this.wasm = wasm;
  }

  // The model in the bytes of a file.
  model(bytes) {
    return new Model(this.wasm, this.wasm.call("model_read", [], [bytes]));
  }

  // `count` images with the noise of the program's test images number `first` and following.
  noise(images, count, level, seed, first = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new Error(`seed: expected a whole number, found ${seed}`);
    }
    const args = [wholeNumber("count", count), level, seed, wholeNumber("first", first)];
    this.wasm.call("noise", args, [images]);
    return this.wasm.floats();
  }

  // The principal components of codes of this length, as many as there can be.
  pca(codes, length) {
    const found = this.wasm.call("pca", [wholeNumber("length", length)], [codes]);
    const values = this.wasm.floats();
    const ends = [length, length * (found + 1), length * (found + 1) + found, values.length];
    const [mean, components, deviations, explained] = ends.map((end, part) =>
      values.slice(part === 0 ? 0 : ends[part - 1], end),
    );
    return { mean, components, deviations, explained };
  }

  // A drawing, white on black, in 28 x 28 pixels as MNIST has them; all 0 if nothing was drawn.
  centered(gray, width, height) {
    const sides = [wholeNumber("width", width), wholeNumber("height", height)];
    this.wasm.call("centered", sides, [gray]);
    return this.wasm.floats();
  }

  // A training from nothing, see Rust's `TrainerOptions`. The counts are those of the images.
  trainer(options, trainPixels, trainCount, testPixels, testCount) {
    const length = options.height * options.width * options.channels;
    for (const [what, pixels, count] of [
      ["training images", trainPixels, trainCount],
      ["test images", testPixels, testCount],
    ]) {
      // Without a size, Rust says what is missing.
      if (!Number.isNaN(length) && pixels.length !== count * length) {
        throw new Error(`${what}: expected ${count * length} bytes, found ${pixels.length}`);
      }
    }
    const text = new TextEncoder().encode(JSON.stringify(options));
    const parts = [text, trainPixels, testPixels];
    const args = [text.length, trainPixels.length];
    return new Trainer(this.wasm, this.wasm.call("trainer_new", args, parts));
  }
}

// Starts the module: `bytes` is WebAssembly, unpacked.
async function loadEngine(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  return new Engine(new Wasm(instance.exports));
}
