//! Whatever happens while a file is replaced, a complete file is there, and nothing is left over.

use ae_files::{ReplaceStep, Replacement, replace, replace_with};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// The number of files, including hidden ones.
fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_new_file_is_written_and_an_old_one_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for content in ["long content", "short", ""] {
        replace(&path, content.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    replace_with(&path, |file| {
        file.write_all(b"in ")?;
        file.write_all(b"pieces")
    })
    .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "in pieces");
    assert_eq!(files_in(folder.path()), 1);
}

#[test]
#[cfg(unix)]
fn the_permissions_of_the_old_file_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let [path, previous] = ["newest", "previous"].map(|name| folder.path().join(name));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    fs::write(&path, "old").unwrap();
    let default = mode(&path);
    for expected in [0o600, 0o444, 0o666, default] {
        fs::set_permissions(&path, fs::Permissions::from_mode(expected)).unwrap();
        // While it is written, nobody may read more of the new file than of the old one.
        replace_with(&path, |file| {
            assert_eq!(file.metadata()?.permissions().mode() & 0o7777, expected);
            file.write_all(b"new")
        })
        .unwrap();
        assert_eq!(mode(&path), expected);
        Replacement::new(&path).keep_previous(&previous).write(b"newer").unwrap();
        assert_eq!([&path, &previous].map(|path| mode(path)), [expected; 2]);
    }
    let new = folder.path().join("new");
    replace(&new, b"").unwrap();
    assert_eq!(mode(&new), default);
}

#[test]
fn a_whole_file_is_there_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let [path, previous] = ["newest", "previous"].map(|name| folder.path().join(name));
    let content = |path: &Path| fs::read_to_string(path).ok();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let replacement = {
        let (seen, path, previous) = (Arc::clone(&seen), path.clone(), previous.clone());
        Replacement::new(path.clone()).keep_previous(previous.clone()).observe(move |step| {
            seen.lock().unwrap().push((step, [content(&path), content(&previous)]));
        })
    };
    for n in 1..=3 {
        seen.lock().unwrap().clear();
        replacement.write(format!("file {n}").as_bytes()).unwrap();
        let file = |n: i32| (n > 0).then(|| format!("file {n}"));
        let expected = [
            (ReplaceStep::HalfWritten, [file(n - 1), file(n - 2)]),
            (ReplaceStep::Written, [file(n - 1), file(n - 2)]),
            (ReplaceStep::PreviousKept, [None, file(n - 1)]),
            (ReplaceStep::Renamed, [file(n), file(n - 1)]),
            (ReplaceStep::Synced, [file(n), file(n - 1)]),
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
    }
    assert_eq!(files_in(folder.path()), 2);
    assert_eq!(replacement.path(), path);
    assert_eq!(replacement.previous(), Some(previous.as_path()));
}

#[test]
fn without_a_previous_name_the_old_file_lasts_until_the_new_one_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    replace(&path, b"old").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (its, at) = (Arc::clone(&seen), path.clone());
    let replacement = Replacement::new(&path)
        .observe(move |step| its.lock().unwrap().push((step, fs::read(&at).unwrap())));
    replacement.write_with(|file| file.write_all(b"new")).unwrap();
    let expected = [
        (ReplaceStep::Written, b"old".to_vec()),
        (ReplaceStep::PreviousKept, b"old".to_vec()),
        (ReplaceStep::Renamed, b"new".to_vec()),
        (ReplaceStep::Synced, b"new".to_vec()),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_write_that_fails_leaves_what_was_there_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    replace(&path, b"old").unwrap();

    let full = |file: &mut fs::File| {
        file.write_all(b"half")?;
        Err(io::ErrorKind::StorageFull.into())
    };
    let error = replace_with(&path, full).unwrap_err();
    assert_eq!(error.reason.kind(), io::ErrorKind::StorageFull);
    let beginning = format!("cannot write {}: ", path.display());
    assert!(error.to_string().starts_with(&beginning), "{error}");
    assert_eq!((fs::read(&path).unwrap(), files_in(folder.path())), (b"old".to_vec(), 1));

    // The previous name is a folder that is not empty, so the first rename fails.
    let previous = folder.path().join("previous");
    fs::create_dir_all(previous.join("inside")).unwrap();
    let error = Replacement::new(&path).keep_previous(&previous).write(b"new").unwrap_err();
    assert_eq!(error.path, path);
    assert_eq!((fs::read(&path).unwrap(), files_in(folder.path())), (b"old".to_vec(), 2));

    // The file's own name is such a folder, so the last rename fails.
    replace(&previous, b"new").unwrap_err();
    assert!(previous.join("inside").exists());
    assert_eq!(files_in(folder.path()), 2);
}

#[test]
fn a_path_without_a_folder_or_a_file_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/a");
    let error = replace(&missing, b"").unwrap_err();
    assert_eq!((&error.path, error.reason.kind()), (&missing, io::ErrorKind::NotFound));
    let error = replace("..", b"").unwrap_err();
    assert_eq!(error.to_string(), "cannot write ..: the path does not name a file");
}

#[test]
fn a_temporary_file_of_a_killed_process_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let id = std::process::id();
    // Far more names than the other tests of this process can have used.
    for count in 0..200 {
        fs::write(folder.path().join(format!(".a.{id}-{count}.part")), "left over").unwrap();
    }
    replace(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(files_in(folder.path()), 201);
}

#[cfg(unix)]
#[test]
fn a_name_as_long_as_the_system_allows_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n".repeat(255));
    replace(&path, b"one").unwrap();
    replace(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(files_in(folder.path()), 1);
}

#[test]
fn many_threads_that_replace_one_file_leave_one_of_their_files_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    thread::scope(|scope| {
        for n in 0..8u8 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..10 {
                    replace(path, &[n; 1000]).unwrap();
                    let found = fs::read(path).unwrap();
                    assert!(found.len() == 1000 && found.iter().all(|&byte| byte == found[0]));
                }
            });
        }
    });
    assert_eq!(files_in(folder.path()), 1);
}
