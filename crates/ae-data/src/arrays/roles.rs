//! What an array is for, by its name.

/// The part of a data set that an array belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Train,
    Test,
    Validation,
    /// The whole.
    All,
}

/// What an array holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Images,
    Labels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) part: Part,
    pub(crate) kind: Kind,
}

/// The words of a name, in lower case, without digits at their ends.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| !word.is_empty()).collect()
}

impl Part {
    /// The part by a name: `x_train`, `t10k-images`, `mnist_test`.
    pub(crate) fn of(name: &str) -> Self {
        let words = words(name);
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        // Joined names, as in `xtrain` and `trainImages`.
        let joined = words.concat();
        if has(&["test", "t10k", "testing"]) || joined.contains("test") {
            Self::Test
        } else if has(&["val", "valid", "validation"]) {
            Self::Validation
        } else if has(&["train", "training"]) || joined.contains("train") {
            Self::Train
        } else {
            Self::All
        }
    }
}

impl Role {
    /// The role by the names that Keras, MedMNIST and others use; `None` if the name says nothing.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let words = words(name);
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        let joined = words.concat();
        let labels = ["label", "target"].iter().any(|word| joined.contains(word));
        let kind = if labels || has(&["y", "class", "classes", "ytrain", "ytest"]) {
            Kind::Labels
        } else if joined.contains("image") || has(&["x", "data", "xtrain", "xtest", "img", "imgs"])
        {
            Kind::Images
        } else {
            return None;
        };
        Some(Self { part: Part::of(name), kind })
    }

    /// The role of an array whose name says nothing about its content, by its number of axes.
    pub(crate) fn by_rank(name: &str, rank: usize) -> Self {
        let kind = if rank >= 3 { Kind::Images } else { Kind::Labels };
        Self::of(name).map_or(Self { part: Part::of(name), kind }, |role| Self { kind, ..role })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_use_are_understood() {
        use Kind::{Images, Labels};
        use Part::{All, Test, Train, Validation};
        for (name, part, kind) in [
            ("x_train", Train, Images),
            ("y_test", Test, Labels),
            ("train_images", Train, Images),
            ("val_labels", Validation, Labels),
            ("test_images", Test, Images),
            ("X", All, Images),
            ("y", All, Labels),
            ("images", All, Images),
            ("training_labels", Train, Labels),
            ("xtrain", Train, Images),
            ("t10k-images-idx3-ubyte", Test, Images),
            ("trainTargets", Train, Labels),
        ] {
            assert_eq!(Role::of(name), Some(Role { part, kind }), "{name}");
        }
        assert_eq!(Role::of("mean"), None);
        assert_eq!(Part::of("fashion-mnist_test.csv"), Test);
        assert_eq!(Part::of("mnist_train.csv"), Train);
        assert_eq!(Part::of("digits.csv"), All);
        assert_eq!(Role::by_rank("arr_0", 3), Role { part: All, kind: Images });
        assert_eq!(Role::by_rank("test", 1), Role { part: Test, kind: Labels });
    }
}
