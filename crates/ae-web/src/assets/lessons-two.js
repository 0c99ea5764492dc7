// The lessons, second half: new images from codes, noise, and the reader's own problem.

addLessons(
  {
    id: "lesson-naive",
    needs: { panel: "latent" },
    states: [{ panel: "latent", draw: "naive" }],
    en: {
      title: "New images: a naive try",
      text: [
        "The decoder makes an image of any ten numbers. So why not draw them at random? The notebook takes each number from [0, 5), an interval chosen without looking at the codes.",
        "The images are poor: shapes of fives in a fog. Codes of real images lie elsewhere, and their numbers depend on each other: where one is large, another is small. Numbers drawn one by one, each for itself, break these dependences.",
      ],
      formula: "hᵢ = 5 uᵢ,   uᵢ uniform in [0, 1), independent",
      question: "Ten numbers, each in its usual range: why is the code as a whole still unusual?",
      answer: "In many dimensions almost all of a box is far from its middle: a ball fills 79 % of the square around it in two dimensions, and 0.25 % of the box in ten. If moreover the codes lie near a flat cloud, a point drawn from the box misses the cloud almost surely. The gauge in “Latent space” measures this distance.",
      go: ["Draw naively"],
    },
    fr: {
      title: "De nouvelles images : un essai naïf",
      text: [
        "Le décodeur fait une image de dix nombres quelconques. Pourquoi ne pas les tirer au hasard ? Le notebook prend chaque nombre dans [0 ; 5[, un intervalle choisi sans regarder les codes.",
        "Les images sont mauvaises : des formes de 5 dans le brouillard. Les codes des vraies images sont ailleurs, et leurs nombres sont corrélés : là où l'un est grand, un autre est petit. Des nombres tirés un par un, chacun pour soi, brisent ces dépendances.",
      ],
      formula: "hᵢ = 5 uᵢ,   uᵢ uniformes dans [0 ; 1[, indépendants",
      question: "Dix nombres, chacun dans son intervalle habituel : pourquoi le code entier est-il quand même inhabituel ?",
      answer: "En grande dimension, presque tout le volume d'une boîte est loin de son milieu : une boule remplit 79 % du carré qui l'entoure en dimension deux, et 0,25 % de la boîte en dimension dix. Si de plus les codes sont proches d'un nuage plat, un point tiré dans la boîte manque presque sûrement le nuage. La jauge d'« Espace latent » mesure cette distance.",
      go: ["Tirer naïvement"],
    },
  },
  {
    id: "lesson-pca",
    needs: { panel: "latent" },
    states: [{ panel: "latent", z: "2.5", draw: null }, { panel: "latent", z: "0,2.5", draw: null }],
    en: {
      title: "Principal components of the codes",
      text: [
        "Principal component analysis (PCA) finds the axes of the cloud of codes: the first is the direction in which the codes vary most, the second the one in which they vary most among all at right angles to it, and so on.",
        "Along these axes the numbers are not correlated any more. And each axis has a meaning that one can see: often the first is the slant or the boldness of the digit.",
      ],
      formula: "C = mean of (h − m)(h − m)ᵀ     C vₖ = λₖ vₖ     y = V (h − m)     standard deviation of yₖ: √λₖ",
      question: "Are numbers that are not correlated independent?",
      answer: "Not in general. If y₁ is uniform in [−1, 1] and y₂ = y₁², they are not correlated, but y₁ decides y₂. PCA removes the linear part of the dependence only. For codes with a single cloud this is mostly enough; for a cloud of several classes it is not, and the program has a mixture of Gaussians for it.",
      go: ["Move the first component", "Move the second"],
    },
    fr: {
      title: "Les composantes principales des codes",
      text: [
        "L'analyse en composantes principales (ACP, PCA en anglais) trouve les axes du nuage des codes : le premier est la direction dans laquelle les codes varient le plus, le deuxième celle dans laquelle ils varient le plus parmi les directions perpendiculaires au premier, et ainsi de suite.",
        "Le long de ces axes, les nombres ne sont plus corrélés. Et chaque axe a un sens qui se voit : souvent, le premier est l'inclinaison ou l'épaisseur du chiffre.",
      ],
      formula: "C = moyenne de (h − m)(h − m)ᵀ     C vₖ = λₖ vₖ     y = V (h − m)     écart type de yₖ : √λₖ",
      question: "Des nombres non corrélés sont-ils indépendants ?",
      answer: "Non, en général. Si y₁ est uniforme dans [−1 ; 1] et y₂ = y₁², ils ne sont pas corrélés, et pourtant y₁ détermine y₂. L'ACP n'enlève que la partie linéaire de la dépendance. Pour un seul nuage de codes, cela suffit le plus souvent ; pour plusieurs classes, non, et le programme a pour cela un mélange de gaussiennes.",
      go: ["Déplacer la première composante", "Déplacer la deuxième"],
    },
  },
  {
    id: "lesson-generate",
    needs: { panel: "latent" },
    states: [{ panel: "latent", draw: "gaussian" }, { panel: "latent", a: 0, b: 1, t: 0.5 }],
    en: {
      title: "New images through PCA",
      text: [
        "Now draw each component yₖ around 0, with the standard deviation that the codes have along this axis, and go back to a code. Center and axes are those of real codes, and so the decoder draws fives: not copies of training images, but fives that nobody has written.",
        "The notebook draws all components from the same interval, [−7.5, 7.5). That makes rare directions as long as frequent ones; with each component's own deviation the images are better.",
      ],
      formula: "yₖ = √λₖ εₖ,   εₖ ~ N(0, 1)     h = m + Vᵀ y     x̂ = decoder(h)",
      question: "Halfway between the codes of two images: is this the mean of the two images?",
      answer: "No. The mean of the pixels shows both digits, each half transparent. The mean of the codes is a code of its own, and its image is mostly one digit between the two, with a slant and a width between theirs. Move the slider of “From A to B” and compare.",
      go: ["Draw through PCA", "From A to B"],
    },
    fr: {
      title: "De nouvelles images grâce à l'ACP",
      text: [
        "Tirez maintenant chaque composante yₖ autour de 0, avec l'écart type que les codes ont sur cet axe, et revenez à un code. Le centre et les axes sont ceux de vrais codes : le décodeur dessine donc des 5. Ce ne sont pas des copies d'images d'entraînement, mais des 5 que personne n'a écrits.",
        "Le notebook tire toutes les composantes dans le même intervalle, [−7,5 ; 7,5[. Les directions rares deviennent alors aussi longues que les fréquentes ; avec l'écart type propre à chaque composante, les images sont meilleures.",
      ],
      formula: "yₖ = √λₖ εₖ,   εₖ ~ N(0, 1)     h = m + Vᵀ y     x̂ = décodeur(h)",
      question: "À mi-chemin entre les codes de deux images : est-ce la moyenne des deux images ?",
      answer: "Non. La moyenne des pixels montre les deux chiffres, chacun à demi transparent. La moyenne des codes est un code à part entière, et son image est le plus souvent un seul chiffre entre les deux, d'inclinaison et de largeur intermédiaires. Déplacez le curseur de « De A à B » et comparez.",
      go: ["Tirer par l'ACP", "De A à B"],
    },
  },
  {
    id: "lesson-noise",
    needs: { panel: "draw", job: "denoise" },
    command: "cargo run -p ae-app -- denoise",
    states: [{ panel: "draw", image: 0, noise: 0.5 }, { panel: "inspect", look: 0, filter: 0, noise: 0.5 }],
    en: {
      title: "Noise, and its removal",
      text: [
        "The second model of the notebook gets an image with noise, and must give back the image without it. A normal random number times 0.5 is added to each pixel, and the sum is cut to [0, 1].",
        "The layers are convolutions: 3 × 3 weights that look for the same pattern at all places. Pooling halves the images twice, and enlarging doubles them twice. It has 28,353 weights, and there is no narrow code: 7 × 7 × 32 numbers are more than the 784 pixels. What keeps it from copying is the noise.",
      ],
      formula: "x̃ = clip(x + 0.5 ε, 0, 1),   ε ~ N(0, 1)     loss: L(model(x̃), x)",
      question: "Could the network learn to remove noise if it never saw a clean image, only noisy ones as targets?",
      answer: "With other noise on the target than on the input, nearly: the noise of the target cannot be predicted, so the best answer is its mean (J. Lehtinen et al., Noise2Noise, 2018). Cutting to [0, 1] shifts that mean: black pixels would come back gray, at about 0.2. With the same noise on both it would learn to copy the noise.",
      go: ["Remove noise", "See a filter at work"],
    },
    fr: {
      title: "Le bruit et le débruitage",
      text: [
        "Le second modèle du notebook reçoit une image bruitée et doit restituer l'image sans bruit. On ajoute à chaque pixel un nombre aléatoire normal multiplié par 0,5, puis on ramène la somme dans [0 ; 1].",
        "Les couches sont des convolutions : 3 × 3 poids qui cherchent le même motif à tous les endroits. Le pooling divise la taille des images par deux, deux fois, et l'agrandissement la double, deux fois. Il y a 28 353 poids, et pas de code étroit : 7 × 7 × 32 nombres, c'est plus que les 784 pixels. Ce qui empêche le réseau de copier, c'est le bruit.",
      ],
      formula: "x̃ = clip(x + 0,5 ε, 0, 1),   ε ~ N(0, 1)     perte : L(modèle(x̃), x)",
      question: "Le réseau pourrait-il apprendre à débruiter sans jamais voir d'image nette, avec seulement des images bruitées pour cibles ?",
      answer: "Presque, si le bruit de la cible est un autre que celui de l'entrée : il est imprévisible, donc la meilleure réponse est sa moyenne (J. Lehtinen et al., Noise2Noise, 2018). Ramener dans [0 ; 1] décale cette moyenne : les pixels noirs reviendraient gris, à environ 0,2. Avec le même bruit des deux côtés, il apprendrait à copier le bruit.",
      go: ["Enlever du bruit", "Voir un filtre au travail"],
    },
  },
  {
    id: "lesson-fashion",
    needs: { panel: "latent", dataset: "fashion-mnist" },
    command: "cargo run -p ae-app -- dense --dataset fashion-mnist --classes sandal,sneaker,ankle-boot",
    states: [{ panel: "latent", draw: "gaussian" }],
    en: {
      title: "Your turn: Fashion-MNIST",
      text: [
        "The notebook ends with a task. Fashion-MNIST has 70,000 images of clothes in the same 28 × 28 pixels, in ten classes, from T-shirts to ankle boots. Generate shoes of every kind, sandals, sneakers and boots, and remove the noise from clothes.",
        "The model of the fives does not do it. Change it: more numbers in the code, more layers, convolutions, another loss on the codes. A model is a few lines of text here: `ae-app models` shows some.",
      ],
      question: "Why are shoes harder than fives?",
      answer: "They are several clouds instead of one: a sandal has holes, and a boot a shaft. Halfway between a sandal and a boot is no shoe at all. And a shoe has more gray levels and seams than a pen stroke, so ten numbers keep too little of it. A deeper model with 32 numbers, and a mixture of Gaussians for its codes, draws shoes that one recognizes.",
      go: ["Draw shoes"],
    },
    fr: {
      title: "À vous de jouer : Fashion-MNIST",
      text: [
        "Le notebook se termine par un travail pratique. Fashion-MNIST contient 70 000 images de vêtements, en 28 × 28 pixels également et en dix classes, du T-shirt à la bottine. Générez des chaussures de tout type, sandales, baskets et bottines, et enlevez le bruit d'images de vêtements.",
        "Le modèle des 5 n'y suffit pas. Modifiez-le : plus de nombres dans le code, plus de couches, des convolutions, une autre perte sur les codes. Un modèle est ici un texte de quelques lignes : `ae-app models` en montre.",
      ],
      question: "Pourquoi les chaussures sont-elles plus difficiles que les 5 ?",
      answer: "Elles forment plusieurs nuages au lieu d'un seul : une sandale a des trous, une bottine une tige. À mi-chemin entre une sandale et une bottine, il n'y a pas de chaussure du tout. Et une chaussure a plus de nuances de gris et de coutures qu'un trait de stylo : dix nombres en gardent trop peu. Un modèle plus profond avec 32 nombres, et un mélange de gaussiennes pour ses codes, dessine des chaussures reconnaissables.",
      go: ["Tirer des chaussures"],
    },
  },
);
