//! Each crate's package contains its sources, examples, presets, lesson and licenses, and nothing
//! else.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use toml::Table;

/// The folder and the manifest of each crate that could be published.
fn crates() -> Vec<(PathBuf, Table)> {
    let folders = fs::read_dir(common::workspace().join("crates")).unwrap();
    let mut crates: Vec<(PathBuf, Table)> = folders
        .map(|folder| folder.unwrap().path())
        .chain([common::workspace().join("docs/guide")])
        .map(|folder| {
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            (folder, manifest.parse().unwrap())
        })
        .collect();
    crates.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(crates.len() >= 17, "{} crates only", crates.len());
    crates
}

#[test]
fn each_says_what_it_is_and_under_which_license() {
    for (folder, manifest) in crates() {
        let name = match folder.file_name().unwrap().to_str().unwrap() {
            "guide" => "ae-guide",
            name => name,
        };
        let package = manifest["package"].as_table().unwrap();
        assert_eq!(package["name"].as_str(), Some(name));
        assert!(!package.contains_key("publish"), "{name}");
        assert!(package["description"].as_str().unwrap().len() > 30, "{name}");
        for (key, most) in [("keywords", 5), ("categories", 5)] {
            let words = package[key].as_array().unwrap();
            assert!((1..=most).contains(&words.len()), "{name}: {key}");
            assert!(words.iter().all(|word| word.as_str().unwrap().len() <= 30), "{name}: {key}");
        }
        for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let [ours, its] = [common::workspace().join(license), folder.join(license)]
                .map(|path| fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}")));
            assert!(ours == its, "{name}: {license} is not the workspace's");
        }
    }
}

#[test]
fn a_package_holds_what_is_needed_and_no_more() {
    for (folder, _) in crates() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let output = Command::new(cargo)
            .current_dir(&folder)
            .args(["package", "--list", "--allow-dirty", "--offline", "--quiet"])
            .output()
            .expect("cargo can be started");
        assert!(output.status.success(), "{folder:?}: {output:?}");
        let list = String::from_utf8(output.stdout).expect("names are UTF-8");
        let mut needed =
            vec!["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"];
        if !folder.join("src/lib.rs").exists() {
            needed[4] = "src/main.rs";
        }
        for file in &needed {
            assert!(list.lines().any(|line| line == *file), "{folder:?}: no {file} in\n{list}");
        }
        // A text file that a library includes is missed only when the package is built.
        for part in ["presets", "en", "fr"] {
            for included in fs::read_dir(folder.join(part)).into_iter().flatten() {
                let name = included.unwrap().file_name().into_string().expect("names are UTF-8");
                let file = format!("{part}/{name}");
                let listed = list.lines().any(|line| line.replace('\\', "/") == file);
                assert!(listed, "{folder:?}: no {file} in\n{list}");
            }
        }
        let made = ["Cargo.lock", "Cargo.toml.orig", ".cargo_vcs_info.json"];
        let folders = ["src/", "examples/", "presets/", "en/", "fr/", "pictures/"];
        for file in list.lines().map(|line| line.replace('\\', "/")) {
            let known = needed.contains(&&*file) || made.contains(&&*file);
            assert!(
                known || folders.iter().any(|folder| file.starts_with(folder)),
                "{folder:?}: {file}"
            );
        }
    }
}
