#![doc = include_str!("../README.md")]

#[cfg(not(target_arch = "wasm32"))]
mod bundle;
#[cfg(not(target_arch = "wasm32"))]
mod page;

#[cfg(not(target_arch = "wasm32"))]
pub use bundle::{
    Bundle, Codes, Components, Epoch, Extent, Images, Missing, Reason, Reference, Run, Training,
};
#[cfg(not(target_arch = "wasm32"))]
pub use page::{Taken, explore};
