// The panel "Draw": a drawing, or a test image, as the model sees it, with noise if one likes, and
// the model's answer.

words({
  en: {
    drawIntro: "Draw a digit. It is centered as the digits of MNIST are, and goes through the model while you draw. A model knows only what it has been trained on: draw something else, and see what it makes of it.",
    drawTitle: "Your drawing",
    penWidth: "pen width",
    undo: "Undo",
    clear: "Clear",
    testPrevious: "Previous test image",
    testNext: "A test image",
    drawnTest: "Test image {0} of {1} is loaded.",
    drawnEmpty: "The pad is empty.",
    drawnPad: "Your drawing.",
    noiseLevel: "noise: standard deviation",
    noiseAgain: "Other noise",
    seenLabel: "The image as the model sees it, without noise",
    seen: "centered",
    noisyLabel: "The image with noise, which is the model's input",
    noisy: "with noise",
    answerLabel: "The model's answer",
    answer: "the model's answer",
    errorAnswer: "Squared error of the answer, mean over the pixels: {0}",
    errorNoise: "Squared error of the noise: {0}. The answer's error is {1} % of it.",
    errorTests: "Answers to the first {0} test images with this noise: {1}",
    drawMap: "Its place on the map",
  },
  fr: {
    drawIntro: "Dessinez un chiffre. Il est centré comme le sont ceux de MNIST, et passe dans le modèle pendant que vous dessinez. Un modèle ne connaît que ce sur quoi il a été entraîné : dessinez autre chose, et voyez ce qu'il en fait.",
    drawTitle: "Votre dessin",
    penWidth: "épaisseur du trait",
    undo: "Annuler",
    clear: "Effacer",
    testPrevious: "Image de test précédente",
    testNext: "Une image de test",
    drawnTest: "L'image de test {0} sur {1} est chargée.",
    drawnEmpty: "Rien n'est dessiné.",
    drawnPad: "Votre dessin.",
    noiseLevel: "bruit : écart type",
    noiseAgain: "Un autre bruit",
    seenLabel: "L'image telle que le modèle la voit, sans bruit",
    seen: "centrée",
    noisyLabel: "L'image bruitée, qui est l'entrée du modèle",
    noisy: "bruitée",
    answerLabel: "La réponse du modèle",
    answer: "la réponse du modèle",
    errorAnswer: "Erreur quadratique de la réponse, moyenne sur les pixels : {0}",
    errorNoise: "Erreur quadratique du bruit : {0}. L'erreur de la réponse en vaut {1} %.",
    errorTests: "Réponses aux {0} premières images de test avec ce bruit : {1}",
    drawMap: "Sa place sur la carte",
  },
});

/** The test images whose mean error stands beside that of the drawing. */
const COMPARED = 32;

/** The largest noise, as in the notebook. */
const MOST_NOISE = 0.9;

/** The mean of the squared differences. */
function squaredError(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/** The drawing and all that is computed from it. */
class Drawing {
  constructor(app) {
    this.app = app;
    const { bundle, model } = app;
    this.image = model.input;
    this.test = bundle.test;
    /** The test image that is shown in place of the drawing, or null. */
    this.loaded = null;
    this.level = 0;
    this.draw = perFrame(() => this.compute());
    this.pad = new Pad(() => this.drawn());
    this.status = make("p", { class: "note", role: "status" });
    this.seen = namedPicture("seenLabel", "seen", this.image);
    this.noisy = namedPicture("noisyLabel", "noisy", this.image);
    this.answer = namedPicture("answerLabel", "answer", this.image);
    this.errors = [1, 2, 3].map(() => make("p", { class: "reading" }));
    this.noise = slider({
      text: "noiseLevel",
      min: 0,
      max: MOST_NOISE,
      step: 0.05,
      value: 0,
      show: (x) => number(x, 2, 2),
      change: (x) => {
        app.state.set("noise", x);
        this.level = x;
        this.draw();
      },
    });
    this.again = make("button", {
      text: "noiseAgain",
      on: {
        click: () => {
          app.state.set("seed", app.state.whole("seed", 0, 2 ** 32 - 2, 0) + 1);
          this.draw();
        },
      },
    });
    if (model.codeLength > 0 && bundle.pca && bundle.codes) {
      this.space = new Space(bundle.pca, bundle.codes);
      this.map = new CodeMap(app, this.space);
      this.gauge = new Gauge(this.space);
    }
  }

  /** The drawing has changed: it takes the place of a test image. */
  drawn() {
    if (this.loaded !== null && !this.pad.empty) {
      this.loaded = null;
      this.app.state.set("image", null);
      // Without the test image below it; this comes here again.
      this.pad.paint(this.pad.strokes);
      return;
    }
    this.draw();
  }

  /** Shows a test image in place of the drawing. */
  load(index) {
    this.loaded = (index + this.test.count) % this.test.count;
    this.app.state.set("image", this.loaded);
    this.pad.clear();
  }

  clear() {
    this.loaded = null;
    this.app.state.set("image", null);
    this.pad.clear();
  }

  /** The image that the model is shown, without noise. */
  clean() {
    if (this.loaded !== null) return this.test.images(this.loaded);
    return this.app.engine.centered(this.pad.gray(), PAD, PAD);
  }

  compute() {
    const { app, level } = this;
    const { model, engine, state } = app;
    const seed = state.whole("seed", 0, 2 ** 32 - 1, 0);
    const clean = this.clean();
    app.strokes = this.pad.strokes;
    const input = level > 0 ? engine.noise(clean, 1, level, seed) : clean;
    const answer = model.predict(input);
    this.seen.draw(clean);
    this.noisy.draw(input);
    this.noisy.element.hidden = level === 0;
    this.again.disabled = level === 0;
    this.answer.draw(answer);
    this.showLoaded();
    const error = squaredError(answer, clean);
    const noise = squaredError(input, clean);
    follow(this.errors[0], "text", () => {
      this.errors[0].textContent = say("errorAnswer", number(error, 4, 4));
    });
    this.errors[1].hidden = level === 0;
    follow(this.errors[1], "text", () => {
      this.errors[1].textContent =
        say("errorNoise", number(noise, 4, 4), number((100 * error) / noise, 0));
    });
    this.compareLater();
    if (!this.space) return;
    const z = this.space.point(model.encode(input));
    this.map.set(z);
    this.gauge.set(z);
  }

  /** Shows on the pad the test image that is loaded, and says what is there. */
  showLoaded() {
    const { loaded, pad, test, image, status } = this;
    if (loaded === null) {
      tell(status, pad.empty ? "drawnEmpty" : "drawnPad");
      return;
    }
    const small = document.createElement("canvas");
    drawImage(small, test.images(loaded), image);
    pad.context.imageSmoothingEnabled = false;
    pad.context.drawImage(small, 0, 0, PAD, PAD);
    tell(status, "drawnTest", loaded + 1, test.count);
  }

  /** Computes the error of test images with the same noise, once the slider rests. */
  compareLater() {
    const { app, level, test } = this;
    clearTimeout(this.comparing);
    if (!test || this.compared === level) return;
    this.comparing = setTimeout(() => {
      const count = Math.min(COMPARED, test.count);
      const clean = test.images(0, count);
      const input = level > 0 ? app.engine.noise(clean, count, level, 0) : clean;
      const error = squaredError(app.model.predict(input), clean);
      this.compared = level;
      follow(this.errors[2], "text", () => {
        this.errors[2].textContent = say("errorTests", count, number(error, 4, 4));
      });
    }, 250);
  }

  restore() {
    const { state, bundle } = this.app;
    this.level = state.number("noise", 0, MOST_NOISE, Math.min(bundle.run?.noise ?? 0, MOST_NOISE));
    this.noise.set(this.level);
    const index = this.test ? state.whole("image", 0, this.test.count - 1, null) : null;
    if (index !== null && this.loaded !== index) this.load(index);
    else this.draw();
  }

  elements() {
    const { app, pad, test } = this;
    const button = (text, click, others = {}) => make("button", { text, on: { click }, ...others });
    const width = slider({
      text: "penWidth",
      min: 8,
      max: 36,
      step: 1,
      value: pad.width,
      change: (x) => (pad.width = x),
    });
    return make("div", { class: this.space ? "card draw mapped" : "card draw" },
      make("div", { class: "padside" }, make("h2", { text: "drawTitle" }), pad.canvas, this.status,
        make("div", { class: "buttons" },
          button("undo", () => pad.undo()), button("clear", () => this.clear()),
          test ? button("testPrevious", () => this.load((this.loaded ?? 0) - 1)) : null,
          test ? button("testNext", () => this.load((this.loaded ?? -1) + 1)) : null),
        width.element),
      make("div", { class: "answers" },
        make("div", { class: "three" }, this.seen.element, this.noisy.element,
          this.answer.element),
        make("div", {}, this.errors),
        this.noise.element,
        make("div", { class: "buttons" }, this.again)),
      this.space ? make("div", { class: "mapside" }, make("h2", { class: "small", text: "drawMap" }),
        this.map.element, this.gauge.element) : null);
  }
}

panel({
  id: "draw",
  title: { en: "Draw", fr: "Dessiner" },
  start(section, app) {
    const drawing = new Drawing(app);
    section.append(make("p", { class: "lead", text: "drawIntro" }), drawing.elements());
    if (app.state.get("image") === null) {
      // An empty pad says little: a test image is there until one draws.
      if (app.strokes.length > 0) drawing.pad.paint(app.strokes);
      else if (drawing.test) drawing.load(0);
    }
    drawing.restore();
    return {
      show() {
        drawing.map?.redraw();
        drawing.draw();
      },
      restore: () => drawing.restore(),
    };
  },
});
