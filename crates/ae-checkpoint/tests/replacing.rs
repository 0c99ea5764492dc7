//! At every step of a replacement a whole file is there.

use ae_checkpoint::{Archive, CheckpointError, Replace, Saver, Step};
use ae_tensor::Tensor;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

fn archive(number: usize) -> Archive {
    let mut archive = Archive::new();
    archive.put("w", &Tensor::full([500], number as f32));
    archive.say("number", number);
    archive
}

fn in_folder(folder: &Path) -> Replace {
    let previous = Some(folder.join("previous"));
    Replace { path: folder.join("newest"), previous }
}

/// The number of a file that is whole; none if it is not there.
#[track_caller]
fn number(path: &Path) -> Option<usize> {
    match Archive::read(path) {
        Ok(archive) => Some(archive.number("number").unwrap()),
        Err(error) if error.is_absent() => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_whole_file_is_there_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let replace = in_folder(folder.path());
    let previous = replace.previous.clone().unwrap();
    for n in 1..=3 {
        let seen = Mutex::new(Vec::new());
        replace
            .write(&archive(n).to_bytes(), &|step| {
                let here = [number(&replace.path), number(&previous)];
                seen.lock().unwrap().push((step, here));
            })
            .unwrap();
        let old = (n > 1).then(|| n - 1);
        let older = (n > 2).then(|| n - 2);
        let expected = [
            (Step::HalfWritten, [old, older]),
            (Step::Written, [old, older]),
            (Step::PreviousKept, [None, old]),
            (Step::Renamed, [Some(n), old]),
            (Step::Synced, [Some(n), old]),
        ];
        assert_eq!(seen.into_inner().unwrap(), expected);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_write_that_fails_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let replace = in_folder(folder.path());
    replace.write(&archive(1).to_bytes(), &|_| ()).unwrap();
    // A folder stands where the new file is to be written first.
    fs::create_dir(replace.temporary()).unwrap();
    let error = replace.write(&archive(2).to_bytes(), &|_| ()).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot write {}: ", replace.path.display())));
    assert_eq!(number(&replace.path), Some(1));
}

#[test]
fn a_saver_writes_all_in_order_and_tells_of_errors_later() {
    let folder = tempfile::tempdir().unwrap();
    let replace = in_folder(folder.path());
    let steps = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&steps);
    let mut saver = Saver::new(replace.clone(), move |_| *counted.lock().unwrap() += 1);
    for n in 1..=20 {
        saver.save(&archive(n)).unwrap();
    }
    saver.wait().unwrap();
    assert_eq!(*steps.lock().unwrap(), 20 * 5);
    assert_eq!(number(&replace.path), Some(20));
    assert_eq!(number(replace.previous.as_deref().unwrap()), Some(19));

    fs::create_dir(replace.temporary()).unwrap();
    saver.save(&archive(21)).unwrap();
    let error = saver.save(&archive(22)).unwrap_err();
    assert!(matches!(error, CheckpointError::Io { .. }), "{error}");
}

#[test]
fn a_saver_that_is_dropped_has_written_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let replace = in_folder(folder.path());
    Saver::new(replace.clone(), |_| ()).save(&archive(7)).unwrap();
    assert_eq!(number(&replace.path), Some(7));
}
