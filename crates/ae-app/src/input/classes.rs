//! Selects the classes of a data set for a job.

use super::suggest::tip;
use crate::exit::{Refusal, data, usage, warn};
use ae_data::{DataError, Dataset, ImageSet, Label};
use ae_files::printable;
use ae_idx::ClassName;
use ae_run::{Chosen, DataSpec};
use anyhow::Result;

/// The images that "all classes" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum All {
    /// Those of the classes that have training images.
    Trained,
    /// Every image, for a job that uses no labels.
    Images,
    /// Those that are normal: of the classes that have training images.
    Normal,
}

impl All {
    /// Returns whether results name the files of images.
    pub(super) fn names_files(self) -> bool {
        self == Self::Normal
    }

    /// Returns whether the rows may be vectors of measurements instead of images.
    pub(super) fn takes_vectors(self) -> bool {
        match self {
            Self::Trained | Self::Images => false,
            Self::Normal => true,
        }
    }
}

/// Returns the numbers of the classes that the specification asks for, without duplicates, in
/// ascending order.
pub(super) fn select(dataset: &Dataset, spec: &DataSpec, means: All) -> Result<Vec<Label>> {
    let DataSpec { classes: named, chosen, recorded, .. } = spec;
    if means == All::Normal {
        return normal(dataset, spec);
    }
    if named.iter().any(|name| name.eq_ignore_ascii_case("all")) {
        return all(dataset, means);
    }
    let numbers = numbers(dataset, named);
    // A run of all classes may have classes without test images.
    let of_run =
        |found: &Vec<Label>| recorded.as_ref().is_some_and(|data| data.record.classes == *found);
    let usable = |found: &Vec<Label>| of_run(found) || dataset.check_classes(found).is_ok();
    match (chosen, numbers) {
        (_, Ok(numbers)) if usable(&numbers) => Ok(numbers),
        // They may be all classes of a run on these very data.
        (Chosen::ByRun, Ok(numbers))
            if without(&numbers, &existing(dataset, means)).is_empty()
                && has_both_parts(dataset, &numbers) =>
        {
            warn_of_one_part(dataset, &numbers);
            Ok(numbers)
        }
        (Chosen::ByDefault, _) => {
            warn_of_missing(dataset, named);
            all(dataset, means)
        }
        (Chosen::ByRun, _) => Err(of_other_data(dataset, named).into()),
        (Chosen::ByUser, numbers) => {
            let numbers = numbers?;
            dataset.check_classes(&numbers)?;
            Ok(numbers)
        }
    }
}

/// Returns the classes of normal images. They need training images, and other classes may have test
/// images alone. By default they are all classes with training images, and of a known data set the
/// same as for the other jobs.
fn normal(
    dataset: &Dataset,
    DataSpec { classes: named, chosen, .. }: &DataSpec,
) -> Result<Vec<Label>> {
    let present = dataset.train.classes();
    let all = named.iter().any(|name| name.eq_ignore_ascii_case("all"));
    if all || (*chosen == Chosen::ByDefault && dataset.known().is_none()) {
        return Ok(present);
    }
    let numbers = match (numbers(dataset, named), chosen) {
        (Err(_), Chosen::ByRun) => return Err(of_other_data(dataset, named).into()),
        (numbers, _) => numbers?,
    };
    match without(&numbers, &present).first() {
        None => Ok(numbers),
        Some(&class) => {
            let (dataset, part) = (dataset.name.clone(), "training");
            Err(DataError::NoImagesOfClass { dataset, part, class, present }.into())
        }
    }
}

/// Returns all classes, and warns of those that only one of the two parts has.
fn all(dataset: &Dataset, means: All) -> Result<Vec<Label>> {
    let classes = existing(dataset, means);
    if !has_both_parts(dataset, &classes) {
        dataset.check_classes(&classes)?;
    }
    warn_of_one_part(dataset, &classes);
    let left_out = without(&dataset.test.classes(), &classes);
    if !left_out.is_empty() {
        let (name, left_out) = (printable(&dataset.name), list(&left_out));
        warn(&format!(
            "data set {name}: no training images of class {left_out}; leaving out its test images"
        ));
    }
    Ok(classes)
}

/// Returns all classes that a job can take.
fn existing(dataset: &Dataset, means: All) -> Vec<Label> {
    let mut classes = dataset.train.classes();
    if means == All::Images {
        classes.extend(without(&dataset.test.classes(), &classes));
        classes.sort_unstable();
    }
    classes
}

/// Returns whether these classes together have training images and test images.
fn has_both_parts(dataset: &Dataset, classes: &[Label]) -> bool {
    let has = |part: &ImageSet| part.classes().iter().any(|class| classes.contains(class));
    has(&dataset.train) && has(&dataset.test)
}

/// Warns of those of these classes that only one of the two parts has.
fn warn_of_one_part(dataset: &Dataset, classes: &[Label]) {
    let name = printable(&dataset.name);
    for (part, images) in [("test", &dataset.test), ("training", &dataset.train)] {
        let lacking = without(classes, &images.classes());
        if !lacking.is_empty() {
            warn(&format!("data set {name}: no {part} images of class {}", list(&lacking)));
        }
    }
}

/// Returns the classes that are not among the others.
fn without(classes: &[Label], others: &[Label]) -> Vec<Label> {
    classes.iter().copied().filter(|class| !others.contains(class)).collect()
}

fn list(classes: &[Label]) -> String {
    classes.iter().map(Label::to_string).collect::<Vec<_>>().join(", ")
}

/// Refuses data that lack classes of the run that uses them.
fn of_other_data(dataset: &Dataset, named: &[String]) -> Refusal {
    let (name, named) = (printable(&dataset.name), named.join(", "));
    let found = match dataset.labelled() {
        true => format!("those of {}; --classes takes others", present(dataset)),
        false => "no files of labels; --classes all takes all images".into(),
    };
    data(format!(
        "data set {name}: expected images of class {named}, as the run had them, found {found}"
    ))
}

fn present(dataset: &Dataset) -> String {
    list(&dataset.train.classes())
}

/// Reports that all classes are taken instead of the default ones.
fn warn_of_missing(dataset: &Dataset, default: &[String]) {
    let name = printable(&dataset.name);
    if !dataset.labelled() {
        warn(&format!("data set {name}: no files of labels; taking all its images"));
        return;
    }
    let lacks = |images: &ImageSet, name: &str| {
        let class = dataset.class_index(name);
        class.is_none_or(|class| images.count_of(class) == 0)
    };
    let lacking = |images| default.iter().any(|name| lacks(images, name));
    let which = match (lacking(&dataset.train), lacking(&dataset.test)) {
        (true, false) => "training images",
        (false, true) => "test images",
        _ => "images",
    };
    let (default, classes) = (default.join(", "), present(dataset));
    warn(&format!(
        "data set {name}: no {which} of class {default}, the default; taking all its classes: {classes}"
    ));
}

fn numbers(dataset: &Dataset, named: &[String]) -> Result<Vec<Label>, Refusal> {
    if named.iter().any(|name| name.trim().is_empty()) {
        return Err(usage("--classes: a name between commas is empty"));
    }
    let number = |name: &String| dataset.class_index(name).ok_or_else(|| unknown(dataset, name));
    let mut classes = named.iter().map(number).collect::<Result<Vec<Label>, Refusal>>()?;
    classes.sort_unstable();
    classes.dedup();
    Ok(classes)
}

fn unknown(dataset: &Dataset, name: &str) -> Refusal {
    let names: Vec<&str> =
        dataset.class_names.iter().map(|n| n.english.as_ref()).take(20).collect();
    if !dataset.labelled() {
        let data = &dataset.name;
        return usage(format!("--classes {name}: {data} has no files of labels, so no classes"));
    }
    usage(format!(
        "--classes {name}: {} has {} classes, by number from 0 or by name: {}{}",
        dataset.name,
        dataset.classes(),
        names.join(", "),
        tip("class", name, dataset.class_names.iter().flat_map(spellings))
    ))
}

/// Returns the spellings of a class that a wrong name may resemble. Numbers are omitted, because
/// two numbers are similar only by chance.
fn spellings(class: &ClassName) -> impl Iterator<Item = &str> {
    let names = [class.english.as_ref(), class.french.as_ref()];
    names.into_iter().filter(|name| name.parse::<Label>().is_err())
}
