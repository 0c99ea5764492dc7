//! The two data sets that come with the workbench: their files, checksums and classes.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The four files of a data set in MNIST's layout, without `.gz`: training images and labels, test
/// images and labels.
pub const FILE_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The names of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassName {
    /// The English name, as given by the data set's authors.
    pub english: Cow<'static, str>,
    /// The French name.
    pub french: Cow<'static, str>,
}

impl ClassName {
    const fn borrowed(english: &'static str, french: &'static str) -> Self {
        Self { english: Cow::Borrowed(english), french: Cow::Borrowed(french) }
    }

    /// The only class of images without labels.
    pub const UNLABELLED: Self = Self::borrowed("unlabelled", "sans étiquette");

    /// The name of a class known only by its number.
    #[must_use]
    pub fn number(class: usize) -> Self {
        Self::given(&class.to_string())
    }

    /// The name that a user gives to a class, the same in both languages.
    #[must_use]
    pub fn given(name: &str) -> Self {
        Self { english: name.to_owned().into(), french: name.to_owned().into() }
    }
}

/// One file of a known data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// The file's name without `.gz`.
    pub name: &'static str,
    /// SHA-256 of the *unpacked* content, so that it does not depend on how the file was packed.
    pub sha256: &'static str,
}

/// A published data set of ten classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDataset {
    /// The name on the command line and in reports.
    pub name: &'static str,
    /// The folder under `datasets/`.
    pub folder: &'static str,
    /// The classes, by label.
    pub class_names: [ClassName; 10],
    /// The files, in the order of [`FILE_NAMES`].
    pub files: [KnownFile; 4],
}

/// MNIST: handwritten digits.
pub static MNIST: KnownDataset = KnownDataset {
    name: "mnist",
    folder: "mnist",
    class_names: [
        ClassName::borrowed("zero", "zéro"),
        ClassName::borrowed("one", "un"),
        ClassName::borrowed("two", "deux"),
        ClassName::borrowed("three", "trois"),
        ClassName::borrowed("four", "quatre"),
        ClassName::borrowed("five", "cinq"),
        ClassName::borrowed("six", "six"),
        ClassName::borrowed("seven", "sept"),
        ClassName::borrowed("eight", "huit"),
        ClassName::borrowed("nine", "neuf"),
    ],
    files: known_files([
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ]),
};

/// Fashion-MNIST: articles of clothing from a shop's catalog.
pub static FASHION_MNIST: KnownDataset = KnownDataset {
    name: "fashion-mnist",
    folder: "fashion-mnist",
    class_names: [
        ClassName::borrowed("T-shirt/top", "T-shirt/haut"),
        ClassName::borrowed("Trouser", "pantalon"),
        ClassName::borrowed("Pullover", "pull"),
        ClassName::borrowed("Dress", "robe"),
        ClassName::borrowed("Coat", "manteau"),
        ClassName::borrowed("Sandal", "sandale"),
        ClassName::borrowed("Shirt", "chemise"),
        ClassName::borrowed("Sneaker", "basket"),
        ClassName::borrowed("Bag", "sac"),
        ClassName::borrowed("Ankle boot", "bottine"),
    ],
    files: known_files([
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ]),
};

/// Every known data set.
pub static KNOWN: [&KnownDataset; 2] = [&MNIST, &FASHION_MNIST];

const fn known_files(sums: [&'static str; 4]) -> [KnownFile; 4] {
    let [a, b, c, d] = FILE_NAMES;
    let [sum_a, sum_b, sum_c, sum_d] = sums;
    [known_file(a, sum_a), known_file(b, sum_b), known_file(c, sum_c), known_file(d, sum_d)]
}

const fn known_file(name: &'static str, sha256: &'static str) -> KnownFile {
    KnownFile { name, sha256 }
}

impl KnownDataset {
    /// Finds the data set with this name; case, spaces, hyphens and underscores are ignored. A text
    /// with a slash or a backslash is a path, which names a folder and not a known data set.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        if name.contains(['/', '\\']) {
            return None;
        }
        KNOWN.into_iter().find(|known| squeeze(known.name) == squeeze(name))
    }

    /// Returns the data set whose files have exactly these checksums, by file name as in
    /// [`FILE_NAMES`].
    #[must_use]
    pub fn of_checksums(checksums: &BTreeMap<String, String>) -> Option<&'static Self> {
        KNOWN.into_iter().find(|known| {
            let has =
                |file: &KnownFile| checksums.get(file.name).is_some_and(|sum| sum == file.sha256);
            checksums.len() == known.files.len() && known.files.iter().all(has)
        })
    }

    /// The label of the class with the name `text`: a number, or an English or French name such as
    /// `Ankle boot`, `ankle-boot`, `bottine`, `t-shirt`.
    ///
    /// Case, spaces, hyphens, slashes and underscores are ignored, and either part of a two-part
    /// name (`T-shirt/top`) is accepted. `None` if no class matches.
    #[must_use]
    pub fn class_index(&self, text: &str) -> Option<u8> {
        class_index(&self.class_names, text).and_then(|class| u8::try_from(class).ok())
    }
}

/// The number of the class with the name `text` among these names, by the rules of
/// [`KnownDataset::class_index`].
#[must_use]
pub fn class_index(names: &[ClassName], text: &str) -> Option<usize> {
    let text = text.trim();
    let wanted = squeeze(text);
    if wanted.chars().all(|c| c.is_ascii_digit()) {
        // `text`, not the squeezed form: `-5` and `1/0` are not class numbers. An empty text is
        // rejected here too.
        let digits = text.chars().all(|c| c.is_ascii_digit());
        return text.parse().ok().filter(|&class: &usize| digits && class < names.len());
    }
    let fits =
        |name: &str| squeeze(name) == wanted || name.split('/').any(|part| squeeze(part) == wanted);
    names.iter().position(|class| fits(&class.english) || fits(&class.french))
}

/// Removes the differences in how people type a name.
fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !"-/_".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_found_the_way_people_type_them() {
        for (text, class) in [
            ("9", 9),
            (" 0 ", 0),
            ("ankle-boot", 9),
            ("Ankle boot", 9),
            ("ANKLE_BOOT", 9),
            ("bottine", 9),
            ("t-shirt", 0),
            ("T-shirt/top", 0),
            ("t shirt top", 0),
            ("haut", 0),
            ("shirt", 6),
            ("Pull", 2),
            ("pullover", 2),
        ] {
            assert_eq!(FASHION_MNIST.class_index(text), Some(class), "{text}");
        }
        assert_eq!(MNIST.class_index("ZÉRO"), Some(0));
        assert_eq!(MNIST.class_index("zero"), Some(0));
        assert_eq!(MNIST.class_index("neuf"), Some(9));
    }

    #[test]
    fn what_is_no_class_is_not_guessed() {
        for text in ["", " ", "-", "10", "-5", "+5", "1/0", "256", "boot", "ankle", "5.0"] {
            assert_eq!(FASHION_MNIST.class_index(text), None, "{text:?}");
            assert_eq!(MNIST.class_index(text), None, "{text:?}");
        }
    }

    #[test]
    fn no_name_means_two_classes() {
        for known in KNOWN {
            for (label, class) in known.class_names.iter().enumerate() {
                for name in [&class.english, &class.french] {
                    assert_eq!(known.class_index(name), u8::try_from(label).ok(), "{name}");
                }
            }
        }
    }

    #[test]
    fn data_sets_are_found_by_name() {
        assert_eq!(KnownDataset::find("MNIST").unwrap().name, "mnist");
        assert_eq!(KnownDataset::find("Fashion MNIST").unwrap().name, "fashion-mnist");
        assert!(KnownDataset::find("cifar").is_none());
    }

    #[test]
    fn a_path_is_not_a_name() {
        for path in ["mnist/", "/mnist", "./mnist", "mn/ist", "mnist\\", "fashion/mnist", ".", ""] {
            assert!(KnownDataset::find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn data_sets_are_known_by_their_checksums() {
        let mut sums: BTreeMap<String, String> =
            MNIST.files.iter().map(|file| (file.name.into(), file.sha256.into())).collect();
        assert_eq!(KnownDataset::of_checksums(&sums).unwrap().name, "mnist");
        sums.insert("another".into(), "0".into());
        assert!(KnownDataset::of_checksums(&sums).is_none());
        sums.remove("another");
        sums.insert(FILE_NAMES[3].into(), "0".into());
        assert!(KnownDataset::of_checksums(&sums).is_none());
        assert!(KnownDataset::of_checksums(&BTreeMap::new()).is_none());
    }
}
