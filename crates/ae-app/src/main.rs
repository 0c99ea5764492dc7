//! The auto-encoder workbench's command line.
fn main() {}
