//! Writes the guide as a page: `cargo run -p ae-guide --example page -- fr guide.html`.

use ae_guide::{Language, page};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let language: Language = words.next().as_deref().unwrap_or("en").parse()?;
    let file = words.next().unwrap_or_else(|| "guide.html".into());
    std::fs::write(&file, page(language).to_html())?;
    println!("{file}");
    Ok(())
}
