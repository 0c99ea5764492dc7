//! The guide in French. Its code is the English chapters' code, byte for byte, which runs there:
//! its chapters are not documentation of modules, or each would be run a second time.

chapters! { "fr" as texts:
    "01-a-narrow-passage",
    "02-two-layers",
    "03-fives",
    "04-learning",
    "05-a-first-look",
    "06-random-codes",
    "07-principal-components",
    "08-convolutions",
    "09-noise",
    "10-noise-removed",
    "11-shoes-a-first-attempt",
    "12-shoes-step-by-step",
    "13-clothes-without-noise",
    "14-what-a-score-means",
    "15-what-does-not-belong",
}
