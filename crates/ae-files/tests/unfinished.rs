//! A program that ends at once leaves no temporary file. In a file of its own: nothing can be
//! written in this process afterwards.

use ae_files::{ReplaceStep, Replacement, remove_unfinished};
use std::fs;
use std::sync::mpsc;
use std::thread;

#[test]
fn the_file_that_is_being_written_is_removed_and_the_old_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "old").unwrap();
    let (reached, half_written) = mpsc::channel();
    let replacement = Replacement::new(&path).observe(move |step| {
        if step == ReplaceStep::HalfWritten {
            reached.send(()).unwrap();
            // The program ends before it goes on.
            loop {
                thread::park();
            }
        }
    });
    thread::spawn(move || replacement.write(b"new"));
    half_written.recv().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    remove_unfinished();
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["file"]);
    assert_eq!(fs::read_to_string(path).unwrap(), "old");
}
