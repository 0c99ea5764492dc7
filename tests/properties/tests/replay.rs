//! Runs every seed and every regression of the fuzz targets through the function that the target
//! calls.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use ae_properties::PROPERTIES;

/// The folder of the fuzz targets, with the seeds and regressions.
fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The visible entries of a folder, sorted; hidden ones only keep an empty folder in the
/// repository.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<_> = read.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| !path.file_name().unwrap().as_encoded_bytes().starts_with(b"."));
    found.sort();
    found
}

#[test]
fn seeds_and_regressions_hold() {
    let mut broken = Vec::new();
    for (name, property) in PROPERTIES {
        let seeds = entries(&fuzz().join("seeds").join(name));
        assert!(seeds.len() >= 3, "too few seeds for {name}");
        for path in seeds.into_iter().chain(entries(&fuzz().join("regressions").join(name))) {
            let bytes = fs::read(&path).unwrap();
            // All inputs are run, even if one fails.
            if catch_unwind(|| property(&bytes)).is_err() {
                broken.push(path);
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A property that is not called, a target without a property, or a folder that is not replayed
/// would be a test that cannot fail.
#[test]
fn each_property_has_a_target_seeds_and_a_place_for_regressions() {
    let properties: BTreeSet<_> = PROPERTIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    for folder in ["targets", "seeds", "regressions"] {
        let names = entries(&fuzz().join(folder)).into_iter();
        let names: BTreeSet<_> =
            names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(names, properties, "fuzz/{folder}");
    }
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in properties {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
    }
}
