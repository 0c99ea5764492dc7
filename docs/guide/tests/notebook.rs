//! The notebooks hold the guide's cells, and what these print when they are run.

use ae_guide::{Cell, Language, cells};
use serde_json::Value;

/// The notebooks, as they are committed.
fn notebooks() -> [(Language, Value); 2] {
    [
        (Language::English, include_str!("../notebook.ipynb")),
        (Language::French, include_str!("../notebook.fr.ipynb")),
    ]
    .map(|(language, file)| (language, serde_json::from_str(file).expect("JSON")))
}

/// A text, which a notebook stores whole or as a list of lines.
fn text(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        whole => whole.as_str().unwrap_or_default().to_owned(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// What is wrong with a notebook of these cells.
fn complaints(notebook: &Value, expected: &[Cell]) -> Vec<String> {
    let found = list(&notebook["cells"]);
    let mut complaints = Vec::new();
    if found.len() != expected.len() {
        complaints.push(format!("{} cells, the guide has {}", found.len(), expected.len()));
    }
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (kind, source) = match expected {
            Cell::Text(text) => ("markdown", text),
            Cell::Code(code) => ("code", code),
        };
        if found["cell_type"] != kind || text(&found["source"]) != *source {
            complaints.push(format!("cell {i} differs from the guide"));
        } else if kind == "code" {
            let missing = outputs(list(&found["outputs"]), source);
            complaints.extend(missing.iter().map(|what| format!("cell {i}: {what}")));
        }
    }
    complaints
}

/// What is wrong with the outputs of a cell of this code.
fn outputs(outputs: &[Value], code: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut printed = String::new();
    let mut pictures = 0;
    for output in outputs {
        match output["output_type"].as_str() {
            Some("stream") if output["name"] == "stdout" => printed += &text(&output["text"]),
            Some("display_data" | "execute_result") => {
                pictures +=
                    usize::from(text(&output["data"]["image/png"]).starts_with("iVBORw0KGgo"));
                // A value that no line of the chapter prints.
                let value = output["data"].get("text/plain").map(text);
                complaints.extend(value.map(|value| format!("the value {value}")));
            }
            other => complaints.push(format!("an output of type {other:?}: {output}")),
        }
    }
    if code.contains("println!") && printed.trim().is_empty() {
        complaints.push("prints, but no line is stored".into());
    }
    let shown = code.matches("ae_guide::show(").count();
    if pictures != shown {
        complaints.push(format!("{pictures} pictures of {shown}"));
    }
    let path = printed.split([' ', '\n', '"', '(']).find(|word| is_absolute(word));
    complaints.extend(path.map(|path| format!("a path of a machine: {path}")));
    complaints
}

/// Whether this word is a path from the root of a file system.
fn is_absolute(word: &str) -> bool {
    let mut chars = word.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('/'), Some(letter), _) => letter.is_alphabetic(),
        (Some(drive), Some(':'), Some('\\' | '/')) => drive.is_alphabetic(),
        _ => false,
    }
}

#[test]
fn the_notebooks_are_the_guide_and_have_been_run() {
    for (language, notebook) in notebooks() {
        let found = complaints(&notebook, &cells(language));
        assert!(found.is_empty(), "{language}: run tools/notebook.sh\n{}", found.join("\n"));
        assert_eq!(notebook["metadata"]["kernelspec"]["name"], "rust", "{language}");
    }
}

/// The code of the guide is in the notebooks, and nothing else: it is what the doctests run.
#[test]
fn the_notebooks_have_the_chapters_code_line_by_line() {
    for language in Language::ALL {
        let code = cells(language).into_iter().filter_map(|cell| match cell {
            Cell::Code(code) => code.strip_prefix("{\n").map(str::to_owned),
            Cell::Text(_) => None,
        });
        let code: Vec<String> = code.collect();
        let chapters = language.chapters();
        assert_eq!(code.len(), chapters.len(), "{language}");
        for (code, (name, chapter)) in code.iter().zip(chapters) {
            let block = chapter.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
            let block = block.unwrap_or_else(|| panic!("{language} {name}: no Rust"));
            let lines = |text: &str| -> Vec<String> {
                let shown = text.lines().filter(|line| !line.starts_with("# "));
                shown.map(str::to_owned).collect()
            };
            let (cell, _) = code.rsplit_once("\n};").expect("a block");
            assert_eq!(lines(cell), lines(block), "{language} {name}");
        }
    }
}

#[test]
fn the_outputs_are_the_same_in_each_language() {
    let outputs = notebooks().map(|(_, notebook)| -> Vec<Value> {
        list(&notebook["cells"]).iter().map(|cell| cell["outputs"].clone()).collect()
    });
    assert_eq!(outputs[0], outputs[1]);
}

#[test]
fn the_notebooks_are_small() {
    for file in [include_str!("../notebook.ipynb"), include_str!("../notebook.fr.ipynb")] {
        assert!(file.len() < 550_000, "{} bytes", file.len());
    }
}

/// A fault planted in the cells.
type Change<'a> = &'a dyn Fn(&mut Vec<Value>);

#[test]
fn planted_faults_are_found() {
    let [(language, notebook), _] = notebooks();
    let cells = cells(language);
    let fault = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut broken = notebook.clone();
        change(broken["cells"].as_array_mut().expect("a list"));
        complaints(&broken, &cells)
    };
    assert_eq!(fault(&|_| {}), [""; 0]);
    let code = 3;
    assert!(matches!(&cells[code], Cell::Code(code) if code.contains("println!")));
    let error = serde_json::json!({ "output_type": "error", "ename": "E0308" });
    let stream = |name: &str, text: &str| serde_json::json!({ "output_type": "stream", "name": name, "text": [text] });
    let faults: [Change<'_>; 7] = [
        &|cells| drop(cells.pop()),
        &|cells| cells[code]["source"] = "let a = 1;".into(),
        &|cells| cells[0]["source"] = "# Another title".into(),
        &|cells| cells[code]["outputs"] = serde_json::json!([]),
        &|cells| cells[code]["outputs"].as_array_mut().unwrap().push(error.clone()),
        &|cells| cells[code]["outputs"].as_array_mut().unwrap().push(stream("stderr", "warning")),
        &|cells| {
            let line = stream("stdout", "written to /home/me/loss.png\n");
            cells[code]["outputs"].as_array_mut().unwrap().push(line);
        },
    ];
    for (i, change) in faults.into_iter().enumerate() {
        assert_eq!(fault(change).len(), 1, "fault {i}");
    }
}
