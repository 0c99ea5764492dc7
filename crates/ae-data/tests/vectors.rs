//! Rows of tables and arrays as vectors of measurements.

use ae_data::{DataError, Dataset, Extents, Loading, Options, Summary, recognize};
use ae_npy::{Npz, write_npy};
use std::fs::{self, File};
use std::path::Path;

fn vectors() -> Options {
    Options { vectors: true, ..Options::default() }
}

fn load(place: &Path, options: &Options) -> Result<Dataset, DataError> {
    recognize(place)?.load(&Loading::new(options))
}

fn refused(place: &Path, options: &Options) -> String {
    load(place, options).unwrap_err().to_string()
}

#[test]
fn series_have_their_label_in_the_column_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // As the UCR archive has them: the label first, separated by tabs, and no names of columns.
    let (train, test) = ("1\t0.5\t-2\t1e3\n-1\t0.25\t3\t7\n", "-1\t9\t8\t7\n");
    fs::write(folder.path().join("Waves_TRAIN.tsv"), train).unwrap();
    fs::write(folder.path().join("Waves_TEST.tsv"), test).unwrap();
    let options = Options { label_column: Some("1".into()), ..vectors() };
    let data = load(folder.path(), &options).unwrap();
    assert_eq!(data.extents(), Extents::gray(1, 3));
    assert_eq!(data.train.numbers(), Some(&[0.5, -2.0, 1e3, 0.25, 3.0, 7.0][..]));
    assert_eq!(data.test.numbers(), Some(&[9.0, 8.0, 7.0][..]));
    // -1 and 1 are names, in their order.
    let names: Vec<&str> = data.class_names.iter().map(|name| &*name.english).collect();
    assert_eq!(names, ["-1", "1"]);
    assert_eq!((data.train.labels(), data.test.labels()), (Some(&[1, 0][..]), Some(&[0][..])));
    // Without it, the label is a measurement.
    assert_eq!(load(folder.path(), &vectors()).unwrap().extents(), Extents::gray(1, 4));
}

#[test]
fn a_table_with_names_may_have_any_number_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pumps.csv");
    let lines: Vec<String> = (0..40).map(|i| format!("{i},{}.5,good\n", 300 + i)).collect();
    fs::write(&path, format!("pressure,heat,class\n{}", lines.concat())).unwrap();
    let data = load(&path, &vectors()).unwrap();
    assert_eq!((data.extents(), data.labelled()), (Extents::gray(1, 2), true));
    assert_eq!((data.train.count(), data.test.count()), (36, 4));
    // The choice of the test rows does not depend on their order.
    let turned: Vec<String> = lines.into_iter().rev().collect();
    fs::write(&path, format!("pressure,heat,class\n{}", turned.concat())).unwrap();
    let other = load(&path, &vectors()).unwrap();
    let sorted = |data: &Dataset| {
        let mut rows = data.test.numbers().unwrap().to_vec();
        rows.sort_by(f32::total_cmp);
        rows
    };
    assert_eq!(sorted(&data), sorted(&other));
    let summary = Summary::of(&data);
    assert!(summary.train.values.is_empty() && summary.train.columns.len() == 2);
    let column = summary.train.columns[1];
    assert!(column.min >= 300.5 && column.max <= 339.5 && column.deviation > 5.0, "{column:?}");
    // Without labels, the words are in the way.
    let named = |name: &str| Options { label_column: Some(name.into()), ..vectors() };
    assert!(refused(&path, &named("heat")).contains("a number in line 2, column 3, found 'good'"));
    let text = refused(&path, &named("shade"));
    assert!(text.contains("a column shade of labels, found 3 columns with other names"), "{text}");
    assert!(refused(&path, &named("4")).contains("a column 4 of labels"));
    assert!(refused(&path, &named("0")).contains("a column 0 of labels"));
    // The name that is asked for tells that the first line has names, though the others are
    // numbers.
    fs::write(&path, "kind,0,1,2\ngood,5,6,7\nbad,8,9,10\n").unwrap();
    let data = load(&path, &named("kind")).unwrap();
    assert_eq!((data.extents(), data.class_names.len()), (Extents::gray(1, 3), 2));
}

#[test]
fn numbers_may_be_separated_by_blanks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.txt");
    fs::write(&path, "  1.0e+00   2.5  -3\n  2   4 5\n\n 3 1 1\n").unwrap();
    let data = load(&path, &vectors()).unwrap();
    assert_eq!((data.extents(), data.labelled()), (Extents::gray(1, 3), false));
    assert_eq!(data.train.count() + data.test.count(), 3);
    let numbers = [data.train.numbers().unwrap(), data.test.numbers().unwrap()].concat();
    assert!(numbers.contains(&2.5) && numbers.contains(&-3.0), "{numbers:?}");
}

#[test]
fn arrays_of_two_axes_are_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    let values: Vec<f32> = (0..60).map(|i| i as f32 * 0.5 - 7.0).collect();
    write_npy(File::create(&path).unwrap(), &[20, 3], &values).unwrap();
    let data = load(&path, &vectors()).unwrap();
    assert_eq!(
        (data.extents(), data.train.count(), data.labelled()),
        (Extents::gray(1, 3), 18, false)
    );
    let path = folder.path().join("both.npz");
    let mut archive = Npz::new(File::create(&path).unwrap());
    archive.add("x_train", &[4, 2], &values[..8]).unwrap();
    archive.add("y_train", &[4], &[0u8, 1, 0, 1]).unwrap();
    archive.add("x_test", &[1, 2], &values[8..10]).unwrap();
    archive.add("y_test", &[1], &[1u8]).unwrap();
    archive.finish().unwrap();
    let data = load(&path, &vectors()).unwrap();
    assert_eq!((data.train.numbers(), data.test.labels()), (Some(&values[..8]), Some(&[1][..])));
    // An array of images is none of vectors.
    let path = folder.path().join("images.npy");
    write_npy(File::create(&path).unwrap(), &[2, 3, 3], &values[..18]).unwrap();
    let text = refused(&path, &vectors());
    assert!(text.contains("to be vectors of shape (n, columns), found [2, 3, 3]"), "{text}");
    let path = folder.path().join("nan.npy");
    write_npy(File::create(&path).unwrap(), &[2, 2], &[0.0, 1.0, 2.0, f32::NAN]).unwrap();
    let text = refused(&path, &vectors());
    assert!(text.contains("finite numbers") && text.contains("row 2, column 2"), "{text}");
}

#[test]
fn what_is_wrong_with_a_table_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    for (text, expected) in [
        ("1,2\n3,nan\n", "expected a number in line 2, column 2, found 'nan'"),
        ("1,2\n3,\n", "expected a number in line 2, column 2, found nothing"),
        ("1,2\n3,inf\n", "expected a number in line 2, column 2, found 'inf'"),
        ("1,2\nx,4\n", "expected a number in line 2, column 1, found 'x'"),
        ("1,2\n3,4,5\n", "expected 2 columns in line 2, as in the first, found 3"),
        ("a,b\n", "expected lines of numbers, found none"),
    ] {
        fs::write(&path, text).unwrap();
        let error = refused(&path, &vectors());
        assert!(error.ends_with(expected) && error.lines().count() == 1, "{text:?}: {error}");
    }
    // Six columns are not an image; the message says what they may be.
    fs::write(&path, "1,2,3,4,5,6\n").unwrap();
    let text = refused(&path, &Options::default());
    assert!(text.contains("found 6 columns; rows of measurements need --vectors"), "{text}");
    let text = refused(&path, &Options { size: Some([2, 2]), ..vectors() });
    assert!(
        text.ends_with("expected no options for images with --vectors, found --size"),
        "{text}"
    );
    // A part of another width.
    fs::write(folder.path().join("t_train.csv"), "1,2\n3,4\n").unwrap();
    fs::write(folder.path().join("t_test.csv"), "1,2,3\n").unwrap();
    fs::remove_file(&path).unwrap();
    let text = refused(folder.path(), &vectors());
    assert!(text.contains("test rows of 2 columns like the training rows, found 3"), "{text}");
}
