#![doc = include_str!("../README.md")]

mod page;
pub mod report;

pub use page::Page;
