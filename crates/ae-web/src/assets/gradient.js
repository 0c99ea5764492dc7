// "Look inside": the gradient of one weight, from the backward pass and from two losses.

/** The steps of the chart, as powers of ten, and the ends of the slider. */
const EXPONENTS = Array.from({ length: 21 }, (_, i) => -i / 4);
const [LARGE, SMALL] = [-1, -4];

/** How far two numbers are apart, relative to the larger one; 0 for two zeros. */
function relativeError(a, b) {
  const size = Math.max(Math.abs(a), Math.abs(b));
  return size === 0 ? 0 : Math.abs(a - b) / size;
}

/** The part of the panel that checks a gradient. */
class GradientPart {
  constructor(app, look) {
    const { model, state } = app;
    this.app = app;
    this.look = look;
    const layers = model.layers.map((layer, i) => ({ ...layer, i })).filter(({ kernel }) => kernel);
    this.layer = make("select", { on: { change: () => this.choose(null) } },
      layers.map(({ name, i }) => make("option", { value: i }, name)));
    this.part = make("select", { on: { change: () => this.choose(null) } },
      make("option", { value: "kernel", text: "lookGradientKernel" }),
      make("option", { value: "bias", text: "lookGradientBias" }));
    this.position = make("input", {
      type: "number", min: 1, step: 1, on: { change: () => this.choose(this.typed()) },
    });
    this.exponent = state.number("step", SMALL, LARGE, -2);
    this.step = slider({
      text: "lookGradientStep",
      min: SMALL, max: LARGE, step: 0.25, value: this.exponent,
      show: (exponent) => scientific(10 ** exponent, 2),
      change: (exponent) => {
        this.exponent = exponent;
        look.set("step", exponent);
        this.write();
      },
    });
    const field = (text, control) => make("label", { class: "field" }, make("span", { text }), control);
    this.values = Object.fromEntries(["Loss", "Backward", "Difference", "Error"].map((name) =>
      [name, make("dd")]));
    this.zero = make("p", { class: "note", text: "lookGradientZero", hidden: true });
    this.chart = make("canvas", {
      class: "errors", role: "img", aria: { label: "lookGradientAxis" },
    });
    new ResizeObserver(() => this.draw()).observe(this.chart);
    this.element = make("div", { class: "card" },
      make("h2", { text: "lookGradient" }), make("p", { text: "lookGradientNote" }),
      make("p", { class: "formula", text: "lookGradientFormula" }),
      make("div", { class: "settings few" }, field("lookMapsLayer", this.layer),
        field("lookGradientPart", this.part), field("lookGradientPosition", this.position),
        make("button", { text: "lookGradientAnother", on: { click: () => this.another() } })),
      this.step.element,
      make("dl", { class: "facts" }, Object.entries(this.values).map(([name, value]) =>
        make("div", {}, make("dt", { text: `lookGradient${name}` }), value))),
      this.zero, this.chart, make("p", { text: "lookGradientWhy" }));
    const asked = (state.get("weight") ?? "").split(",");
    if (layers.some(({ i }) => String(i) === asked[0])) this.layer.value = asked[0];
    if (asked[1] === "bias") this.part.value = "bias";
    this.choose(asked[2] === undefined ? null : Number(asked[2]), false);
  }

  /** The kernel or bias that is chosen. */
  get weights() {
    return this.app.model.weights(Number(this.layer.value))[this.part.value] ?? [];
  }

  /** Chooses the weight with this number, from 0; the one in the middle for null. */
  choose(number, computes = true) {
    const count = this.weights.length;
    const valid = Number.isInteger(number) && number >= 0 && number < count;
    this.number = valid ? number : this.telling(count);
    this.position.max = count;
    this.position.value = this.number + 1;
    if (!computes) return;
    this.look.set("weight", `${this.layer.value},${this.part.value},${this.number}`);
    this.update();
  }

  /** A weight from the middle of the image on whose gradient is not 0, as at the black edges. */
  telling(count) {
    const { kernel } = this.app.model.layers[Number(this.layer.value)];
    const outputs = kernel.at(-1);
    const { width, channels } = this.look.image;
    const pixel = count === this.look.size * outputs ? (width * channels) >> 1 : 0;
    const start = this.part.value === "bias" ? 0
      : (Math.floor(count / outputs / 2) + pixel) * outputs;
    for (let i = 0; i < 40; i++) {
      // Another pixel or channel, and another unit, each time.
      this.number = (start + i * (41 * outputs + 1)) % count;
      if (this.check(LARGE).gradient !== 0) return this.number;
    }
    return start;
  }

  typed() {
    return Math.round(Number(this.position.value)) - 1;
  }

  another() {
    this.choose(Math.floor(Math.random() * this.weights.length));
  }

  /** Both derivatives with this step. */
  check(exponent) {
    const { app: { model }, look: { input, target } } = this;
    return model.gradient(input, target, Number(this.layer.value), this.part.value, this.number,
      10 ** exponent);
  }

  /** Computes again what depends on the image and the weight. */
  update() {
    this.errors = [];
    this.turn = (this.turn ?? 0) + 1;
    this.write();
    this.fill(this.turn);
  }

  /** Computes the points of the chart, a few at a time: with a large model they take seconds. */
  fill(turn) {
    const end = performance.now() + 12;
    while (this.errors.length < EXPONENTS.length && performance.now() < end) {
      const { gradient, difference } = this.check(EXPONENTS[this.errors.length]);
      this.errors.push(relativeError(gradient, difference));
    }
    this.draw();
    if (this.errors.length === EXPONENTS.length) return;
    setTimeout(() => turn === this.turn && this.element.isConnected && this.fill(turn));
  }

  write() {
    if (!this.errors) return;
    const { loss, gradient, difference } = this.check(this.exponent);
    const numbers = {
      Loss: figure(loss, 5),
      Backward: scientific(gradient, 5),
      Difference: scientific(difference, 5),
      Error: scientific(relativeError(gradient, difference), 2),
    };
    for (const [name, text] of Object.entries(numbers)) this.values[name].textContent = text;
    this.zero.hidden = gradient !== 0 || difference !== 0;
    this.draw();
  }

  /** Draws the relative errors over the steps, both in powers of ten. */
  draw() {
    const fitted = fitCanvas(this.chart);
    if (!fitted || !this.errors) return;
    const { context: c, width, height } = fitted;
    const [low, high] = [-7, 0];
    const [left, right, top, bottom] = [44, width - 12, 24, height - 24];
    const x = (exponent) => right + (exponent / 5) * (right - left);
    const y = (error) => {
      const power = Math.max(low, Math.min(Math.log10(error || 1e-9), high));
      return bottom - ((power - low) / (high - low)) * (bottom - top);
    };
    c.font = `12px ${getComputedStyle(this.chart).fontFamily}`;
    c.fillStyle = color("--soft");
    c.strokeStyle = color("--line");
    c.textBaseline = "middle";
    c.textAlign = "left";
    c.fillText(say("lookGradientAxis"), 4, 9);
    c.textAlign = "right";
    for (let power = low; power <= high; power += 1) {
      c.beginPath();
      c.moveTo(left, y(10 ** power));
      c.lineTo(right, y(10 ** power));
      c.stroke();
      if (power % 2 === 0) c.fillText(power === 0 ? "1" : `1e${power}`, left - 6, y(10 ** power));
    }
    c.textAlign = "center";
    for (let power = -5; power <= 0; power++) {
      c.fillText(power === 0 ? "1" : `1e${power}`, x(power), bottom + 13);
    }
    c.strokeStyle = c.fillStyle = color("--class-0");
    c.lineWidth = 2;
    c.beginPath();
    this.errors.forEach((error, i) => c.lineTo(x(EXPONENTS[i]), y(error)));
    c.stroke();
    const now = EXPONENTS.indexOf(this.exponent);
    this.errors.forEach((error, i) => {
      c.fillStyle = color(i === now ? "--class-1" : "--class-0");
      c.beginPath();
      c.arc(x(EXPONENTS[i]), y(error), i === now ? 6 : 3, 0, 2 * Math.PI);
      c.fill();
    });
    if (this.errors.length < EXPONENTS.length) return;
    const best = this.errors.indexOf(Math.min(...this.errors));
    label(this.chart, "aria-label", "lookGradientChart", scientific(10 ** EXPONENTS[best], 2));
  }
}
