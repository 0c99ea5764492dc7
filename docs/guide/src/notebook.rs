//! The guide as the cells of a notebook.

use crate::markdown::shown;
use crate::{Language, picture, pictures};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Pictures of more bytes are shown from the folder of pictures instead of being stored in the
/// notebook: the two or three largest would take half of its size.
const LARGEST_STORED: usize = 48_000;

/// A cell of a notebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Markdown.
    Text(String),
    /// Rust, as the Jupyter kernel `evcxr` takes it.
    Code(String),
}

const ENGLISH: &str = "\
# Auto-encoders in Rust, a guided tour

The original notebook's cells in its order, in Rust, and the way on from where it stops. This file
is made from the [chapters of the guide](README.md) by `tools/notebook.sh`, which then runs it with
`jupyter nbconvert` and the kernel [evcxr](https://github.com/evcxr/evcxr). Edit the chapters, not
this file.

The Rust in it is compiled and run at each change of the workbench: it is the chapters' code, line
by line, and `cargo test` runs the chapters. Each cell is a whole chapter's program, so you can run
any of them alone, after the first. It stands in braces because a variable that borrows from
another, such as `train`, cannot be handed on to the next cell.

The first cell compiles the library, which takes a minute or two. Its paths are relative: they are
right where this file lies, in `docs/guide` of the repository.";

const FRENCH: &str = "\
# Les auto-encodeurs en Rust, visite guidée

Les cellules du notebook d’origine, dans leur ordre, en Rust, puis la suite, là où il s’arrête. Ce
fichier est tiré des [chapitres du guide](README.md) par `tools/notebook.sh`, qui l’exécute ensuite
avec `jupyter nbconvert` et le noyau [evcxr](https://github.com/evcxr/evcxr). Modifiez les
chapitres, pas ce fichier.

Le Rust que vous y lisez est compilé et exécuté à chaque modification de l’atelier\u{202f}: c’est, ligne
pour ligne, le code des chapitres, et `cargo test` exécute les chapitres. Chaque cellule est le
programme complet d’un chapitre\u{202f}; une fois la première exécutée, vous pouvez donc lancer n’importe
laquelle. Elle est entre accolades parce qu’une variable qui emprunte à une autre, comme `train`, ne
peut pas être transmise à la cellule suivante.

La première cellule compile la bibliothèque, ce qui prend une minute ou deux. Ses chemins sont
relatifs\u{202f}: ils sont justes là où se trouve ce fichier, dans le dossier `docs/guide` du dépôt.";

/// What the chapters import, as this package's manifest names it.
const DEPENDENCIES: &str = "\
:dep ae-guide = { path = \".\" }
:dep ae-plot = { path = \"../../crates/ae-plot\" }
:dep autoencoder = { path = \"../../crates/autoencoder\" }";

/// The guide in this language as a notebook for `evcxr`: the chapters' text, and their code in
/// cells that show its pictures, in order.
#[must_use]
pub fn cells(language: Language) -> Vec<Cell> {
    let about = match language {
        Language::English => ENGLISH,
        Language::French => FRENCH,
    };
    let mut cells = vec![Cell::Text(about.to_owned()), Cell::Code(DEPENDENCIES.to_owned())];
    for (_, text) in language.chapters() {
        chapter(text, language, &mut cells);
    }
    cells
}

/// The cells of a chapter: the text up to its code, its code, the text from there.
fn chapter(text: &str, language: Language, cells: &mut Vec<Cell>) {
    let mut words = String::new();
    let mut code = String::new();
    // The mark of the block that the line is in.
    let mut block = None;
    for line in text.lines() {
        match (block, line.strip_prefix("```")) {
            (None, Some("" | "rust")) => {
                block = Some("rust");
                code.clear();
                push_words(&mut words, cells);
            }
            (None, Some(mark)) => {
                block = Some(mark);
                words += if mark == "math" { "$$" } else { line };
                words.push('\n');
            }
            (Some("rust"), Some(_)) => {
                block = None;
                cells.extend(program(&code).into_iter().map(Cell::Code));
            }
            (Some("rust"), None) => {
                code += line;
                code.push('\n');
            }
            (Some(mark), Some(_)) => {
                block = None;
                words += if mark == "math" { "$$\n" } else { "```\n" };
            }
            (Some(_), None) => {
                words += line;
                words.push('\n');
            }
            (None, None) if is_stored(line) => {}
            (None, None) => {
                words += &from_here(line, language);
                words.push('\n');
            }
        }
    }
    push_words(&mut words, cells);
}

fn push_words(words: &mut String, cells: &mut Vec<Cell>) {
    let text = std::mem::take(words);
    if !text.trim().is_empty() {
        // One empty line where a picture stood between two.
        cells.push(Cell::Text(text.trim().replace("\n\n\n", "\n\n")));
    }
}

/// Whether this line shows a picture that the code cell above it shows already.
fn is_stored(line: &str) -> bool {
    let name = line.strip_prefix("![").and_then(|rest| rest.split_once("](../pictures/"));
    name.is_some_and(|(_, rest)| stored(rest.trim_end_matches(')')))
}

fn stored(name: &str) -> bool {
    pictures::find(name).is_some_and(|png| png.len() <= LARGEST_STORED)
}

/// A line whose links lead on from the folder above the chapters.
fn from_here(line: &str, language: Language) -> String {
    let mut pieces = line.split("](");
    let mut moved = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        moved += "](";
        match piece.strip_prefix("../") {
            Some(above) => moved += above,
            None if piece.contains("://") => moved += piece,
            None => moved += &format!("{language}/{piece}"),
        }
    }
    moved
}

/// A chapter's code as a cell, which shows its first picture, and a cell for each further one: the
/// kernel shows the last picture of a cell only.
fn program(code: &str) -> Vec<String> {
    let mut cell = "{\n".to_owned();
    for line in shown(code) {
        cell += line;
        cell.push('\n');
    }
    // The semicolon: the value of a cell's last expression would be printed.
    cell += "};";
    let names =
        code.split("ae_guide::picture(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut shows =
        names.filter(|name| stored(name)).map(|name| format!("ae_guide::show(\"{name}\");"));
    if let Some(first) = shows.next() {
        cell.push('\n');
        cell += &first;
    }
    std::iter::once(cell).chain(shows).collect()
}

/// Shows the [`picture`] of this name below the cell of a notebook.
///
/// It prints the PNG file in the lines by which `evcxr` recognizes a picture; elsewhere they are
/// only long lines.
///
/// # Panics
/// If there is no such file.
pub fn show(name: &str) {
    let path = picture(name);
    let png = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("show: expected the picture {}, but: {error}", path.display())
    });
    println!("EVCXR_BEGIN_CONTENT image/png\n{}\nEVCXR_END_CONTENT", STANDARD.encode(png));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_becomes_text_code_text() {
        let text = "# 1. A\n\n```math\nx_1\n```\n\n[a](../../b.md), [c](02-c.md), [d](https://d)\n\n\
                    ```python\nf()\n```\n\n```rust\nlet a = 1;\n# Ok(())\n```\n\n\
                    before\n\n![loss](../pictures/loss.png)\n\n\
                    ![codes](../pictures/shoes-codes.png)\n\nafter\n";
        let mut found = Vec::new();
        chapter(text, Language::French, &mut found);
        let first = "# 1. A\n\n$$\nx_1\n$$\n\n[a](../b.md), [c](fr/02-c.md), [d](https://d)\n\n\
                     ```python\nf()\n```";
        let last = "before\n\n![codes](pictures/shoes-codes.png)\n\nafter";
        assert_eq!(
            found,
            [
                Cell::Text(first.into()),
                Cell::Code("{\nlet a = 1;\n};".into()),
                Cell::Text(last.into())
            ]
        );
    }

    #[test]
    fn a_cell_shows_the_small_pictures_that_its_code_writes() {
        let code = "a.write_png(ae_guide::picture(\"loss.png\"))?;\n\
                    b.write_png(ae_guide::picture(\"shoes-codes.png\"))?;\n\
                    c.write_png(ae_guide::picture(\"fives.png\"))?;\n";
        let first = format!("{{\n{code}}};\nae_guide::show(\"loss.png\");");
        assert_eq!(program(code), [first, "ae_guide::show(\"fives.png\");".to_owned()]);
    }
}
