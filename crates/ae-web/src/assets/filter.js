// "Look inside": a filter of the first convolution, at one place of the image.

/** The functions between a sum and an answer, by name. */
const FUNCTIONS = {
  relu: (z) => Math.max(0, z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  softplus: (z) => Math.log1p(Math.exp(z)),
  linear: (z) => z,
};

/** The name of the function that makes these answers of these sums; "f" if it is another one. */
function functionName(sums, answers) {
  const fits = (f) => sums.every((z, i) => Math.abs(f(z) - answers[i]) < 1e-3 * (1 + Math.abs(z)));
  return Object.keys(FUNCTIONS).find((name) => fits(FUNCTIONS[name])) ?? "f";
}

/** Draws a picture of `columns` x `rows` pixels over a canvas, and a frame around some of them. */
function drawFramed(canvas, paint, rows, columns, frame) {
  const fitted = fitCanvas(canvas);
  if (!fitted) return;
  const { context, width, height } = fitted;
  const small = document.createElement("canvas");
  paint(small);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, width, height);
  const [x, y] = [(frame.x / columns) * width, (frame.y / rows) * height];
  const [w, h] = [(frame.width / columns) * width, (frame.height / rows) * height];
  // Two lines, dark and light: one of them is seen on any picture.
  for (const [line, stroke] of [[5, "#000"], [2.5, "#ffd54a"]]) {
    context.lineWidth = line;
    context.strokeStyle = stroke;
    context.strokeRect(x, y, w, h);
  }
}

/** The part of the panel for a model that begins with a convolution, its `layer`. */
class FilterPart {
  constructor(app, look, layer) {
    const { model, state } = app;
    this.app = app;
    this.look = look;
    this.layer = layer;
    const { kernel, output } = model.layers[layer];
    this.output = output;
    this.input = layer > 0 ? model.layers[layer - 1].output : look.shape;
    this.conv = convolution(this.input, output, kernel);
    this.weights = model.weights(layer);
    this.filters = kernel[3];
    this.filter = state.whole("filter", 0, this.filters - 1, 0);
    const place = (state.get("place") ?? "none").split(",").map(Number);
    this.y = this.within(place[0], output[0]);
    this.x = this.within(place[1], output[1]);

    this.choices = choices({
      text: "lookFilters",
      count: this.filters,
      name: (i) => ["lookFilterOne", i + 1],
      value: this.filter,
      change: (i) => {
        this.filter = i;
        look.set("filter", i);
        this.draw();
      },
    });
    const moving = { on: {
      pointerdown: (event) => this.point(event),
      pointermove: (event) => event.buttons > 0 && this.point(event),
      keydown: (event) => this.key(event),
    } };
    this.place = make("canvas", { class: "framed", tabindex: "0", role: "img", ...moving });
    this.answer = make("canvas", { class: "framed", role: "img", ...moving });
    for (const canvas of [this.place, this.answer]) {
      const [rows, columns] = canvas === this.place ? this.input : output;
      canvas.style.aspectRatio = `${columns} / ${rows}`;
      new ResizeObserver(() => this.frames()).observe(canvas);
    }
    this.tables = ["lookPatch", "lookKernel", "lookProduct"].map((text) =>
      make("table", { class: "cells" }, make("caption", { text })));
    const [patch, weights, products] = this.tables;
    this.sum = make("p", { class: "reading" });
    this.result = make("p", { class: "reading" });
    const sign = (text) => make("span", { class: "sign", aria: { hidden: true } }, text);
    this.element = make("div", { class: "card" },
      make("h2", { text: "lookFilter" }), make("p", { text: "lookFilterNote" }),
      this.choices.element,
      make("div", { class: "framedpair" },
        make("figure", {}, this.place, make("figcaption", { text: "lookNamePlace" })),
        make("figure", {}, this.answer, make("figcaption", { text: "lookNameAnswer" }))),
      make("div", { class: "equation" }, patch, sign("×"), weights, sign("="), products),
      this.sum, this.result);
  }

  /** A place along an axis; the middle if it is not one. */
  within(value, extent) {
    return Number.isInteger(value) && value >= 0 && value < extent ? value : extent >> 1;
  }

  /** Moves to a place. */
  to(y, x) {
    this.y = Math.max(0, Math.min(y, this.output[0] - 1));
    this.x = Math.max(0, Math.min(x, this.output[1] - 1));
    this.look.set("place", `${this.y},${this.x}`);
    this.draw();
  }

  point(event) {
    const box = event.currentTarget.getBoundingClientRect();
    this.to(Math.floor(((event.clientY - box.top) / box.height) * this.output[0]),
      Math.floor(((event.clientX - box.left) / box.width) * this.output[1]));
  }

  key(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!(event.key in by)) return;
    event.preventDefault();
    const [down, right] = by[event.key];
    this.to(this.y + down, this.x + right);
    this.app.announce(`${this.sum.textContent}. ${this.result.textContent}`);
  }

  /** Computes again what depends on the image. */
  update() {
    const { app: { model }, look, layer } = this;
    this.values = layer > 0 ? model.activations(look.input, layer - 1).values : look.input;
    this.answers = model.activations(look.input, layer).values;
    this.draw();
  }

  /** The sum at a place, before the activation, and what it is made of. */
  sumAt(filter, weights, y, x) {
    const patch = patchAt(this.values, this.input, this.conv, y, x);
    const products = patch.map((value, i) => value * weights[i]);
    const sum = products.reduce((total, product) => total + product, 0);
    return { patch, products, sum, z: sum + (this.weights.bias?.[filter] ?? 0) };
  }

  draw() {
    if (!this.values) return;
    const { conv, filter, filters, y, x } = this;
    const shape = [conv.height, conv.width, conv.channels, filters];
    const all = this.choices.canvases.map((_, i) => filterOf(this.weights.kernel, shape, i));
    const most = largest(this.weights.kernel);
    this.choices.canvases.forEach((canvas, i) =>
      drawSignedImage(canvas, all[i], conv, most));
    const weights = all[filter];
    const { patch, products, sum, z } = this.sumAt(filter, weights, y, x);

    // The channels of a color image stand below each other.
    const order = (values) => Array.from({ length: conv.channels }, (_, k) =>
      values.filter((_, i) => i % conv.channels === k)).flat();
    const [patchTable, weightTable, productTable] = this.tables;
    fillNumbers(patchTable, order(patch), conv.width, grayColor);
    fillNumbers(weightTable, order(weights), conv.width, (value) => signedColor(value, most));
    const mostProduct = largest(products);
    fillNumbers(productTable, order(products), conv.width,
      (value) => signedColor(value, mostProduct));

    const [rows, columns] = this.output;
    const answer = this.answers[(y * columns + x) * filters + filter];
    const sums = [];
    const answers = [];
    for (let at = 0; at < rows * columns; at += Math.max(1, Math.floor((rows * columns) / 60))) {
      const [row, column] = [Math.floor(at / columns), at % columns];
      sums.push(this.sumAt(filter, weights, row, column).z);
      answers.push(this.answers[at * filters + filter]);
    }
    const bias = this.weights.bias?.[filter] ?? 0;
    tell(this.sum, "lookSum", figure(sum, 3), figure(bias, 3), figure(z, 3));
    const name = functionName(sums, answers);
    tell(this.result, "lookActivation", name, figure(z, 3), figure(answer, 3), y + 1, x + 1);
    label(this.place, "aria-label", "lookPlace", y + 1, x + 1);
    label(this.answer, "aria-label", "lookAnswer", filter + 1);
    this.frames();
  }

  /** Draws the image and the answer, with the frame around the place. */
  frames() {
    if (!this.values) return;
    const { conv, y, x, filter, filters } = this;
    const [height, width, channels] = this.input;
    const frame = {
      x: x * conv.strideX - conv.padX, y: y * conv.strideY - conv.padY,
      width: conv.width, height: conv.height,
    };
    drawFramed(this.place, (canvas) =>
      drawImage(canvas, this.values, { height, width, channels }), height, width, frame);
    const [rows, columns] = this.output;
    const map = channelOf(this.answers, filters, filter);
    const most = largest(map) || 1;
    drawFramed(this.answer, (canvas) => drawNumbers(canvas, map, rows, columns,
      (value) => (value < 0 ? signedColor(value, most) : grayColor(value / most))),
    rows, columns, { x, y, width: 1, height: 1 });
  }
}
