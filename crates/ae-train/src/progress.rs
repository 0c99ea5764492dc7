//! What a person sees while training runs.

use crate::EpochReport;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Shows on stderr where training stands: a bar with the time left on a terminal, one line an epoch elsewhere (a
/// file, a pipe, a dumb terminal), nothing if quiet.
#[derive(Debug)]
pub struct Progress(Kind);

#[derive(Debug)]
enum Kind {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

impl Progress {
    /// For a training of so many `epochs`.
    #[must_use]
    pub fn new(epochs: usize, quiet: bool) -> Self {
        if quiet {
            return Self(Kind::Quiet);
        }
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        if !std::io::stderr().is_terminal() || dumb {
            return Self(Kind::Lines);
        }
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(epochs as u64), target);
        // No colours: nothing here needs them, and NO_COLOR is honoured without a question.
        let style =
            ProgressStyle::with_template("epoch {pos:>4}/{len} [{bar:30}] ETA {eta:<4} {msg}")
                .expect("the template is well formed")
                .progress_chars("=> ");
        bar.set_style(style);
        Self(Kind::Bar(bar))
    }

    /// Tells of an epoch that has ended.
    pub fn epoch(&self, report: &EpochReport) {
        match &self.0 {
            Kind::Quiet => {}
            // A closed stderr is no reason to stop training.
            Kind::Lines => drop(writeln!(std::io::stderr(), "{}", line(report))),
            Kind::Bar(bar) => {
                let losses = report.losses;
                // The position first: either may redraw, and the losses are those of this epoch.
                bar.set_position(report.epoch as u64);
                bar.set_message(format!(
                    "loss {:.4}  val_loss {:.4}",
                    losses.loss, losses.val_loss
                ));
            }
        }
    }

    /// Removes the bar.
    pub fn finish(self) {
        if let Kind::Bar(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

fn line(report: &EpochReport) -> String {
    let EpochReport { epoch, epochs, losses } = report;
    let width = epochs.to_string().len();
    format!(
        "epoch {epoch:>width$}/{epochs}  loss {:.4}  val_loss {:.4}",
        losses.loss, losses.val_loss
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EpochLosses;

    #[test]
    fn a_line_says_epoch_and_losses() {
        let losses = EpochLosses { loss: 0.123_46, val_loss: 0.2 };
        let report = EpochReport { epoch: 7, epochs: 200, losses };
        assert_eq!(line(&report), "epoch   7/200  loss 0.1235  val_loss 0.2000");
    }
}
