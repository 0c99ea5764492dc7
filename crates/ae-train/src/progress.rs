//! What a person sees while training runs.

use crate::{BatchReport, EpochReport, Event};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How long what a bar shows may stay as it is. Drawing costs some microseconds, as much as a small model's step.
const FRESH: Duration = Duration::from_millis(100);

/// Shows on stderr where training stands: a bar with the time left on a terminal, one line an epoch elsewhere (a
/// file, a pipe, a dumb terminal), nothing if quiet.
#[derive(Debug)]
pub struct Progress(Kind);

#[derive(Debug)]
enum Kind {
    Quiet,
    Lines,
    Bar(Bar),
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    drawn: Cell<Option<Instant>>,
    /// Of the last epoch that has ended.
    val_loss: Cell<Option<f64>>,
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
        Self(Kind::Bar(Bar::new(epochs, ProgressDrawTarget::stderr())))
    }

    /// Tells of what has happened.
    pub fn event(&self, event: &Event<'_>) {
        match (&self.0, event) {
            (Kind::Bar(bar), event) => bar.event(event),
            // A closed stderr is no reason to stop training.
            (Kind::Lines, Event::Epoch(report)) => {
                drop(writeln!(std::io::stderr(), "{}", line(report)));
            }
            (Kind::Lines, Event::Batch(_)) | (Kind::Quiet, _) => {}
        }
    }

    /// Removes the bar.
    pub fn finish(self) {
        if let Kind::Bar(Bar { bar, .. }) = self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Bar {
    fn new(epochs: usize, target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(epochs as u64), target);
        // No colours: nothing here needs them, and NO_COLOR is honoured without a question.
        let style = ProgressStyle::with_template("{prefix} [{bar:30}] ETA {eta:<4} {msg}")
            .expect("the template is well formed")
            .progress_chars("=> ");
        bar.set_style(style);
        Self { bar, drawn: Cell::new(None), val_loss: Cell::new(None) }
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Batch(report) => {
                let now = Instant::now();
                if self.drawn.get().is_none_or(|drawn| now - drawn >= FRESH) {
                    self.drawn.set(Some(now));
                    self.draw(report);
                }
            }
            // The batch after it shows it.
            Event::Epoch(report) => self.val_loss.set(Some(report.losses.val_loss)),
        }
    }

    fn draw(&self, report: &BatchReport) {
        let &BatchReport { epoch, epochs, batch, batches, loss } = report;
        self.bar.set_length((epochs * batches) as u64);
        self.bar.set_prefix(format!("epoch {epoch:>4}/{epochs}"));
        // The position before the loss: each may redraw, and the loss is that of this position.
        self.bar.set_position(((epoch - 1) * batches + batch) as u64);
        let val_loss = self.val_loss.get().map(|loss| format!("  val_loss {loss:.4}"));
        self.bar.set_message(format!("loss {loss:.4}{}", val_loss.unwrap_or_default()));
    }
}

fn line(report: &EpochReport<'_>) -> String {
    let EpochReport { epoch, epochs, losses, .. } = report;
    let width = epochs.to_string().len();
    format!(
        "epoch {epoch:>width$}/{epochs}  loss {:.4}  val_loss {:.4}",
        losses.loss, losses.val_loss
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EpochLosses, History};
    use ae_autodiff::Params;

    #[test]
    fn a_line_says_epoch_and_losses() {
        let losses = EpochLosses { loss: 0.123_46, val_loss: 0.2 };
        let report = EpochReport {
            epoch: 7,
            epochs: 200,
            losses,
            train_seconds: 1.0,
            params: &Params::new(),
            history: &History::default(),
        };
        assert_eq!(line(&report), "epoch   7/200  loss 0.1235  val_loss 0.2000");
    }
}
