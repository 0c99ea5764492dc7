//! The guide in English, a module for each chapter. The table of contents is the crate's first page.

#[doc = include_str!("../en/01-a-narrow-passage.md")]
pub mod c01_a_narrow_passage {}
#[doc = include_str!("../en/02-two-layers.md")]
pub mod c02_two_layers {}
#[doc = include_str!("../en/03-fives.md")]
pub mod c03_fives {}
#[doc = include_str!("../en/04-learning.md")]
pub mod c04_learning {}
#[doc = include_str!("../en/05-a-first-look.md")]
pub mod c05_a_first_look {}
#[doc = include_str!("../en/06-random-codes.md")]
pub mod c06_random_codes {}
#[doc = include_str!("../en/07-principal-components.md")]
pub mod c07_principal_components {}
#[doc = include_str!("../en/08-convolutions.md")]
pub mod c08_convolutions {}
#[doc = include_str!("../en/09-noise.md")]
pub mod c09_noise {}
#[doc = include_str!("../en/10-noise-removed.md")]
pub mod c10_noise_removed {}
#[doc = include_str!("../en/11-shoes-a-first-attempt.md")]
pub mod c11_shoes_a_first_attempt {}
#[doc = include_str!("../en/12-shoes-step-by-step.md")]
pub mod c12_shoes_step_by_step {}
#[doc = include_str!("../en/13-clothes-without-noise.md")]
pub mod c13_clothes_without_noise {}
#[doc = include_str!("../en/14-what-a-score-means.md")]
pub mod c14_what_a_score_means {}
#[doc = include_str!("../en/15-what-does-not-belong.md")]
pub mod c15_what_does_not_belong {}
