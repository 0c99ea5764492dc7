// The panel "Look inside": what a layer sees, computes and answers, number by number.

/** How many test images can be chosen, and how many pictures of a layer are shown. */
const CHOSEN = 12;
const MAPS = 64;

/** What the parts of the panel look at: a test image, with noise for a denoising model. */
class Look {
  constructor(app) {
    const { bundle, engine, state } = app;
    this.app = app;
    this.engine = engine;
    this.image = bundle.image;
    this.shape = [this.image.height, this.image.width, this.image.channels];
    this.size = this.shape.reduce((product, extent) => product * extent, 1);
    this.count = Math.min(CHOSEN, bundle.test.count);
    // A key of its own: "image" is the test image in place of a drawing, which must not be lost.
    this.index = state.whole("look", 0, this.count - 1, 0);
    this.denoises = bundle.run?.noise > 0;
    this.noise = this.denoises ? state.number("noise", 0, 0.9, bundle.run.noise) : 0;
    this.seen = this.keys();
    this.take();
  }

  /** Sets a key of the panel in the address. */
  set(key, value) {
    this.app.state.set(key, value);
    this.seen = this.keys();
  }

  /** What the address says of the panel. */
  keys() {
    const { state } = this.app;
    return ["look", "noise", "filter", "place", "unit", "layer", "weight", "step"]
      .map((key) => state.get(key)).join(" ");
  }

  /** Reads the image: `target` is clean, `input` is what the model sees. */
  take() {
    this.target = this.app.bundle.test.images(this.index, 1);
    this.input = this.noise > 0
      ? this.engine.noise(this.target, 1, this.noise, this.index)
      : this.target;
  }
}

/** The part of the panel that shows the outputs of any layer. */
class MapsPart {
  constructor(app, look) {
    this.app = app;
    this.look = look;
    const { layers } = app.model;
    this.layer = make("select", {
      on: {
        change: () => {
          look.set("layer", this.layer.value);
          this.update();
        },
      },
    }, layers.map(({ name, output }, i) =>
      make("option", { value: i }, `${name} (${output.join(" × ")})`)));
    this.layer.value = app.state.whole("layer", 0, layers.length - 1, 0);
    this.sheet = make("div", { class: "strip", role: "img" });
    this.note = make("p", { class: "note" });
    this.more = make("p", { class: "note", hidden: true });
    this.element = make("div", { class: "card" }, make("h2", { text: "lookMaps" }),
      make("label", { class: "field" }, make("span", { text: "lookMapsLayer" }), this.layer),
      this.note, this.sheet, this.more);
  }

  update() {
    const { app: { model }, look } = this;
    const layer = Number(this.layer.value);
    const { shape, values } = model.activations(look.input, layer);
    const { name } = model.layers[layer];
    // Not Math.min(...values): a call cannot have half a million arguments.
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const ends = [figure(low, 3), figure(high, 3)];
    const most = largest(values) || 1;
    const paint = (value) => (value < 0 ? signedColor(value, most) : grayColor(value / most));
    const pictures = (count) => {
      if (this.sheet.children.length !== count) {
        this.sheet.replaceChildren(...Array.from({ length: count }, () =>
          make("canvas", { class: "picture" })));
      }
      return [...this.sheet.children];
    };
    const text = (key, ...rest) => {
      tell(this.note, key, ...rest);
      label(this.sheet, "aria-label", key, ...rest);
    };
    this.sheet.classList.toggle("wide", shape.length === 1);
    const channels = shape.length === 3 ? shape[2] : 1;
    this.more.hidden = channels <= MAPS;
    tell(this.more, "lookMapsMore", MAPS, channels);
    if (shape.length === 3) {
      const [rows, columns] = shape;
      text("lookMapsLabel", name, channels, rows, columns, ...ends);
      pictures(Math.min(channels, MAPS)).forEach((canvas, k) =>
        drawNumbers(canvas, channelOf(values, channels, k), rows, columns, paint));
    } else {
      // Numbers that are an image are shown as one; others in a row.
      text("lookMapsVector", name, values.length, ...ends);
      const image = values.length === look.size && look.image.channels === 1;
      const [rows, columns] = image ? look.shape : [1, values.length];
      drawNumbers(pictures(1)[0], values, rows, columns, paint);
      this.sheet.classList.toggle("wide", !image);
    }
  }
}

/** The table of the layers. */
function layerTable(model) {
  const head = ["lookLayerName", "lookLayerOutput", "lookLayerKernel", "lookLayerWeights"];
  const rows = model.layers.map(({ name, output, kernel, parameters }) =>
    [name, output.join(" × "), kernel ? kernel.join(" × ") : "–", String(parameters)]);
  return make("details", { class: "losses" }, make("summary", { text: "lookLayers" }),
    make("div", { class: "scrolls", tabindex: "0", role: "region", aria: { label: "lookLayers" } },
      make("table", {},
        make("thead", {}, make("tr", {}, head.map((text) => make("th", { text, scope: "col" })))),
        make("tbody", {}, rows.map((row) =>
          make("tr", {}, row.map((cell) => make("td", {}, cell))))))));
}

/** Fills the panel with what the address asks for. */
function lookInside(section, app) {
  const { model, bundle } = app;
  const look = new Look(app);
  const first = model.layers.findIndex(({ kernel }) => kernel);
  const dims = model.layers[first]?.kernel.length;
  const kinds = { conv2d: FilterPart, dense: UnitPart };
  const Part = kinds[model.layers[first]?.kind];
  // A dense layer after others sees no image.
  const shown = Part && (dims === 4 || model.layers[first].kernel[0] === look.size);
  const parts = [
    shown ? new Part(app, look, first) : null,
    new MapsPart(app, look),
    first >= 0 ? new GradientPart(app, look) : null,
  ].filter(Boolean);
  const update = perFrame(() => {
    look.take();
    for (const part of parts) part.update();
  });
  const images = choices({
    text: "lookImages",
    count: look.count,
    name: (i) => ["lookImage", i + 1],
    value: look.index,
    change: (i) => {
      look.index = i;
      look.set("look", i);
      update();
    },
  });
  images.canvases.forEach((canvas, i) => drawImage(canvas, bundle.test.images(i, 1), look.image));
  const noise = look.denoises && slider({
    text: "lookNoise",
    min: 0, max: 0.9, step: 0.05, value: look.noise,
    show: (level) => figure(level, 2),
    change: (level) => {
      look.noise = level;
      look.set("noise", level);
      update();
    },
  });
  section.replaceChildren(
    make("div", { class: "card" }, make("h2", { text: "lookImages" }), images.element,
      noise ? noise.element : null, layerTable(model)),
    ...parts.map(({ element }) => element));
  return { look, update };
}

panel({
  id: "inspect",
  title: { en: "Look inside", fr: "Regarder à l'intérieur" },
  start(section, app) {
    let inside = lookInside(section, app);
    return {
      show: () => inside.update(),
      // The panel is built again when a lesson or a link asks for another view.
      restore() {
        if (inside.look.keys() !== inside.look.seen) inside = lookInside(section, app);
      },
    };
  },
});
