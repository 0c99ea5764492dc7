// The panel "Overview": what an auto-encoder is, what this page holds, and a first gallery.

words({
  en: {
    introduction: "An auto-encoder is a network that learns to give back what it sees. In its middle is a narrow place: the encoder must put an image of hundreds of pixels into a few numbers, its code, and the decoder must draw the image again from the code alone. Nobody tells it what a five is; what all fives have in common is what fits into the code.",
    introductionPage: "This page holds such a network, and images it has and has not seen. Everything is computed here, in the page, by the program that trained it; nothing is sent anywhere.",
    bottleneck: "An image, the encoder, the narrow code, the decoder, the image again",
    bottleneckImage: "image",
    bottleneckEncoder: "encoder",
    bottleneckCode: "code",
    bottleneckDecoder: "decoder",
    bottleneckAgain: "image again",
    runLine: "{0} · {1}",
    noRun: "No run: train a model in the page",
    overviewGallery: "Test images, which the network has not seen in training",
    galleryOf: "{0} test images, and below each what the network makes of it",
    galleryNoise: "{0} test images, below each the image with noise, and the network's answer",
    rowImage: "test image",
    rowNoisy: "the image with noise of {0}",
    rowAnswer: "the network's answer",
    rowDecoded: "its reconstruction from {0} numbers",
    rowPlain: "its reconstruction",
    others: "Other images",
    trainedHere: "The model that was trained in this page",
    overviewRun: "The run",
    overviewModel: "The model",
    overviewPanels: "What can be done here",
    hintLatent: "move a slider and see the image lean, draw codes at random, walk on the map of all codes.",
    hintDraw: "draw a digit by mouse or finger, add noise, and see the model's answer.",
    hintTrain: "watch a network learn from nothing: the loss falls, and gray turns into digits.",
    hintInspect: "see the numbers behind an image: filters, feature maps, weights, a gradient.",
    hintLessons: "walk through the course, step by step, with questions to think about.",
    factRun: "run",
    factData: "data",
    factModel: "model",
    factInput: "input",
    factCode: "code",
    factParameters: "parameters",
    factEpochs: "epochs",
    factLoss: "loss on the training images",
    factVal: "loss on the test images",
    numbers: "{0} numbers",
    classesOf: "{0}: {1}",
    inputOf: "{0} × {1} × {2} numbers between 0 and 1",
    overviewNoModel: "There is no trained model in this page yet: open the panel “Train”, and watch one learn.",
  },
  fr: {
    introduction: "Un auto-encodeur est un réseau qui apprend à restituer ce qu'il voit. En son milieu se trouve un passage étroit : l'encodeur doit faire entrer une image de plusieurs centaines de pixels dans quelques nombres, son code, et le décodeur doit redessiner l'image à partir du code seul. Personne ne lui dit ce qu'est un 5 ; ce que tous les 5 ont en commun, c'est ce qui tient dans le code.",
    introductionPage: "Cette page contient un tel réseau, et des images qu'il a vues ou non. Tout est calculé ici, dans la page, par le programme qui l'a entraîné ; rien n'est envoyé nulle part.",
    bottleneck: "Une image, l'encodeur, le code étroit, le décodeur, l'image à nouveau",
    bottleneckImage: "image",
    bottleneckEncoder: "encodeur",
    bottleneckCode: "code",
    bottleneckDecoder: "décodeur",
    bottleneckAgain: "restituée",
    runLine: "{0} · {1}",
    noRun: "Aucun entraînement : entraînez un modèle dans la page",
    overviewGallery: "Des images de test, que le réseau n'a pas vues pendant l'entraînement",
    galleryOf: "{0} images de test, et sous chacune ce que le réseau en fait",
    galleryNoise: "{0} images de test, sous chacune l'image bruitée, puis la réponse du réseau",
    rowImage: "image de test",
    rowNoisy: "l'image avec un bruit de {0}",
    rowAnswer: "la réponse du réseau",
    rowDecoded: "sa reconstruction à partir de {0} nombres",
    rowPlain: "sa reconstruction",
    others: "D'autres images",
    trainedHere: "Le modèle entraîné dans cette page",
    overviewRun: "L'entraînement",
    overviewModel: "Le modèle",
    overviewPanels: "Ce que l'on peut faire ici",
    hintLatent: "déplacer un curseur et voir l'image pencher, tirer des codes au hasard, se promener sur la carte de tous les codes.",
    hintDraw: "dessiner un chiffre à la souris ou au doigt, ajouter du bruit, et voir la réponse du modèle.",
    hintTrain: "regarder un réseau apprendre à partir de rien : la perte descend, et le gris devient des chiffres.",
    hintInspect: "voir les nombres derrière une image : filtres, cartes de caractéristiques, poids, un gradient.",
    hintLessons: "parcourir le cours, pas à pas, avec des questions auxquelles réfléchir.",
    factRun: "dossier",
    factData: "données",
    factModel: "modèle",
    factInput: "entrée",
    factCode: "code",
    factParameters: "paramètres",
    factEpochs: "époques",
    factLoss: "perte sur les images d'entraînement",
    factVal: "perte sur les images de test",
    numbers: "{0} nombres",
    classesOf: "{0} : {1}",
    inputOf: "{0} × {1} × {2} nombres entre 0 et 1",
    overviewNoModel: "Cette page ne contient pas encore de modèle entraîné : ouvrez le panneau « Entraîner », et regardez-en un apprendre.",
  },
});

/** The static introduction, which moves into the panel. */
const introduction = document.getElementById("introduction");

/** The line below the title: the run's name and its data. */
function showRun(place, { run }) {
  // The data too is written in the language of the page.
  const write = () => (place.textContent = say("runLine", run.name, dataOf(run)));
  if (run) follow(place, "text", write);
  else tell(place, "noRun");
}

/** The data of a run as text; names of classes are shown as they are. */
function dataOf({ dataset, classes }) {
  return classes?.length ? say("classesOf", dataset, classes.join(", ")) : dataset;
}

/** A list of names and values. A value is plain text. */
function facts(rows) {
  return make("dl", { class: "facts" }, rows.map(([key, value]) =>
    make("div", {}, make("dt", { text: key }), make("dd", {}, value))));
}

panel({
  id: "overview",
  title: { en: "Overview", fr: "Vue d'ensemble" },
  start(section, app) {
    const { bundle, model } = app;
    section.append(introduction);
    if (!model) {
      section.append(make("p", { class: "card", text: "overviewNoModel" }), panelList(app));
      return {};
    }
    let from = 0;
    let draw = () => {};
    if (bundle.test) {
      const columns = Math.min(10, bundle.test.count);
      const level = bundle.run?.noise ?? 0;
      const answer = model.codeLength > 0 ? ["rowDecoded", model.codeLength] : "rowPlain";
      const sheet = gallery({
        text: [level > 0 ? "galleryNoise" : "galleryOf", columns],
        rows: level > 0 ? ["rowImage", ["rowNoisy", level], "rowAnswer"] : ["rowImage", answer],
        columns,
        image: bundle.image,
      });
      draw = () => {
        const images = bundle.test.images(from, columns);
        const seen = level > 0 ? app.engine.noise(images, columns, level, from) : images;
        sheet.set(0, images);
        if (level > 0) sheet.set(1, seen);
        sheet.set(level > 0 ? 2 : 1, model.predict(seen));
      };
      draw();
      section.append(make("div", { class: "card" },
        make("h2", { text: "overviewGallery" }),
        sheet.element,
        make("div", { class: "buttons after" }, make("button", {
          text: "others",
          on: {
            click: () => {
              from = from + 2 * columns <= bundle.test.count ? from + columns : 0;
              draw();
            },
          },
        }))));
    }
    const list = make("div", { class: "card" });
    section.append(panelList(app), list);
    const title = bundle.run ? "overviewRun" : "overviewModel";
    return {
      show: () => list.replaceChildren(make("h2", { text: title }), runFacts(app)),
    };
  },
});

/** The panels with a word on each, as links. A panel that this page leaves out is not named. */
function panelList(app) {
  const hints = { latent: "hintLatent", draw: "hintDraw", train: "hintTrain",
    inspect: "hintInspect", lessons: "hintLessons" };
  const here = panels.filter(({ id }) => hints[id] && !app.bundle.missing[id]);
  return make("div", { class: "card" }, make("h2", { text: "overviewPanels" }),
    make("ul", { class: "plain" }, here.map(({ id }) => make("li", {},
      make("a", { href: `#panel=${id}`, text: `panel-${id}` }), " – ",
      make("span", { text: hints[id] })))));
}

/** What is known of the run and its model. */
function runFacts({ bundle, model }) {
  const { run, image } = bundle;
  const last = run?.history?.at(-1);
  const rows = [
    run && ["factRun", run.name],
    run && ["factData", dataOf(run)],
    run && ["factModel", run.model],
    ["factInput", say("inputOf", image.height, image.width, image.channels)],
    model.codeLength > 0 && ["factCode", say("numbers", model.codeLength)],
    ["factParameters", number(model.parameters)],
    last && ["factEpochs", number(last.epoch)],
    last && ["factLoss", number(last.loss, 5)],
    last?.val_loss != null && ["factVal", number(last.val_loss, 5)],
  ];
  return facts(rows.filter(Boolean));
}
