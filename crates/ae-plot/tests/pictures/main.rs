//! Pictures by the public interface: written as PNG, read back, and checked pixel by pixel.

mod anomalies;
mod charts;
mod decoded;
mod files;
mod gallery;
