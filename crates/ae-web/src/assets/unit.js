// "Look inside": a unit of the first dense layer, and what the decoder draws for it.

/** The most units that are shown. */
const UNITS = 64;

/** The part of the panel for a model that begins with a dense layer, its `layer`. */
class UnitPart {
  constructor(app, look, layer) {
    const { model, state } = app;
    this.app = app;
    this.look = look;
    this.layer = layer;
    [this.inputs, this.units] = model.layers[layer].kernel;
    this.weights = model.weights(layer);
    this.bias = this.weights.bias ?? new Float32Array(this.units);
    const count = Math.min(this.units, UNITS);
    this.unit = state.whole("unit", 0, count - 1, 0);
    // Where the next layer with weights already draws pixels, its row is the unit's own picture.
    const last = model.layers.length - 1;
    const drawing = model.layers[last].kernel;
    const direct = drawing?.length === 2 && drawing[0] === this.units && drawing[1] === look.size
      && model.layers.slice(layer + 1, last).every(({ parameters }) => parameters === 0);
    this.decoder = direct ? model.weights(last).kernel : null;

    this.choices = choices({
      text: "lookUnits",
      count,
      name: (i) => ["lookUnitOne", i + 1],
      value: this.unit,
      change: (i) => {
        this.unit = i;
        look.set("unit", i);
        this.draw();
      },
    });
    const most = largest(this.weights.kernel);
    this.choices.canvases.forEach((canvas, i) =>
      drawSignedImage(canvas, this.column(i), look.image, most));
    this.named = (text) => namedPicture(text, text, look.image);
    this.image = this.named("lookUnitImage");
    this.own = this.named("lookUnitWeights");
    this.product = this.named("lookUnitProduct");
    this.sum = make("p", { class: "reading" });
    this.result = make("p", { class: "reading" });
    const sign = (text) => make("span", { class: "sign", aria: { hidden: true } }, text);
    this.element = make("div", { class: "card" },
      make("h2", { text: "lookUnit" }), make("p", { text: "lookUnitNote" }),
      this.choices.element,
      make("div", { class: "equation" }, this.image.element, sign("×"), this.own.element, sign("="),
        this.product.element),
      this.sum, this.result);
    if (direct) {
      this.draws = this.named("lookUnitDraws");
      this.adds = this.named("lookUnitAdds");
      this.output = this.named("lookUnitOutput");
      this.element.append(make("div", { class: "equation" }, this.draws.element, sign("→"),
        this.adds.element, sign("→"), this.output.element));
    }
  }

  /** The weights of a unit, one for each input. */
  column(unit) {
    const { kernel } = this.weights;
    return Float32Array.from({ length: this.inputs }, (_, i) => kernel[i * this.units + unit]);
  }

  /** Computes again what depends on the image. */
  update() {
    const { app: { model }, look, layer } = this;
    this.answers = model.activations(look.input, layer).values;
    this.predicted = this.decoder && model.predict(look.input);
    this.draw();
  }

  draw() {
    if (!this.answers) return;
    const { look, unit, answers } = this;
    const own = this.column(unit);
    const products = own.map((weight, i) => weight * look.input[i]);
    const sum = products.reduce((total, product) => total + product, 0);
    const z = sum + this.bias[unit];
    this.image.draw(look.input);
    drawSignedImage(this.own.canvas, own, look.image, largest(this.weights.kernel));
    drawSignedImage(this.product.canvas, products, look.image);

    // The sums of all units tell which function made the answers of them.
    const sums = Array.from({ length: this.units }, (_, k) => this.bias[k]);
    for (let i = 0; i < this.inputs; i++) {
      const value = look.input[i];
      if (value === 0) continue;
      for (let k = 0; k < this.units; k++) {
        sums[k] += value * this.weights.kernel[i * this.units + k];
      }
    }
    const name = functionName(sums, answers);
    const code = this.units === this.app.model.codeLength;
    tell(this.sum, "lookSum", figure(sum, 3), figure(this.bias[unit], 3), figure(z, 3));
    tell(this.result, code ? "lookUnitAnswer" : "lookUnitHidden", name, figure(z, 3),
      figure(answers[unit], 3));
    if (!this.decoder) return;
    const row = this.decoder.subarray(unit * look.size, (unit + 1) * look.size);
    const drawn = Array.from(answers, (answer, k) => answer *
      largest(this.decoder.subarray(k * look.size, (k + 1) * look.size)));
    drawSignedImage(this.draws.canvas, row, look.image);
    drawSignedImage(this.adds.canvas, row.map((value) => value * answers[unit]), look.image,
      Math.max(...drawn.map(Math.abs)));
    this.output.draw(this.predicted);
  }
}
