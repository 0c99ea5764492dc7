//! Writes the notebooks from the chapters: `cargo run -p ae-guide --example notebook`.
//!
//! The outputs of cells whose code has not changed are kept, and the French notebook, whose code is
//! the English one's, gets the same. `tools/notebook.sh` runs the English notebook in between.

use ae_guide::{Cell, Language, cells};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let outputs = outputs(&folder.join("notebook.ipynb"))?;
    for (language, name) in
        [(Language::English, "notebook.ipynb"), (Language::French, "notebook.fr.ipynb")]
    {
        let notebook = serde_json::to_string_pretty(&notebook(language, &outputs))?;
        fs::write(folder.join(name), notebook + "\n")?;
        println!("docs/guide/{name}");
    }
    Ok(())
}

/// The outputs in a notebook by the code of their cells; empty without a notebook.
fn outputs(path: &Path) -> Result<HashMap<String, Value>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(HashMap::new());
    }
    let notebook: Value = serde_json::from_slice(&fs::read(path)?)?;
    let cells = notebook["cells"].as_array().ok_or("expected a list of cells")?;
    let code = cells.iter().filter(|cell| cell["cell_type"] == "code");
    Ok(code.map(|cell| (source(cell), cell["outputs"].clone())).collect())
}

/// A cell's source, which a file holds as a list of lines.
fn source(cell: &Value) -> String {
    let lines = cell["source"].as_array().into_iter().flatten();
    lines.filter_map(Value::as_str).collect()
}

/// A notebook in version 4.5 of its format.
fn notebook(language: Language, outputs: &HashMap<String, Value>) -> Value {
    let mut count = 0;
    let cells = cells(language).into_iter().enumerate().map(|(i, cell)| {
        let id = format!("cell-{i}");
        match cell {
            Cell::Text(text) => json!({
                "cell_type": "markdown", "id": id, "metadata": {}, "source": lines(&text),
            }),
            Cell::Code(code) => {
                count += 1;
                let outputs = outputs.get(&code).map(|outputs| in_order(outputs, count));
                json!({
                    "cell_type": "code",
                    "execution_count": outputs.as_ref().map(|_| count),
                    "id": id,
                    "metadata": {},
                    "outputs": outputs.unwrap_or_else(|| json!([])),
                    "source": lines(&code),
                })
            }
        }
    });
    json!({
        "cells": cells.collect::<Vec<_>>(),
        "metadata": {
            "kernelspec": { "display_name": "Rust", "language": "rust", "name": "rust" },
            "language_info": { "file_extension": ".rs", "name": "rust" },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

/// The outputs of the cell of this number: printed lines that follow each other are one output.
fn in_order(outputs: &Value, count: u32) -> Value {
    let mut merged: Vec<Value> = Vec::new();
    for output in outputs.as_array().into_iter().flatten() {
        let mut output = output.clone();
        // The kernel counts what it has run before the first cell, too.
        if let Some(number) = output.get_mut("execution_count") {
            *number = count.into();
        }
        let same = merged
            .last()
            .is_some_and(|last| last["output_type"] == "stream" && last["name"] == output["name"]);
        match merged.last_mut().filter(|_| same) {
            Some(last) => {
                let more = output["text"].as_array().cloned().unwrap_or_default();
                last["text"].as_array_mut().into_iter().for_each(|text| text.extend(more.clone()));
            }
            None => merged.push(output),
        }
    }
    merged.into()
}

/// A text as a notebook stores it: its lines, each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
