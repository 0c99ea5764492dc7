#![doc = include_str!("../README.md")]

#[cfg(any(target_family = "wasm", test))]
mod calls;
pub mod engine;
#[cfg(target_family = "wasm")]
mod exports;
