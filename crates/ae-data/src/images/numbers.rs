//! Vectors: rows of numbers in their units.

use super::{ImageSet, Label, Values};
use crate::{DataError, Extents, Scaling};
use std::borrow::Cow;

impl ImageSet {
    /// Combines vectors of this many `columns`, one after another, and their labels. The set may
    /// have none.
    ///
    /// ```
    /// use ae_data::{Extents, ImageSet};
    ///
    /// let vectors = ImageSet::from_numbers(3, vec![0.5, -2.0, 300.0, 0.25, -1.0, 280.0], None)?;
    /// assert_eq!((vectors.count(), vectors.extents()), (2, Extents::gray(1, 3)));
    /// # Ok::<(), ae_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Shape`] without columns, if `values` is not a whole number of rows, if `labels`
    /// has another number of them, or if a number is not finite: the message says in which row and
    /// column.
    pub fn from_numbers(
        columns: usize,
        values: Vec<f32>,
        labels: Option<Vec<Label>>,
    ) -> Result<Self, DataError> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            let found = format!("{} numbers for rows of {columns}", values.len());
            return Err(DataError::Shape { expected: "whole rows", found });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let (row, column) = (at / columns + 1, at % columns + 1);
            let found = format!("{} in row {row}, column {column}", values[at]);
            return Err(DataError::Shape { expected: "finite numbers", found });
        }
        let count = values.len() / columns;
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != count) {
            let found = format!("{} labels for {count} rows", labels.len());
            return Err(DataError::Shape { expected: "a label for each row", found });
        }
        let extents = Extents::gray(1, columns);
        Ok(Self { extents, images: Values::Numbers(values), labels, files: None, count })
    }

    /// All numbers, one row after another, if these are vectors.
    #[must_use]
    pub fn numbers(&self) -> Option<&[f32]> {
        match &self.images {
            Values::Numbers(values) => Some(values),
            Values::Memory(_) | Values::Stored(..) => None,
        }
    }

    /// Scales vectors in place. Images stay as they are.
    ///
    /// # Panics
    /// If the scaling has another number of columns.
    pub fn scale(&mut self, scaling: &Scaling) {
        if let Values::Numbers(values) = &mut self.images {
            scaling.apply(values);
        }
    }

    /// The bytes by which image or vector `i` is compared with others.
    pub(crate) fn content(&self, i: usize) -> Cow<'_, [u8]> {
        match self.numbers() {
            Some(values) => {
                let columns = self.extents.len();
                let row = &values[i * columns..][..columns];
                Cow::Owned(row.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            None => self.image(i),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> ImageSet {
        let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        ImageSet::from_numbers(2, values, Some(vec![0, 1, 0])).unwrap()
    }

    #[test]
    fn vectors_are_selected_and_scaled_as_images_are_selected() {
        let mut rows = three();
        assert_eq!((rows.in_memory(), rows.classes()), (None, vec![0, 1]));
        rows.retain(&[0]);
        assert_eq!(rows.numbers(), Some(&[1.0, 2.0, 5.0, 6.0][..]));
        let scaling = Scaling::fit(rows.numbers().unwrap(), 2, crate::ScaleKind::MinMax);
        rows.scale(&scaling);
        assert_eq!(rows.numbers(), Some(&[0.0, 0.0, 1.0, 1.0][..]));
        rows.truncate(1);
        assert_eq!((rows.numbers(), rows.labels()), (Some(&[0.0, 0.0][..]), Some(&[0][..])));
    }

    #[test]
    fn what_is_no_row_of_finite_numbers_is_refused() {
        let error = |columns, values: &[f32], labels: Option<Vec<Label>>| {
            ImageSet::from_numbers(columns, values.to_vec(), labels).unwrap_err().to_string()
        };
        assert!(error(0, &[], None).contains("whole rows"));
        assert!(error(2, &[1.0; 3], None).contains("3 numbers for rows of 2"));
        assert!(error(2, &[1.0; 4], Some(vec![0])).contains("1 labels for 2 rows"));
        for bad in [f32::NAN, f32::INFINITY] {
            let text = error(2, &[1.0, 2.0, 3.0, bad], None);
            assert!(text.contains("in row 2, column 2"), "{text}");
        }
    }
}
