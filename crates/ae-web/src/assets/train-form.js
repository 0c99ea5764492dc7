// The settings of a training: their controls, their keys in the address, and the command with
// which the program trains in the same way.

/** The optimizers that the engine knows, with their usual learning rates (those of ae-optim). */
const OPTIMIZERS = {
  rmsprop: ["RMSprop", 0.001],
  "rmsprop-keras3": ["RMSprop (Keras 3)", 0.001],
  adadelta: ["Adadelta", 1],
  adam: ["Adam", 0.001],
  adamw: ["AdamW", 0.001],
  sgd: ["SGD, momentum 0.9", 0.01],
};

/** A word as a shell reads it back: in quotes if it holds more than letters, digits and `,._/-`. */
function shellWord(text) {
  return /^[\w,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The controls of a training. `changed` is called when one of them has a new value. */
class TrainForm {
  constructor(app, changed) {
    const { training, train } = app.bundle;
    this.app = app;
    /** What a control starts with, and its limits. */
    this.fields = {
      limit: { text: "trainImages", start: train.count, min: 1, max: train.count },
      epochs: { text: "trainEpochs", start: training.epochs, min: 1, max: 10000 },
      batch: { text: "trainBatch", start: training.batch, min: 1, max: 10000 },
      latent: { text: "trainLatent", start: training.latent, min: 1, max: 64 },
      rate: { text: "trainRate", start: training.rate, min: 0.000001, max: 1000, step: "any" },
      seed: { text: "trainSeed", start: training.seed, min: 0, max: 4294967295 },
    };
    for (const [name, field] of Object.entries(this.fields)) {
      const { text, min, max, step = 1 } = field;
      field.max = Math.max(max, field.start);
      field.input = make("input", {
        type: "number", id: `train-${name}`, min, max: field.max, step, required: true,
        on: { change: () => this.take(changed) },
      });
      field.element = make("label", { class: "field" }, make("span", { text }), field.input);
    }
    this.optimizer = make("select", {
      id: "train-optimizer",
      on: {
        change: () => {
          this.fields.rate.input.value = OPTIMIZERS[this.optimizer.value][1];
          this.take(changed);
        },
      },
    }, Object.entries(OPTIMIZERS).map(([value, [name]]) => make("option", { value }, name)));
    const { limit, epochs, batch, latent, rate, seed } = this.fields;
    const rule = make("label", { class: "field" },
      make("span", { text: "trainOptimizer" }), this.optimizer);
    this.set = make("fieldset", { class: "settings" }, make("legend", { text: "trainSettings" }),
      limit.element, epochs.element, batch.element, latent.element, rule, rate.element,
      seed.element);
    this.element = make("form", { on: { submit: (event) => event.preventDefault() } }, this.set);
    this.restore();
  }

  /** Reads the settings in the address. Returns whether one differs from what was shown. */
  restore() {
    const { state, bundle } = this.app;
    const before = this.key();
    const named = state.get("t.optimizer");
    const optimizer = Object.hasOwn(OPTIMIZERS, named) ? named : bundle.training.optimizer;
    const own = optimizer === bundle.training.optimizer;
    this.optimizer.value = optimizer;
    for (const [name, { input, start, min, max, step }] of Object.entries(this.fields)) {
      const usual = name === "rate" && !own ? OPTIMIZERS[optimizer][1] : start;
      const value = state.number(`t.${name}`, min, max, usual);
      input.value = step === "any" ? value : Math.round(value);
    }
    return before !== this.key();
  }

  /** Writes the settings into the address; those with which the page begins are left out. */
  take(changed) {
    if (!this.element.checkValidity()) {
      this.element.reportValidity();
      return;
    }
    const { state, bundle } = this.app;
    const own = this.optimizer.value === bundle.training.optimizer;
    state.set("t.optimizer", own ? null : this.optimizer.value);
    for (const [name, { input, start }] of Object.entries(this.fields)) {
      const usual = name === "rate" && !own ? OPTIMIZERS[this.optimizer.value][1] : start;
      state.set(`t.${name}`, Number(input.value) === usual ? null : input.value);
    }
    changed();
  }

  /** All values in one text, to see whether they differ. */
  key() {
    return JSON.stringify([this.optimizer.value,
      ...Object.values(this.fields).map(({ input }) => input.value)]);
  }

  /** Whether all values are within their limits. */
  get valid() {
    return this.element.checkValidity();
  }

  value(name) {
    return Number(this.fields[name].input.value);
  }

  /** The settings as the engine's trainer takes them. */
  settings() {
    return {
      model: "notebook-dense",
      latent: this.value("latent"),
      optimizer: this.optimizer.value,
      rate: this.value("rate"),
      batch: Math.min(this.value("batch"), this.value("limit")),
      epochs: this.value("epochs"),
      seed: this.value("seed"),
      ...this.app.bundle.image,
    };
  }

  /** The command with which the program trains in the same way, on the same images. */
  command() {
    const { source, classes } = this.app.bundle.training;
    const parts = ["cargo run -p ae-app -- dense"];
    if (source !== "mnist") parts.push("--dataset", shellWord(source), "--model notebook-dense");
    if (classes?.length) parts.push("--classes", shellWord(classes.join(",")));
    parts.push("--limit", this.value("limit"), "--epochs", this.value("epochs"));
    parts.push("--batch", this.value("batch"), "--latent", this.value("latent"));
    parts.push("--optimizer", this.optimizer.value, "--lr", this.value("rate"));
    parts.push("--seed", this.value("seed"));
    return parts.join(" ");
  }
}
