#![doc = include_str!("../README.md")]

#[cfg(not(target_family = "wasm"))]
mod bundle;
#[cfg(any(target_family = "wasm", test))]
mod calls;
pub mod engine;
#[cfg(target_family = "wasm")]
mod exports;
#[cfg(not(target_family = "wasm"))]
mod page;

#[cfg(not(target_family = "wasm"))]
pub use bundle::{Bundle, Codes, Epoch, Extent, Images, Missing, Reason, Reference, Run, Training};
#[cfg(not(target_family = "wasm"))]
pub use page::{Taken, explore};
