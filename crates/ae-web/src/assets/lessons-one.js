// The lessons, first half: from the images to a trained model. They follow the notebook.
//
// A lesson has its texts in two languages, the states into which its buttons put the page, and
// what the page must hold for them: a panel that is not missing, or a run of a job.

/** The lessons, in their order. */
const LESSONS = [];

/** Adds lessons, and registers their texts under keys of their own. */
function addLessons(...more) {
  for (const lesson of more) {
    const { id, en, fr } = lesson;
    const table = ({ title, text, formula, question, answer, go }) => Object.fromEntries([
      [`${id}-title`, title],
      ...text.map((paragraph, i) => [`${id}-text-${i}`, paragraph]),
      [`${id}-formula`, formula ?? ""],
      [`${id}-question`, question],
      [`${id}-answer`, answer],
      ...go.map((name, i) => [`${id}-go-${i}`, name]),
    ]);
    words({ en: table(en), fr: table(fr) });
    LESSONS.push({
      ...lesson,
      paragraphs: en.text.map((_, i) => `${id}-text-${i}`),
      formula: en.formula ? `${id}-formula` : null,
    });
  }
}

/** The settings of the panel "Train" as the page begins with them. */
const USUAL_TRAINING = {
  panel: "train", "t.limit": null, "t.epochs": null, "t.batch": null, "t.latent": null,
  "t.rate": null, "t.seed": null, "t.optimizer": null,
};

addLessons(
  {
    id: "lesson-data",
    needs: { panel: "overview" },
    states: [{ panel: "overview" }],
    // Without a model, the panel "Train" shows test images.
    instead: { panel: "train" },
    en: {
      title: "The data",
      text: [
        "MNIST has 70,000 handwritten digits, each in 28 × 28 pixels of gray: 60,000 to train with and 10,000 to test with. The notebook takes one digit, the five: 5,421 training images and 892 test images.",
        "A pixel is a byte from 0 (black) to 255 (white). Divided by 255 it is a number from 0 to 1. A dense network sees no rows and columns: the 28 rows are put one after another, and an image is a vector of 784 numbers.",
      ],
      formula: "x = (pixel / 255) ∈ [0, 1]⁷⁸⁴",
      question: "Why are some images kept apart, and never trained on?",
      answer: "A network can learn its training images by heart, and be useless for all others. Only images that it has never seen show whether it has understood what a five is. If the loss of the test images rises while that of the training images falls, the network has begun to learn by heart.",
      go: ["See test images"],
    },
    fr: {
      title: "Les données",
      text: [
        "MNIST contient 70 000 chiffres manuscrits de 28 × 28 pixels en nuances de gris : 60 000 pour l'entraînement et 10 000 pour le test. Le notebook prend un seul chiffre, le 5 : 5 421 images d'entraînement et 892 images de test.",
        "Un pixel est un octet de 0 (noir) à 255 (blanc). Divisé par 255, c'est un nombre entre 0 et 1. Un réseau dense ne voit ni lignes ni colonnes : on met les 28 lignes bout à bout, et une image est un vecteur de 784 nombres.",
      ],
      formula: "x = (pixel / 255) ∈ [0 ; 1]⁷⁸⁴",
      question: "Pourquoi met-on des images de côté, sans jamais s'entraîner dessus ?",
      answer: "Un réseau peut apprendre par cœur ses images d'entraînement et ne rien valoir sur les autres. Seules des images qu'il n'a jamais vues montrent s'il a compris ce qu'est un 5. Si la perte des images de test augmente pendant que celle des images d'entraînement diminue, le réseau a commencé à apprendre par cœur.",
      go: ["Voir des images de test"],
    },
  },
  {
    id: "lesson-model",
    needs: { panel: "inspect", job: "dense" },
    states: [{ panel: "inspect", unit: 0, look: 0, layer: 0 }],
    en: {
      title: "The model: a bottleneck",
      text: [
        "The encoder makes a short code h of an image x. The decoder makes an image x̂ of the code. Both are dense layers: each number of their output is a weighted sum of all numbers of their input, plus a bias, through a function.",
        "The code has ten numbers, the image 784. The network cannot copy: whatever it gives back has passed through ten numbers.",
      ],
      formula: "h = relu(W x + b)     x̂ = σ(V h + c)     relu(z) = max(0, z)     σ(z) = 1 / (1 + e⁻ᶻ)",
      question: "How many weights has this network?",
      answer: "The encoder has 784 × 10 weights and 10 biases, the decoder 10 × 784 weights and 784 biases: 7,840 + 10 + 7,840 + 784 = 16,474. This is the number in the table of the layers in “Look inside”.",
      go: ["Look at a unit of the encoder"],
    },
    fr: {
      title: "Le modèle : un goulot d'étranglement",
      text: [
        "L'encodeur fait d'une image x un code court h. Le décodeur fait de ce code une image x̂. Tous deux sont des couches denses : chaque nombre de leur sortie est une somme pondérée de tous les nombres de leur entrée, plus un biais, à laquelle on applique une fonction.",
        "Le code a dix nombres, l'image 784. Le réseau ne peut donc pas copier : tout ce qu'il restitue est passé par dix nombres.",
      ],
      formula: "h = relu(W x + b)     x̂ = σ(V h + c)     relu(z) = max(0, z)     σ(z) = 1 / (1 + e⁻ᶻ)",
      question: "Combien ce réseau a-t-il de poids ?",
      answer: "L'encodeur a 784 × 10 poids et 10 biais, le décodeur 10 × 784 poids et 784 biais : 7 840 + 10 + 7 840 + 784 = 16 474. C'est le nombre du tableau des couches dans « Regarder à l'intérieur ».",
      go: ["Regarder un neurone de l'encodeur"],
    },
  },
  {
    id: "lesson-loss",
    needs: { panel: "inspect" },
    states: [{ panel: "inspect", weight: null, step: -2 }],
    en: {
      title: "The loss, and its gradient",
      text: [
        "The loss says with one number how far the output x̂ is from the image x. The notebook takes the binary cross-entropy, averaged over the pixels: it treats each pixel as a coin that shows white with probability x̂, and counts how surprising the image is.",
        "No labels are needed: the image is its own target. The gradient says for each weight in which direction the loss grows, and how fast. The backward pass finds all 16,474 derivatives by the chain rule, in about the time of two forward passes.",
      ],
      formula: "L = − mean of [ x ln x̂ + (1 − x) ln(1 − x̂) ]",
      question: "Is the loss 0 when the network gives back the image perfectly?",
      answer: "Only if all pixels are exactly 0 or 1. For a gray pixel, the loss at x̂ = x is − x ln x − (1 − x) ln(1 − x), which is its entropy, and above 0. It is the smallest possible value: nothing is better than x̂ = x, but the smallest loss is not 0.",
      go: ["Check a gradient"],
    },
    fr: {
      title: "La perte et son gradient",
      text: [
        "La perte dit, en un nombre, à quelle distance la sortie x̂ se trouve de l'image x. Le notebook prend l'entropie croisée binaire, moyennée sur les pixels : elle traite chaque pixel comme une pièce qui montre « blanc » avec la probabilité x̂, et mesure à quel point l'image est surprenante.",
        "Il ne faut aucune étiquette : l'image est sa propre cible. Le gradient dit pour chaque poids dans quel sens la perte augmente, et à quelle vitesse. La rétropropagation trouve les 16 474 dérivées par la règle de dérivation en chaîne, en un temps proche de celui de deux passages avant.",
      ],
      formula: "L = − moyenne de [ x ln x̂ + (1 − x) ln(1 − x̂) ]",
      question: "La perte est-elle nulle quand le réseau restitue parfaitement l'image ?",
      answer: "Seulement si tous les pixels valent exactement 0 ou 1. Pour un pixel gris, la perte en x̂ = x vaut − x ln x − (1 − x) ln(1 − x) : c'est son entropie, strictement positive. C'est la plus petite valeur possible : rien n'est meilleur que x̂ = x, mais la plus petite perte n'est pas 0.",
      go: ["Vérifier un gradient"],
    },
  },
  {
    id: "lesson-train",
    needs: { panel: "train" },
    states: [USUAL_TRAINING, { ...USUAL_TRAINING, "t.optimizer": "rmsprop", "t.rate": 1 }],
    en: {
      title: "Training",
      text: [
        "An epoch sees every training image once, in a new order, in batches. After each batch, every weight moves a step against the gradient of the batch's mean loss.",
        "RMSprop divides each derivative by the root of its mean square over the last steps: so weights with small and with large gradients move at about the same speed. The learning rate r decides how far.",
      ],
      formula: "a ← ρ a + (1 − ρ) g²     w ← w − r g / (√a + eps)     ρ = 0.9",
      question: "What does the curve do with batches of 10 images, and what with batches of all? Try it.",
      answer: "With small batches an epoch has many steps: the loss falls fast, but each step follows the gradient of a few images only and is noisy. With a single batch of all images, the gradient is exact, but there is one step in an epoch: after ten epochs the network has moved ten times. The same number of epochs is not the same number of steps.",
      go: ["Train", "Far too large a rate"],
    },
    fr: {
      title: "L'entraînement",
      text: [
        "Une époque voit chaque image d'entraînement une fois, dans un nouvel ordre, par lots (batches). Après chaque lot, chaque poids fait un pas dans le sens opposé au gradient de la perte moyenne du lot.",
        "RMSprop divise chaque dérivée par la racine de la moyenne de ses carrés sur les derniers pas : les poids à petits et à grands gradients avancent ainsi à peu près à la même vitesse. Le taux d'apprentissage r décide de la longueur du pas.",
      ],
      formula: "a ← ρ a + (1 − ρ) g²     w ← w − r g / (√a + eps)     ρ = 0,9",
      question: "Que fait la courbe avec des lots de 10 images ? Et avec un seul lot de toutes les images ? Essayez.",
      answer: "Avec de petits lots, une époque compte beaucoup de pas : la perte baisse vite, mais chaque pas ne suit que le gradient de quelques images, il est bruité. Avec un seul lot de toutes les images, le gradient est exact, mais il n'y a qu'un pas par époque : après dix époques, le réseau n'a bougé que dix fois. Le même nombre d'époques n'est pas le même nombre de pas.",
      go: ["Entraîner", "Un taux beaucoup trop grand"],
    },
  },
  {
    id: "lesson-reconstruct",
    needs: { panel: "draw", job: "dense" },
    states: [{ panel: "draw", image: 0, noise: 0 }],
    en: {
      title: "Reconstruction",
      text: [
        "Encode an image and decode its code: what comes back shows what the ten numbers have kept. The slant, the width and the openness of a five survive; the ragged edge of a pen does not.",
        "This is compression with loss, and the network itself has found what may be lost: what the training images do not have in common.",
      ],
      formula: "x̂ = decoder(encoder(x))",
      question: "Draw a 3, or a face, for a network that has seen fives only. What comes back, and why?",
      answer: "Something like a five. The decoder can only add the pictures that its ten numbers draw, and these were made for fives. The error is large: this is how auto-encoders detect what is unusual, a fault in a machine or a forged payment.",
      go: ["Draw"],
    },
    fr: {
      title: "La reconstruction",
      text: [
        "Encodez une image, puis décodez son code : ce qui revient montre ce que les dix nombres ont gardé. L'inclinaison, l'épaisseur et l'ouverture d'un 5 survivent ; le bord irrégulier d'un stylo, non.",
        "C'est une compression avec perte, et c'est le réseau lui-même qui a trouvé ce qui peut se perdre : ce que les images d'entraînement n'ont pas en commun.",
      ],
      formula: "x̂ = décodeur(encodeur(x))",
      question: "Dessinez un 3, ou un visage, pour un réseau qui n'a vu que des 5. Qu'est-ce qui revient, et pourquoi ?",
      answer: "Quelque chose qui ressemble à un 5. Le décodeur ne peut qu'additionner les images que dessinent ses dix nombres, et elles ont été faites pour des 5. L'erreur est grande : c'est ainsi que des auto-encodeurs détectent ce qui est inhabituel, une panne de machine ou un paiement frauduleux.",
      go: ["Dessiner"],
    },
  },
);
