//! Pictures from the outside: written as PNG, read back, and looked at pixel by pixel.

mod charts;
mod decoded;
mod files;
mod gallery;
