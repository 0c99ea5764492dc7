//! The tables that `summary()` prints.

/// The content of a table, independent of its layout.
#[derive(Debug, PartialEq)]
pub struct Summary {
    /// Each layer's class, output shape and number of parameters.
    pub layers: Vec<(String, String, u64)>,
    /// The total number of parameters.
    pub total: u64,
    /// The number of trained parameters.
    pub trainable: u64,
    /// The number of other parameters.
    pub non_trainable: u64,
}

impl Summary {
    /// Reads the table of Keras 2 or Keras 3, which differ only in their lines.
    ///
    /// # Panics
    /// If the text is neither.
    #[must_use]
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let total = |name: &str| {
            let mut lines = text.lines().map(|line| line.trim().split_once(": "));
            let (_, value) = lines.find_map(|l| l.filter(|l| l.0 == name)).expect(name);
            number(value)
        };
        Self {
            layers: text.lines().filter_map(layer).collect(),
            total: total("Total params"),
            trainable: total("Trainable params"),
            non_trainable: total("Non-trainable params"),
        }
    }
}

/// `dense_1 (Dense) (None, 10) 7850`, with or without lines between the columns; `None` for the
/// heading.
fn layer(line: &str) -> Option<(String, String, u64)> {
    let (name, rest) = line.split_once("(None, ")?;
    let (_, class) = name.split_once('(').expect("a class in parentheses");
    let (class, _) = class.split_once(')').expect("a whole class in parentheses");
    let (shape, count) = rest.split_once(')').expect("a shape in parentheses");
    let count = count.trim_matches(|c: char| c.is_whitespace() || c == '│');
    Some((class.to_owned(), shape.to_owned(), number(count)))
}

fn number(text: &str) -> u64 {
    let first = text.split_whitespace().next().expect("a number");
    first.replace(',', "").parse().expect("a number")
}
