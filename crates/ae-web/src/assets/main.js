// Starts the page: tabs, the switches of language and theme, the engine, and the first panel.

words({
  en: {
    title: "The auto-encoder workbench",
    skip: "Skip to the panels",
    local: "One file: no network, no server. Save it, mail it, open it by a double click.",
    tabs: "Panels",
    language: "Français",
    languageHint: "Lire cette page en français",
    dark: "Dark",
    light: "Light",
    made: "Made by {0}.",
    absent: "This panel is left out",
    "reason-denoise": "A denoising model has no vector code: its code is a stack of small images. So there are no principal components to move. A page with a latent space is made from the run of this command:",
    "reason-no-code": "This model has no vector code between an encoder and a decoder. A page with a latent space is made from the run of this command:",
    "reason-no-data": "The images this run was trained on were not found when the page was made. Please make the page again with the data:",
    "reason-no-model": "There is no trained model in this page yet. Train one in the panel “Train”, then choose “use this model”.",
    "reason-color": "This model sees images in color. The panel is made for gray ones.",
    "reason-large": "The images of this model are too large for this panel.",
    "reason-size": "This panel is made for images of 28 x 28 pixels, as those of MNIST. The model has others.",
  },
  fr: {
    title: "L'atelier des auto-encodeurs",
    skip: "Aller aux panneaux",
    local: "Un seul fichier : ni réseau, ni serveur. Enregistrez-le, envoyez-le, ouvrez-le d'un double clic.",
    tabs: "Panneaux",
    language: "English",
    languageHint: "Read this page in English",
    dark: "Sombre",
    light: "Clair",
    made: "Page écrite par {0}.",
    absent: "Ce panneau est absent",
    "reason-denoise": "Un modèle de débruitage n'a pas de code vectoriel : son code est une pile de petites images. Il n'y a donc pas de composantes principales à déplacer. Une page avec un espace latent se fait à partir de l'entraînement que lance cette commande :",
    "reason-no-code": "Ce modèle n'a pas de code vectoriel entre un encodeur et un décodeur. Une page avec un espace latent se fait à partir de l'entraînement que lance cette commande :",
    "reason-no-data": "Les images de cet entraînement n'ont pas été trouvées quand la page a été écrite. Veuillez la refaire avec les données :",
    "reason-no-model": "Cette page ne contient pas encore de modèle entraîné. Entraînez-en un dans le panneau « Entraîner », puis choisissez « utiliser ce modèle ».",
    "reason-color": "Ce modèle voit des images en couleurs. Le panneau est fait pour des images en nuances de gris.",
    "reason-large": "Les images de ce modèle sont trop grandes pour ce panneau.",
    "reason-size": "Ce panneau est fait pour des images de 28 x 28 pixels, comme celles de MNIST. Le modèle en a d'autres.",
  },
});

/** The command that makes a page which lacks nothing of what a reason names. */
const REMEDIES = {
  denoise: "cargo run -p ae-app -- dense",
  "no-code": "cargo run -p ae-app -- dense",
};

/** The most training images whose codes the page computes for a model trained in it. */
const MOST_CODES = 2000;

/** What the panels are given: the engine, the model, the data, the state. */
class App {
  constructor(bundle) {
    this.bundle = bundle;
    this.engine = null;
    this.model = null;
    /** What is drawn on the pad: it stays when the panel is filled again, for another model. */
    this.strokes = [];
    this.state = new State();
    this.say = say;
    /** The panels that have been started: id -> what `start` has returned. */
    this.started = new Map();
    this.sections = new Map();
    this.tabs = new Map();
    this.open = null;
    this.motion = matchMedia("(prefers-reduced-motion: reduce)");
    this.state.changed = () => this.restore();
  }

  /** Whether the reader wants less movement. */
  get reducedMotion() {
    return this.motion.matches;
  }

  /** Says something to a screen reader. */
  announce(text) {
    document.getElementById("live").textContent = text;
  }

  /** Shows what went wrong, above the panels. */
  fail(error) {
    const place = document.getElementById("trouble");
    place.hidden = false;
    tell(place, "failed", error?.message ?? String(error));
  }

  /** Builds the list of tabs and an empty section for each panel. */
  build() {
    // It stands in the panel "Overview" from now on.
    introduction.remove();
    const list = document.getElementById("tabs");
    list.setAttribute("role", "tablist");
    label(list, "aria-label", "tabs");
    label(document.getElementById("navigation"), "aria-label", "tabs");
    for (const { id } of panels) {
      const tab = make("button", {
        id: `tab-${id}`,
        role: "tab",
        text: `panel-${id}`,
        aria: { controls: `panel-${id}`, selected: false },
        on: { click: () => this.state.go({ panel: id }) },
      });
      const section = make("section", {
        id: `panel-${id}`,
        class: "panel",
        role: "tabpanel",
        tabindex: "0",
        hidden: true,
      });
      section.setAttribute("aria-labelledby", tab.id);
      this.tabs.set(id, tab);
      this.sections.set(id, section);
      list.append(tab);
      document.getElementById("panels").append(section);
    }
    list.addEventListener("keydown", (event) => this.key(event));
  }

  /** Arrow keys walk through the tabs. */
  key(event) {
    const ids = [...this.tabs.keys()];
    const at = ids.indexOf(this.open);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const id = ids.at(to % ids.length);
    this.state.go({ panel: id });
    this.tabs.get(id).focus();
  }

  /** Reads the state: language, theme, the open panel and what it shows. */
  restore() {
    const tongue = this.state.get("lang");
    const wanted = tongue === "fr" || tongue === "en" ? tongue : preferredLanguage();
    if (wanted !== language) translate(wanted);
    const theme = this.state.get("theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    this.nameSwitches?.();
    const asked = this.state.get("panel");
    const first = this.model ? panels[0].id : "train";
    this.show(this.tabs.has(asked) ? asked : this.tabs.has(first) ? first : panels[0].id);
  }

  /** Opens a panel; starts it if it has not been open yet. */
  show(id) {
    if (this.open && this.open !== id) {
      this.sections.get(this.open).hidden = true;
      this.call(this.open, "hide");
    }
    this.open = id;
    for (const [other, tab] of this.tabs) {
      tab.setAttribute("aria-selected", String(other === id));
      tab.tabIndex = other === id ? 0 : -1;
    }
    const section = this.sections.get(id);
    section.hidden = false;
    if (this.started.has(id)) this.call(id, "restore");
    else this.start(id, section);
    this.call(id, "show");
  }

  start(id, section) {
    const reason = this.bundle.missing[id];
    this.started.set(id, {});
    section.replaceChildren();
    if (reason) {
      const remedy = REMEDIES[reason] ?? this.bundle.run?.command ?? "";
      section.append(make("div", { class: "card absent" },
        make("h2", { text: "absent" }),
        make("p", { text: `reason-${reason}` }),
        remedy ? make("p", {}, make("code", {}, remedy)) : null));
      return;
    }
    try {
      const { start } = panels.find((one) => one.id === id);
      this.started.set(id, start(section, this) ?? {});
    } catch (error) {
      console.error(error);
      this.fail(error);
    }
  }

  /** Calls what a panel has returned, if it has it. */
  call(id, name) {
    try {
      this.started.get(id)?.[name]?.();
    } catch (error) {
      console.error(error);
      this.fail(error);
    }
  }

  /**
   * Gives a model that was trained in the page to the other panels: its codes and its principal
   * components are computed from the training images, as the program does for a run.
   */
  setModel(model) {
    const { bundle, engine } = this;
    const { train } = bundle;
    const images = train.images(0, Math.min(train.count, MOST_CODES));
    const values = model.encode(images);
    const length = model.codeLength;
    const count = values.length / length;
    bundle.codes = { count, length, values, labels: train.labels.slice(0, count) };
    bundle.pca = engine.pca(values, length);
    const { height, width, channels } = bundle.image;
    for (const id of ["latent", "draw", "inspect"]) delete bundle.missing[id];
    // The pad draws what the engine centers: images as those of MNIST.
    if (channels > 1) bundle.missing.draw = "color";
    else if (height !== 28 || width !== 28) bundle.missing.draw = "size";
    if (this.model) this.model.free();
    this.model = model;
    bundle.run = null;
    tell(document.getElementById("run"), "trainedHere");
    for (const { id, keeps } of panels) {
      if (keeps || !this.started.has(id)) continue;
      this.started.delete(id);
      this.sections.get(id).replaceChildren();
    }
    // What stood in the address belongs to the other model.
    for (const key of ["z", "draw"]) this.state.set(key, null);
    // Who has gone on to another panel meanwhile sees the new model there.
    if (!this.started.has(this.open)) this.show(this.open);
  }
}

/** The language of the reader: French, or English. */
function preferredLanguage() {
  return /^fr\b/i.test(navigator.language ?? "") ? "fr" : "en";
}

/** The switches of language and theme. */
function addSwitches(app) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light"))
    === "dark";
  const tongue = make("button", {
    id: "language",
    text: "language",
    title: "languageHint",
    on: {
      click: () => {
        app.state.set("lang", language === "fr" ? "en" : "fr");
        app.restore();
      },
    },
  });
  const theme = make("button", {
    id: "theme",
    on: {
      click: () => {
        app.state.set("theme", isDark() ? "light" : "dark");
        app.restore();
      },
    },
  });
  // The name of a language is read in that language.
  app.nameSwitches = () => {
    tongue.lang = language === "fr" ? "en" : "fr";
    tell(theme, isDark() ? "light" : "dark");
  };
  dark.addEventListener("change", () => app.restore());
  document.getElementById("switches").append(tongue, theme);
}

/** Starts the page. */
async function main() {
  for (const element of document.querySelectorAll("[data-say]")) tell(element, element.dataset.say);
  translate(preferredLanguage());
  const lack = lacking();
  if (lack) {
    const place = document.getElementById("trouble");
    place.hidden = false;
    tell(place, lack);
    return;
  }
  const [bundle, engine] = await Promise.all([readBundle(), readEngine()]);
  const app = new App(bundle);
  // For the browser's console, and for tests.
  globalThis.app = app;
  app.engine = engine;
  if (bundle.model) app.model = engine.model(bundle.model);
  tell(document.getElementById("program"), "made", bundle.program);
  showRun(document.getElementById("run"), bundle);
  addSwitches(app);
  app.build();
  app.restore();
  document.documentElement.dataset.ready = "true";
}

addEventListener("unhandledrejection", (event) => globalThis.app?.fail(event.reason));
main().catch((error) => {
  console.error(error);
  const place = document.getElementById("trouble");
  place.hidden = false;
  tell(place, "failed", error.message);
});
