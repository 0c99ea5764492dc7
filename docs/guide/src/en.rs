//! The guide in English, a module for each chapter.

chapters! { "en":
    c01_a_narrow_passage = "01-a-narrow-passage",
    c02_two_layers = "02-two-layers",
    c03_fives = "03-fives",
    c04_learning = "04-learning",
    c05_a_first_look = "05-a-first-look",
    c06_random_codes = "06-random-codes",
    c07_principal_components = "07-principal-components",
    c08_convolutions = "08-convolutions",
    c09_noise = "09-noise",
    c10_noise_removed = "10-noise-removed",
    c11_shoes_a_first_attempt = "11-shoes-a-first-attempt",
    c12_shoes_step_by_step = "12-shoes-step-by-step",
    c13_clothes_without_noise = "13-clothes-without-noise",
    c14_what_a_score_means = "14-what-a-score-means",
    c15_what_does_not_belong = "15-what-does-not-belong",
}
