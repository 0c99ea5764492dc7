//! Checkpoints on the disk: the newest and the one before it are complete at every step.

use ae_checkpoint::{Archive, CheckpointError, Saver};
use ae_files::{ReplaceStep, Replacement};
use ae_tensor::Tensor;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

fn archive(number: usize) -> Archive {
    let mut archive = Archive::new();
    archive.put("w", &Tensor::full([500], number as f32));
    archive.set_metadata("number", number);
    archive
}

fn in_folder(folder: &Path) -> Replacement {
    Replacement::new(folder.join("newest")).keep_previous(folder.join("previous"))
}

/// The epoch of a valid checkpoint; `None` if the file does not exist.
#[track_caller]
fn number(path: &Path) -> Option<usize> {
    match Archive::read(path) {
        Ok(archive) => Some(archive.number("number").unwrap()),
        Err(error) if error.is_absent() => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn an_archive_is_written_and_read_and_an_error_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for n in 1..=2 {
        archive(n).write(&path).unwrap();
        assert_eq!(number(&path), Some(n));
    }
    let missing = folder.path().join("missing/a");
    let error = archive(3).write(&missing).unwrap_err();
    assert!(error.is_absent());
    let beginning = format!("cannot write {}: ", missing.display());
    assert!(error.to_string().starts_with(&beginning), "{error}");
}

#[test]
fn a_whole_checkpoint_is_there_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let [newest, previous] = ["newest", "previous"].map(|name| folder.path().join(name));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let its = Arc::clone(&seen);
    let mut saver = Saver::new(in_folder(folder.path()).observe(move |step| {
        its.lock().unwrap().push((step, [number(&newest), number(&previous)]));
    }));
    for n in 1..=3 {
        saver.save(&archive(n)).unwrap();
        saver.wait().unwrap();
        let old = (n > 1).then(|| n - 1);
        let older = (n > 2).then(|| n - 2);
        let expected = [
            (ReplaceStep::HalfWritten, [old, older]),
            (ReplaceStep::Written, [old, older]),
            (ReplaceStep::PreviousKept, [None, old]),
            (ReplaceStep::Renamed, [Some(n), old]),
            (ReplaceStep::Synced, [Some(n), old]),
        ];
        assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), expected);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_saver_writes_all_in_order_and_tells_of_errors_later() {
    let folder = tempfile::tempdir().unwrap();
    let replacement = in_folder(folder.path());
    let steps = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&steps);
    let mut saver = Saver::new(replacement.clone().observe(move |_| *counted.lock().unwrap() += 1));
    for n in 1..=20 {
        saver.save(&archive(n)).unwrap();
    }
    saver.wait().unwrap();
    assert_eq!(*steps.lock().unwrap(), 20 * 5);
    let previous = replacement.previous().unwrap();
    assert_eq!(number(replacement.path()), Some(20));
    assert_eq!(number(previous), Some(19));

    // The previous name is a folder that is not empty.
    fs::remove_file(previous).unwrap();
    fs::create_dir_all(previous.join("inside")).unwrap();
    saver.save(&archive(21)).unwrap();
    let error = saver.save(&archive(22)).unwrap_err();
    assert!(matches!(error, CheckpointError::Io { .. }), "{error}");
    assert_eq!(number(replacement.path()), Some(20));
}

#[test]
fn a_saver_that_is_dropped_has_written_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let replacement = in_folder(folder.path());
    Saver::new(replacement.clone()).save(&archive(7)).unwrap();
    assert_eq!(number(replacement.path()), Some(7));
}
