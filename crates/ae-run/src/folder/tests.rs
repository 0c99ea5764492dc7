use super::claim::CLAIM;
use super::*;
use crate::files::{CHECKSUMS, CONFIG};
use std::fs::File;

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn numbers_count_up_and_full_folders_are_refused() {
    let parent = tempfile::tempdir().unwrap();
    for name in ["run", "run-2", "run-3"] {
        assert_eq!(place::numbered(parent.path(), "run").unwrap().0, parent.path().join(name));
    }

    let asked = parent.path().join("run");
    let folder = RunFolder::create(&asked).unwrap();
    folder.write("a.txt", "first").unwrap();
    drop(folder);
    let error = RunFolder::create(&asked).unwrap_err().to_string();
    assert!(
        error.ends_with("run: not empty; name a new folder, nothing is overwritten"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(asked.join("a.txt")).unwrap(), "first");
}

#[test]
fn a_failed_run_takes_away_what_it_made_and_no_more() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a/b");
    drop(RunFolder::create(&path).unwrap());
    assert!(!parent.path().join("a").exists());
    fs::create_dir(parent.path().join("a")).unwrap();
    drop(RunFolder::create(&path).unwrap());
    assert!(parent.path().join("a").exists() && !path.exists());
    fs::create_dir(&path).unwrap();
    drop(RunFolder::create(&path).unwrap());
    assert!(path.exists());
    let kept = parent.path().join("kept");
    let folder = RunFolder::create(&kept).unwrap();
    folder.keep();
    drop(folder);
    assert_eq!(fs::read_dir(kept).unwrap().count(), 0);
}

#[test]
fn provisional_files_go_after_a_failure_and_stay_if_the_program_is_ended() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    let begin = || {
        let folder = RunFolder::create(&path).unwrap();
        folder.write(CONFIG, "").unwrap();
        folder.provisional(CONFIG);
        folder
    };
    drop(begin());
    assert!(!path.exists());
    let folder = begin();
    folder.traces().release();
    assert_eq!(names(&path), [CONFIG]);
    // The folder has been released: another process may have claimed it.
    File::create_new(path.join(CLAIM)).unwrap();
    drop(folder);
    assert_eq!(names(&path), [CLAIM, CONFIG]);
}

#[test]
fn what_a_killed_run_left_half_written_goes_when_it_goes_on() {
    let parent = tempfile::tempdir().unwrap();
    let path = |name| parent.path().join(name);
    for name in [".loss.png.123-1.tmp", ".model.safetensors.part", ".notes", "part.tmp"] {
        fs::write(path(name), "").unwrap();
    }
    let folder = RunFolder::open(parent.path()).unwrap();
    assert!(!path(".loss.png.123-1.tmp").exists() && !path(".model.safetensors.part").exists());
    drop(folder);
    // Files of other programs stay, but the lock does not.
    assert_eq!(names(parent.path()), [".notes", "part.tmp"]);
}

#[test]
fn a_folder_has_one_run_at_a_time() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    let first = RunFolder::create(&path).unwrap();
    for error in [RunFolder::create(&path), RunFolder::open(&path)] {
        assert!(matches!(error, Err(RunError::Busy { .. })));
    }
    first.write(CONFIG, "").unwrap();
    assert!(matches!(RunFolder::create(&path), Err(RunError::Busy { .. })));
    assert!(matches!(check_idle(&path), Err(RunError::Busy { .. })));
    assert!(first.file(CLAIM).exists(), "the second took the first one's claim away");
    first.keep();
    drop(first);
    check_idle(&path).unwrap();
    assert_eq!(names(&path), [CONFIG]);
}

#[test]
fn hidden_files_and_lost_and_found_make_no_folder_full() {
    let parent = tempfile::tempdir().unwrap();
    fs::create_dir(parent.path().join("lost+found")).unwrap();
    let hidden = [".DS_Store", ".download.part"];
    for name in hidden {
        fs::write(parent.path().join(name), "").unwrap();
    }
    drop(RunFolder::create(parent.path()).unwrap());
    // The claim of a killed process does not stay either.
    File::create_new(parent.path().join(CLAIM)).unwrap();
    drop(RunFolder::create(parent.path()).unwrap());
    // With such a claim, the partial files belong to that process.
    assert_eq!(names(parent.path()), [".DS_Store", "lost+found"]);
}

#[test]
fn a_run_that_can_be_resumed_is_told_from_one_that_is_complete() {
    let parent = tempfile::tempdir().unwrap();
    fs::write(parent.path().join(CONFIG), "another = 'program'").unwrap();
    let error = RunFolder::create(parent.path()).unwrap_err();
    assert!(matches!(error, RunError::NotEmpty { .. }), "{error}");
    fs::write(parent.path().join(CONFIG), include_str!("../config/dense.toml")).unwrap();
    let error = RunFolder::create(parent.path()).unwrap_err();
    assert!(matches!(error, RunError::Unfinished { .. }), "{error}");
    fs::write(parent.path().join(CHECKSUMS), "").unwrap();
    let error = RunFolder::create(parent.path()).unwrap_err();
    assert!(matches!(error, RunError::NotEmpty { .. }), "{error}");
    assert!(is_complete(parent.path()));
}

#[test]
#[cfg(unix)]
fn a_result_that_is_a_link_is_found_before_the_run_goes_on() {
    let parent = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("elsewhere", parent.path().join(CONFIG)).unwrap();
    let error = RunFolder::open(parent.path()).unwrap_err().to_string();
    assert!(error.ends_with("plain file or nothing, found a symbolic link"), "{error}");
    assert_eq!(names(parent.path()), [CONFIG]);
}

#[test]
fn a_shared_folder_that_nobody_has_claimed_keeps_what_a_user_has_in_it() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a/b");
    let share = || drop(RunFolder::share(&path).unwrap());
    share();
    fs::write(path.join(".notes.tmp"), "").unwrap();
    share();
    assert_eq!(names(&path), [".notes.tmp"]);
    // With the claim of a killed process, it is that one's.
    File::create_new(path.join(CLAIM)).unwrap();
    share();
    assert!(names(&path).is_empty());
}
