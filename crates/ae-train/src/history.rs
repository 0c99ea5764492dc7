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

impl History {
    /// The history in the format of Keras's `CSVLogger`: a header, then one line per epoch, counted
    /// from 0. Numbers have the fewest digits that read back to the same number.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("epoch,loss,val_loss\n");
        for (i, EpochLosses { loss, val_loss }) in self.epochs.iter().enumerate() {
            writeln!(csv, "{i},{loss},{val_loss}").expect("a String takes everything");
        }
        csv
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
    fn csv_has_the_columns_of_keras() {
        let epochs = vec![
            EpochLosses { loss: 0.5, val_loss: 0.25 },
            EpochLosses { loss: 0.1, val_loss: 1e-7 },
        ];
        let csv = History { epochs }.to_csv();
        assert_eq!(csv, "epoch,loss,val_loss\n0,0.5,0.25\n1,0.1,0.0000001\n");
    }
}
