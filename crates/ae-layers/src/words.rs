//! How the description of a layer is read, word by word.

use crate::ArchitectureError;
use ae_tensor::{Activation, Padding, Shape, Window};

/// The largest extent that is read: a description may come from a file, and a product of a few such
/// numbers does not overflow.
pub(crate) const LARGEST: usize = 1 << 20;

/// The words of a layer's description, taken one after the other.
#[derive(Clone, Debug)]
pub struct Words<'a>(std::iter::Peekable<std::str::Split<'a, char>>);

impl<'a> Words<'a> {
    /// The words of a text, separated by single spaces.
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.split(' ').peekable())
    }

    /// The next word; empty at the end.
    #[expect(
        clippy::should_implement_trait,
        reason = "at the end there is an empty word, which is reported as such"
    )]
    pub fn next(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    /// Takes the next word if it is this one.
    pub fn next_if(&mut self, word: &str) -> bool {
        self.0.next_if(|next| *next == word).is_some()
    }

    pub(crate) fn exactly(&mut self, expected: &'static str) -> Result<(), ArchitectureError> {
        match self.next() {
            word if word == expected => Ok(()),
            other => Err(ArchitectureError::new(expected, other)),
        }
    }

    pub(crate) fn end(&mut self) -> Result<(), ArchitectureError> {
        let error = |word| ArchitectureError::new("the end of the layer", word);
        self.0.next().map_or(Ok(()), |word| Err(error(word)))
    }

    /// Reads a whole number from 1 to 2^20.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn number(&mut self) -> Result<usize, ArchitectureError> {
        number(self.next())
    }

    /// Reads a whole number from 0 to 2^20.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn number_or_zero(&mut self) -> Result<usize, ArchitectureError> {
        match self.next() {
            "0" => Ok(0),
            word => number(word)
                .map_err(|_| ArchitectureError::new("a whole number from 0 to 1048576", word)),
        }
    }

    fn dims(&mut self) -> Result<Vec<usize>, ArchitectureError> {
        self.next().split('x').take(ae_tensor::MAX_RANK + 1).map(number).collect()
    }

    /// Reads a shape of one to three extents, `28x28x1`.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn shape(&mut self) -> Result<Shape, ArchitectureError> {
        let dims = self.dims()?;
        let shape = Shape::checked(&dims).filter(|shape| shape.rank() <= 3);
        let error = || ArchitectureError::new("a shape of at most three extents", &extents(&dims));
        shape.ok_or_else(error)
    }

    /// Reads two extents, `2x3`: vertical and horizontal.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn pair(&mut self) -> Result<[usize; 2], ArchitectureError> {
        let error = |dims: Vec<usize>| ArchitectureError::new("two extents", &extents(&dims));
        <[usize; 2]>::try_from(self.dims()?).map_err(error)
    }

    /// Reads a window, `3x3 stride 1x1 same`. A missing stride is the one that `usual` returns for
    /// the window's size; a missing padding is `same`.
    ///
    /// # Errors
    /// If the next words are something else.
    pub fn window(
        &mut self,
        usual: fn([usize; 2]) -> [usize; 2],
    ) -> Result<Window, ArchitectureError> {
        let size = self.pair()?;
        let stride = if self.next_if("stride") { self.pair()? } else { usual(size) };
        let padding = match self.0.next_if(|word| matches!(*word, "same" | "valid")) {
            Some("valid") => Padding::Valid,
            _ => Padding::Same,
        };
        Ok(Window { size, stride, padding })
    }

    /// Reads a finite number of at least 0: the weight of a penalty.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn weight(&mut self) -> Result<f32, ArchitectureError> {
        self.number_in("a number of at least 0", |w| w.is_finite() && w.is_sign_positive())
    }

    /// Reads a number for which `accepts` holds; `expected` describes these numbers in an error
    /// message.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn number_in(
        &mut self,
        expected: &'static str,
        accepts: impl Fn(&f32) -> bool,
    ) -> Result<f32, ArchitectureError> {
        let text = self.next();
        text.parse().ok().filter(accepts).ok_or_else(|| ArchitectureError::new(expected, text))
    }

    /// Reads the name of an activation.
    ///
    /// # Errors
    /// If the next word is something else.
    pub fn activation(&mut self) -> Result<Activation, ArchitectureError> {
        let text = self.next();
        text.parse().map_err(|_| ArchitectureError::new(Activation::EXPECTED, text))
    }
}

fn number(text: &str) -> Result<usize, ArchitectureError> {
    // No sign and no leading zero, so that a model has exactly one description.
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let parsed = text.parse().ok().filter(|&n: &usize| plain && n <= LARGEST);
    parsed.ok_or_else(|| ArchitectureError::new("a whole number from 1 to 1048576", text))
}

/// `28x28x1`, as [`Words::shape`] and [`Words::pair`] read it.
#[must_use]
pub fn extents(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

/// Top, bottom, left and right, `0 1 1 2`, as [`Words::number_or_zero`] reads them.
#[must_use]
pub fn sides([[top, bottom], [left, right]]: [[usize; 2]; 2]) -> String {
    format!("{top} {bottom} {left} {right}")
}

/// `3x3 stride 1x1 same`, as [`Words::window`] reads it.
#[must_use]
pub fn window(window: Window) -> String {
    let Window { size, stride, padding } = window;
    format!("{} stride {} {}", extents(&size), extents(&stride), padding.name())
}
