// The panel "Lessons": the notebook, step by step, with buttons that put the page into the state
// that is meant.

words({
  en: {
    lessonsIntro: "Ten steps through the notebook “Projet encadré : les auto-encodeurs”. Each has a text, buttons that show in another panel what it is about, and a question. Come back by the tab “Lessons”.",
    lessonsList: "The lessons",
    lessonOf: "Lesson {0} of {1}",
    lessonQuestion: "A question to think about",
    lessonAnswer: "An answer",
    lessonBefore: "Previous lesson",
    lessonNext: "Next lesson",
    lessonElsewhere: "This page does not hold the model that this lesson shows. These commands train one, and write a page with it (RUN is the folder that the first one prints):",
    lessonTrainFirst: "This page has no trained model yet. Train one in the panel “Train”, choose “Use this model”, and come back.",
    lessonNeedsData: "A panel that this lesson needs is left out in this page; it says why:",
  },
  fr: {
    lessonsIntro: "Dix étapes à travers le notebook « Projet encadré : les auto-encodeurs ». Chacune a un texte, des boutons qui montrent dans un autre panneau ce dont il s'agit, et une question. Revenez par l'onglet « Leçons ».",
    lessonsList: "Les leçons",
    lessonOf: "Leçon {0} sur {1}",
    lessonQuestion: "Une question à méditer",
    lessonAnswer: "Une réponse",
    lessonBefore: "Leçon précédente",
    lessonNext: "Leçon suivante",
    lessonElsewhere: "Cette page ne contient pas le modèle que montre cette leçon. Ces commandes en entraînent un et écrivent une page avec lui (RUN est le dossier que la première affiche) :",
    lessonTrainFirst: "Cette page ne contient pas encore de modèle entraîné. Entraînez-en un dans le panneau « Entraîner », choisissez « Utiliser ce modèle », puis revenez.",
    lessonNeedsData: "Un panneau dont cette leçon a besoin est absent de cette page ; il dit pourquoi :",
  },
});

/**
 * Why this page cannot show a lesson: null if it can, "train" if a model must be trained in it
 * first, "elsewhere" if another page is needed, or the name of the panel that is left out.
 */
function lessonLacks(lesson, { bundle, model, trainedHere }) {
  const { needs } = lesson;
  const { run, missing } = bundle;
  const reason = missing[needs.panel];
  if (needs.dataset && run?.dataset !== needs.dataset) return "elsewhere";
  // A model that was trained in the page is a dense one.
  const job = trainedHere ? "dense" : run?.job ?? "dense";
  if (needs.job && needs.job !== job) return "elsewhere";
  if (lesson.instead && !model) return null;
  if (reason === "no-model" || (needs.panel === "overview" && !model)) return "train";
  if (["denoise", "no-code"].includes(reason)) return "elsewhere";
  return reason ? needs.panel : null;
}

/** Beside a lesson's texts: buttons, or how to come by a page that has what it needs. */
function lessonSteps(lesson, app) {
  const lacks = lessonLacks(lesson, app);
  const go = (text, keys, primary) => make("button", {
    text, class: primary ? "primary" : "", on: { click: () => app.state.go(keys) },
  });
  if (lacks === null) {
    const states = lesson.instead && !app.model ? [lesson.instead] : lesson.states;
    return make("div", { class: "buttons" }, states.map((keys, i) =>
      go(`${lesson.id}-go-${i}`, keys, i === 0)));
  }
  if (lacks === "elsewhere") {
    const train = lesson.command ?? "cargo run -p ae-app -- dense";
    return make("div", { class: "absent" }, make("p", { text: "lessonElsewhere" }),
      make("code", { class: "command" }, train),
      make("code", { class: "command" }, "cargo run -p ae-app -- explore RUN"));
  }
  const panel = lacks === "train" ? "train" : lacks;
  return make("div", { class: "absent" },
    make("p", { text: lacks === "train" ? "lessonTrainFirst" : "lessonNeedsData" }),
    make("div", { class: "buttons" }, go(`panel-${panel}`, { panel }, true)));
}

panel({
  id: "lessons",
  title: { en: "Lessons", fr: "Leçons" },
  start(section, app) {
    const last = LESSONS.length - 1;
    const chosen = () => app.state.whole("lesson", 1, LESSONS.length, 1) - 1;
    const items = LESSONS.map(({ id }, i) => make("button", {
      text: `${id}-title`, on: { click: () => open(i) },
    }));
    const place = make("article", { class: "card lesson", tabindex: "-1" });
    const open = (i) => {
      app.state.set("lesson", i === 0 ? null : i + 1);
      draw();
      place.focus({ preventScroll: true });
      place.scrollIntoView({ block: "nearest", behavior: app.reducedMotion ? "auto" : "smooth" });
    };
    const draw = () => {
      const at = chosen();
      const lesson = LESSONS[at];
      const { id, paragraphs, formula } = lesson;
      items.forEach((item, i) => {
        if (i === at) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
        item.classList.toggle("lacks", lessonLacks(LESSONS[i], app) !== null);
      });
      const step = (text, to) => make("button", {
        text, disabled: to < 0 || to > last, on: { click: () => open(to) },
      });
      place.replaceChildren(
        make("p", { class: "note", text: ["lessonOf", at + 1, LESSONS.length] }),
        make("h2", { text: `${id}-title` }),
        ...paragraphs.map((text) => make("p", { text })),
        ...(formula ? [make("p", { class: "formula", text: formula })] : []),
        lessonSteps(lesson, app),
        make("h3", { text: "lessonQuestion" }),
        make("p", { text: `${id}-question` }),
        make("details", {}, make("summary", { text: "lessonAnswer" }),
          make("p", { text: `${id}-answer` })),
        make("div", { class: "buttons after" }, step("lessonBefore", at - 1),
          step("lessonNext", at + 1)));
    };
    section.append(
      make("p", { text: "lessonsIntro" }),
      make("div", { class: "course" },
        make("nav", { aria: { label: "lessonsList" } },
          make("ol", {}, items.map((item) => make("li", {}, item)))),
        place));
    return { show: draw };
  },
});
