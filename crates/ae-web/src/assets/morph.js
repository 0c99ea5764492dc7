// The morph: from one test image to another, through the codes and through the pixels.

words({
  en: {
    morphTitle: "From A to B",
    morphText: "Halfway between two codes lies a code, and the decoder makes one image of it. Halfway between two images lie both at once, each half faded.",
    morphAt: "t, from A to B",
    morphCode: "through the codes",
    morphCodeLabel: "The decoder's image of the code between A and B",
    morphPixels: "through the pixels",
    morphPixelsLabel: "The cross-fade of the images A and B",
    morphImage: "image {0}",
    morphImageLabel: "Test image {0}",
    morphPrevious: "Previous test image as {0}",
    morphNext: "Next test image as {0}",
    morphGallery: "Two rows from A to B: through the codes, and through the pixels",
  },
  fr: {
    morphTitle: "De A à B",
    morphText: "À mi-chemin entre deux codes se trouve un code, dont le décodeur fait une seule image. À mi-chemin entre deux images, on voit les deux à la fois, à moitié effacées.",
    morphAt: "t, de A à B",
    morphCode: "en passant par les codes",
    morphCodeLabel: "L'image que le décodeur fait du code entre A et B",
    morphPixels: "en passant par les pixels",
    morphPixelsLabel: "Le fondu des images A et B",
    morphImage: "image {0}",
    morphImageLabel: "Image de test {0}",
    morphPrevious: "Image de test précédente comme {0}",
    morphNext: "Image de test suivante comme {0}",
    morphGallery: "Deux rangées de A à B : en passant par les codes, et par les pixels",
  },
});

/** The steps of the strip from A to B. */
const MORPH_STEPS = 7;

/** Numbers between two lists: (1 - t) a + t b. */
function between(a, b, t) {
  return a.map((x, i) => (1 - t) * x + t * b[i]);
}

/** The card of the morph: { element, restore }. The state has "a", "b" and "t". */
function morphCard(app) {
  const { model, state } = app;
  const { test } = app.bundle;
  const ends = { a: { index: 0 }, b: { index: Math.min(1, test.count - 1) } };
  let t = 0.5;
  const code = namedPicture("morphCodeLabel", "morphCode", model.input);
  const pixels = namedPicture("morphPixelsLabel", "morphPixels", model.input);
  const strip = gallery({
    text: "morphGallery",
    rows: ["morphCode", "morphPixels"],
    columns: MORPH_STEPS,
    image: model.input,
    classes: "steps",
  });
  const draw = perFrame(() => {
    const { a, b } = ends;
    code.draw(model.decode(between(a.code, b.code, t)));
    pixels.draw(between(a.image, b.image, t));
  });
  const move = slider({
    text: "morphAt",
    min: 0,
    max: 1,
    step: 0.01,
    value: t,
    show: (x) => number(x, 2, 2),
    change: (x) => {
      t = x;
      state.set("t", x);
      draw();
    },
  });
  /** Reads an end's image, and draws all that depends on it. */
  const load = (key) => {
    const end = ends[key];
    end.image = test.images(end.index);
    end.code = model.encode(end.image);
    end.shown.draw(end.image);
    tell(end.shown.note, "morphImage", end.index + 1);
    label(end.shown.canvas, "aria-label", "morphImageLabel", end.index + 1);
  };
  const drawStrip = () => {
    const parts = Array.from({ length: MORPH_STEPS }, (_, i) => i / (MORPH_STEPS - 1));
    const { a, b } = ends;
    strip.set(0, model.decode(joined(parts.map((part) => between(a.code, b.code, part)))));
    strip.set(1, joined(parts.map((part) => between(a.image, b.image, part))));
  };
  const pick = (key, index) => {
    ends[key].index = (index + test.count) % test.count;
    state.set(key, ends[key].index);
    load(key);
    drawStrip();
    draw();
  };
  const side = (key) => {
    const end = ends[key];
    const name = key.toUpperCase();
    end.shown = namedPicture(["morphImageLabel", 1], make("strong", {}, name), model.input);
    const step = (text, sign, way) => make("button", {
      aria: { label: [text, name] },
      on: { click: () => pick(key, end.index + way) },
    }, sign);
    return make("div", { class: "end" }, end.shown.element,
      make("div", { class: "buttons" }, step("morphPrevious", "‹", -1), step("morphNext", "›", 1)));
  };
  const element = make("div", { class: "card" }, make("h2", { text: "morphTitle" }),
    make("p", { text: "morphText" }),
    make("div", { class: "morph" }, side("a"), code.element, pixels.element, side("b")),
    move.element, strip.element);
  const restore = () => {
    const last = test.count - 1;
    ends.a.index = state.whole("a", 0, last, 0);
    ends.b.index = state.whole("b", 0, last, Math.min(1, last));
    t = state.number("t", 0, 1, 0.5);
    move.set(t);
    load("a");
    load("b");
    drawStrip();
    draw();
  };
  return { element, restore };
}
