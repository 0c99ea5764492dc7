#![doc = include_str!("../README.md")]

mod page;

pub use page::Page;
