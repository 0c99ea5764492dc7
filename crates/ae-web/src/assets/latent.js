// The panel "Latent space": sliders, random draws, the map; then galleries of draws, the morph, and
// what each component does.

words({
  en: {
    latentIntro: "Each image is a point in a space with as many directions as its code has numbers. The sliders move along the principal components of the training codes, in standard deviations: the decoder draws each place at once.",
    decoded: "The decoder's image of the code that is chosen",
    decodedName: "decoded image",
    underPointer: "at the pointer",
    component: "component {0}",
    share: "{0} %",
    shareHint: "share of the variance of the codes",
    sigma: "{0} σ",
    reset: "Mean code",
    drawNaive: "Naive draw",
    drawNaiveHint: "Each number of the code uniform in [0, 5), as in the notebook's first attempt",
    drawNotebook: "PCA draw, uniform",
    drawNotebookHint: "Each component uniform in [-7.5, 7.5), as in the notebook's second attempt",
    drawGaussian: "PCA draw, normal",
    drawGaussianHint: "Each component normal with its own standard deviation",
    drawPrior: "Prior draw",
    drawPriorHint: "Each number of the code normal with mean 0 and standard deviation 1",
    moreComponents: "The other components ({0})",
    constantComponents: "Components without a slider, because they are constant in the training codes (units that never fire, for example): {0}",
    codeNumbers: "The numbers of the code",
    mapTitle: "Map of the codes",
    mapHelp: "Move over the map to decode a place; drag, or use the arrow keys, to walk. The other components stay as the sliders say.",
    drawsTitle: "Ten draws of each kind",
    drawsText: "Decoded random codes. The numbers of a code are correlated: drawn one by one they make no good image; drawn along the principal components they do, if each keeps its own deviation.",
    drawsPrior: "This model is variational: training pulled its codes towards the prior, independent normal numbers with mean 0 and standard deviation 1. The harder it pulled, the better are draws from the prior itself, which need no PCA.",
    drawsGallery: "Random codes, decoded: ten of each kind, in a row each",
    rowNaive: "each number uniform in [0, 5)",
    rowNotebook: "each component uniform in [-7.5, 7.5)",
    rowGaussian: "each component normal, with its own deviation",
    rowPrior: "each number normal, with deviation 1: the prior",
    drawAgain: "Draw again",
    eachTitle: "What each component does",
    eachText: "The mean code, moved by two standard deviations along one component.",
    eachGallery: "Two rows: the mean code moved along each component by plus and by minus two standard deviations, decoded",
    rowPlus: "mean + 2 σ",
    rowMinus: "mean − 2 σ",
  },
  fr: {
    latentIntro: "Chaque image est un point d'un espace qui a autant de directions que le code a de nombres. Les curseurs suivent les composantes principales des codes d'entraînement, en écarts types : le décodeur dessine aussitôt chaque endroit.",
    decoded: "L'image que le décodeur fait du code choisi",
    decodedName: "image décodée",
    underPointer: "sous le pointeur",
    component: "composante {0}",
    share: "{0} %",
    shareHint: "part de la variance des codes",
    sigma: "{0} σ",
    reset: "Code moyen",
    drawNaive: "Tirage naïf",
    drawNaiveHint: "Chaque nombre du code uniforme dans [0 ; 5[, comme au premier essai du notebook",
    drawNotebook: "Tirage PCA uniforme",
    drawNotebookHint: "Chaque composante uniforme dans [-7,5 ; 7,5[, comme au second essai du notebook",
    drawGaussian: "Tirage PCA normal",
    drawGaussianHint: "Chaque composante suit une loi normale de son propre écart type",
    drawPrior: "Tirage a priori",
    drawPriorHint: "Chaque nombre du code suit une loi normale de moyenne 0 et d'écart type 1",
    moreComponents: "Les autres composantes ({0})",
    constantComponents: "Composantes sans curseur, car constantes dans les codes d'entraînement (des unités toujours nulles, par exemple) : {0}",
    codeNumbers: "Les nombres du code",
    mapTitle: "Carte des codes",
    mapHelp: "Passez sur la carte pour décoder un endroit ; glissez, ou utilisez les flèches du clavier, pour vous y promener. Les autres composantes restent à la valeur des curseurs.",
    drawsTitle: "Dix tirages de chaque sorte",
    drawsText: "Des codes aléatoires, décodés. Les nombres d'un code sont corrélés : tirés un à un, ils ne font pas de bonnes images ; tirés le long des composantes principales, si, à condition que chacune garde son écart type.",
    drawsPrior: "Ce modèle est variationnel : l'entraînement a attiré ses codes vers la loi a priori, des nombres normaux indépendants de moyenne 0 et d'écart type 1. Plus il les a attirés, meilleurs sont les tirages selon cette loi elle-même, qui se passent de PCA.",
    drawsGallery: "Des codes aléatoires décodés : dix de chaque sorte, une rangée par sorte",
    rowNaive: "chaque nombre uniforme dans [0 ; 5[",
    rowNotebook: "chaque composante uniforme dans [-7,5 ; 7,5[",
    rowGaussian: "chaque composante normale, avec son écart type",
    rowPrior: "chaque nombre normal, d'écart type 1 : la loi a priori",
    drawAgain: "Tirer à nouveau",
    eachTitle: "Ce que fait chaque composante",
    eachText: "Le code moyen, déplacé de deux écarts types le long d'une composante.",
    eachGallery: "Deux rangées : le code moyen déplacé de plus et de moins deux écarts types le long de chaque composante, décodé",
    rowPlus: "moyenne + 2 σ",
    rowMinus: "moyenne − 2 σ",
  },
});

/** The components whose sliders are seen at once; the others can be unfolded. */
const FIRST_SLIDERS = 10;

/** Whether a model draws its codes from distributions in training. */
function isVariational(model) {
  return model.layers.some(({ kind }) => kind === "sampling");
}

/** The kinds of draws for a model, each with its name in the keys of the texts. */
function drawsFor(model) {
  const kinds = [["naive", "Naive"], ["notebook", "Notebook"], ["gaussian", "Gaussian"]];
  return isVariational(model) ? [...kinds, ["prior", "Prior"]] : kinds;
}

/** The columns of the galleries, as in the notebook. */
const COLUMNS = 10;

/** The ends of a slider, in standard deviations. */
const END = 3;

/** The point that is shown, with everything that shows and moves it. */
class Walk {
  constructor(app) {
    this.app = app;
    this.space = new Space(app.bundle.pca, app.bundle.codes);
    this.z = new Float32Array(this.space.length);
    this.hovered = null;
    this.image = namedPicture("decoded", "decodedName", app.model.input, "large");
    this.gauge = this.space.count > 1 ? new Gauge(this.space) : null;
    this.map = new CodeMap(app, this.space, {
      hover: (at) => {
        this.hovered = at;
        this.decode();
      },
      walk: ([x, y]) => {
        this.hovered = null;
        this.move((z) => z.set(z.length > 1 ? [x, y] : [x]));
      },
    });
    this.numbers = make("p", { class: "codes" });
    this.sliders = this.space.living.map((k) => slider({
      text: ["component", k + 1],
      min: -END,
      max: END,
      step: 0.05,
      value: 0,
      show: (x) => say("sigma", number(x, 2, 2)),
      change: (x) => this.move((z) => (z[k] = x)),
      extra: shareOf(app.bundle.pca.explained[k]),
    }));
    // One decode for each frame of the screen, whatever the pointer reports.
    this.decode = perFrame(() => this.draw());
  }

  /** Changes the point, and shows it in the next frame. */
  move(change) {
    change(this.z);
    // The point of the address is the point that is shown: a reload gives the same image.
    this.z.forEach((x, k) => (this.z[k] = Math.round(x * 100) / 100));
    const text = Array.from(this.z, (x) => String(Math.round(x * 100) / 100));
    while (text.length > 0 && Number(text.at(-1)) === 0) text.pop();
    this.app.state.set("z", text.length > 0 ? text.join(",") : null);
    this.decode();
  }

  /** Draws a random point of a kind. */
  random(kind) {
    this.move((z) => z.set(DRAWS[kind](this.space, Math.random)));
    if (this.gauge) this.draw();
    this.app.announce(this.gauge ? this.gauge.text.textContent : "");
  }

  draw() {
    const { z, hovered, space } = this;
    const shown = Float32Array.from(z);
    if (hovered) shown.set(hovered.slice(0, z.length));
    const code = space.code(shown);
    this.image.draw(this.app.model.decode(code));
    if (hovered) tell(this.image.note, "underPointer");
    else follow(this.image.note, "text", () => (this.image.note.textContent = ""));
    this.gauge?.set(shown);
    follow(this.numbers, "text", () => {
      this.numbers.textContent = Array.from(code, (x) => number(x, 2, 2)).join("   ");
    });
    if (hovered) return;
    this.map.set(z);
    space.living.forEach((k, i) => this.sliders[i].set(z[k]));
  }

  /** Reads the point of the address. */
  restore() {
    const { state } = this.app;
    this.z.fill(0);
    (state.get("z") ?? "").split(",").forEach((text, k) => {
      const x = Number(text);
      if (k < this.z.length && Number.isFinite(x)) this.z[k] = x;
    });
    const kind = state.get("draw");
    if (kind === null) return this.decode();
    // A link that draws does so once: the point itself stands in the address from now on.
    state.set("draw", null);
    if (Object.hasOwn(DRAWS, kind)) this.random(kind);
  }

  controls() {
    return make("div", { class: "buttons" },
      make("button", { text: "reset", on: { click: () => this.move((z) => z.fill(0)) } }),
      drawsFor(this.app.model).map(([kind, name]) => make("button", {
        text: `draw${name}`,
        title: `draw${name}Hint`,
        on: { click: () => this.random(kind) },
      })));
  }

  elements() {
    const { space, sliders } = this;
    const rows = sliders.map((one) => one.element);
    const more = rows.slice(FIRST_SLIDERS);
    const constant = space.length - space.living.length;
    return make("div", { class: "card walk" },
      make("div", { class: "seen" }, this.image.element, this.gauge?.element, this.controls(),
        make("details", {}, make("summary", { text: "codeNumbers" }), this.numbers)),
      make("div", { class: "sliders" }, rows.slice(0, FIRST_SLIDERS),
        more.length === 0 ? null : make("details", {},
          make("summary", { text: ["moreComponents", more.length] }), more),
        constant === 0 ? null
          : make("p", { class: "note", text: ["constantComponents", constant] })),
      make("div", { class: "mapside" }, make("h2", { class: "small", text: "mapTitle" }), this.map.element,
        make("p", { class: "note", text: "mapHelp" })));
  }
}

/** The share of the variance, in percent, beside a slider. */
function shareOf(part) {
  const element = make("span", { class: "note", title: "shareHint" });
  follow(element, "text", () => {
    element.textContent = say("share", number(100 * part, 1, 1));
  });
  return element;
}

/** Ten random codes of each kind. The seed stands in the address, so a link shows the same ones. */
function drawsCard(app, space) {
  const kinds = drawsFor(app.model);
  const sheet = gallery({
    text: "drawsGallery",
    rows: kinds.map(([, name]) => `row${name}`),
    columns: COLUMNS,
    image: app.model.input,
  });
  let shown = null;
  const draw = () => {
    const seed = app.state.whole("draws", 0, 1e9, 1);
    if (seed === shown) return;
    shown = seed;
    kinds.forEach(([kind], row) => {
      const random = randomNumbers(seed * kinds.length + row);
      const codes = Array.from({ length: COLUMNS }, () => space.code(DRAWS[kind](space, random)));
      sheet.set(row, app.model.decode(joined(codes)));
    });
  };
  const again = () => {
    app.state.set("draws", app.state.whole("draws", 0, 1e9, 1) + 1);
    draw();
  };
  const element = make("div", { class: "card" }, make("h2", { text: "drawsTitle" }),
    make("p", { text: "drawsText" }),
    isVariational(app.model) ? make("p", { text: "drawsPrior" }) : null, sheet.element,
    make("div", { class: "buttons after" },
      make("button", { text: "drawAgain", on: { click: again } })));
  return { element, draw };
}

/** The mean code, moved along each component. */
function eachCard(app, space) {
  const shown = space.living.slice(0, COLUMNS);
  const sheet = gallery({
    text: "eachGallery",
    rows: ["rowPlus", "rowMinus"],
    columns: shown.length,
    image: app.model.input,
    captions: shown.map((k) => String(k + 1)),
  });
  [2, -2].forEach((way, row) => {
    const codes = shown.map((k) => {
      const z = new Float32Array(space.length);
      z[k] = way;
      return space.code(z);
    });
    sheet.set(row, app.model.decode(joined(codes)));
  });
  return make("div", { class: "card" }, make("h2", { text: "eachTitle" }),
    make("p", { text: "eachText" }), sheet.element);
}

/** Rows of numbers, one after the other. */
function joined(rows) {
  const all = new Float32Array(rows.length * (rows[0]?.length ?? 0));
  rows.forEach((row, i) => all.set(row, i * row.length));
  return all;
}

panel({
  id: "latent",
  title: { en: "Latent space", fr: "Espace latent" },
  start(section, app) {
    const walk = new Walk(app);
    const draws = drawsCard(app, walk.space);
    const morph = app.bundle.test ? morphCard(app) : null;
    const each = walk.space.living.length > 0 ? eachCard(app, walk.space) : null;
    section.append(...[make("p", { class: "lead", text: "latentIntro" }), walk.elements(),
      draws.element, morph?.element, each].filter(Boolean));
    const restore = () => {
      walk.restore();
      draws.draw();
      morph?.restore();
    };
    restore();
    return {
      show() {
        walk.map.redraw();
        walk.decode();
      },
      restore,
    };
  },
});
