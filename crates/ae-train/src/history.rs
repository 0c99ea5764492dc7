//! The losses of a training.

use std::fmt::Write;

/// The losses of one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EpochLosses {
    /// The mean loss of the epoch's samples, each measured just before the step that used it.
    pub loss: f64,
    /// The mean over the validation samples at the epoch's end.
    pub val_loss: f64,
}

/// The losses of all epochs, first to last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// One entry per epoch.
    pub epochs: Vec<EpochLosses>,
}

/// The first line of a history as text.
const HEADER: &str = "epoch,loss,val_loss\n";

impl History {
    /// The history in the format of Keras's `CSVLogger`: a header, then one line per epoch, counted
    /// from 0. Numbers have the fewest digits that read back to the same number.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = String::from(HEADER);
        for (i, EpochLosses { loss, val_loss }) in self.epochs.iter().enumerate() {
            writeln!(csv, "{i},{loss},{val_loss}").expect("a String takes everything");
        }
        csv
    }

    /// Reads what [`History::to_csv`] has written; `None` for any other text.
    #[must_use]
    pub fn from_csv(csv: &str) -> Option<Self> {
        let rows = csv.strip_prefix(HEADER)?.lines().enumerate();
        let epochs = rows.map(|(i, row)| {
            let mut fields = row.split(',');
            let epoch: usize = fields.next()?.parse().ok()?;
            let mut number = || fields.next()?.parse().ok();
            let losses = EpochLosses { loss: number()?, val_loss: number()? };
            (epoch == i && fields.next().is_none()).then_some(losses)
        });
        Some(Self { epochs: epochs.collect::<Option<_>>()? })
    }

    /// The training loss of each epoch.
    #[must_use]
    pub fn losses(&self) -> Vec<f64> {
        self.epochs.iter().map(|e| e.loss).collect()
    }

    /// The validation loss of each epoch.
    #[must_use]
    pub fn val_losses(&self) -> Vec<f64> {
        self.epochs.iter().map(|e| e.val_loss).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_read_to_the_same_numbers_and_nothing_else_is() {
        let numbers = [(0.1 + 0.2, 1e-300), (5e-324, 0.0), (f64::INFINITY, 1.0 / 3.0)];
        let epochs = numbers.map(|(loss, val_loss)| EpochLosses { loss, val_loss }).to_vec();
        let history = History { epochs };
        assert_eq!(History::from_csv(&history.to_csv()), Some(history));
        assert_eq!(History::from_csv(HEADER), Some(History::default()));
        for wrong in ["", "0,1,2\n", "1,1,2\n", "0,1\n", "0,1,2,3\n", "0,x,2\n", "0,1,2\n\n"] {
            let text = if wrong.is_empty() { String::new() } else { format!("{HEADER}{wrong}") };
            assert_eq!(History::from_csv(&text).is_some(), wrong == "0,1,2\n", "{wrong:?}");
        }
    }

    #[test]
    fn csv_has_the_columns_of_keras() {
        let epochs = vec![
            EpochLosses { loss: 0.5, val_loss: 0.25 },
            EpochLosses { loss: 0.1, val_loss: 1e-7 },
        ];
        let csv = History { epochs }.to_csv();
        assert_eq!(csv, "epoch,loss,val_loss\n0,0.5,0.25\n1,0.1,0.0000001\n");
    }
}
