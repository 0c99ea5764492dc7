#![doc = include_str!("../README.md")]

mod compare;
mod difference;
mod sample;

pub use ae_reference::naive;
pub use compare::{assert_close, assert_close_f64, max_ulp, ulp_distance};
pub use difference::gradient;
pub use sample::Sampler;
