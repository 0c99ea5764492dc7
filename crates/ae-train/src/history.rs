//! What training leaves behind besides the weights.

use std::fmt::Write;

/// The losses of one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EpochLosses {
    /// The mean over the epoch's samples of their loss, each measured just before the step that
    /// learnt from it.
    pub loss: f64,
    /// The mean over the validation samples at the epoch's end.
    pub val_loss: f64,
}

/// The losses of all epochs, first to last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// One entry an epoch.
    pub epochs: Vec<EpochLosses>,
}

impl History {
    /// As Keras's `CSVLogger` writes it: a header, then a line an epoch, counted from 0. Numbers
    /// are written with as few digits as read back to the same number.
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
