#![doc = include_str!("../README.md")]

mod compare;
mod difference;
pub mod naive;
mod sample;

pub use compare::{assert_close, assert_close_f64, max_ulp, ulp_distance};
pub use difference::gradient;
pub use sample::Sampler;
