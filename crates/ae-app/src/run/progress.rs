//! The progress display during training.

use ae_train::{BatchReport, EpochLosses, EpochReport, Event};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// The minimum time between two redraws of the bar. Drawing takes some microseconds, as long as a
/// small model's step.
const FRESH: Duration = Duration::from_millis(100);
/// The maximum number of redraws per second that indicatif does by itself. It allows for the parts
/// of the bar that change together.
const HZ: u8 = 100;

/// The progress on stderr: a bar with the remaining time on a terminal, one line per epoch
/// elsewhere (a file, a pipe, a dumb terminal), nothing if quiet.
#[derive(Debug)]
pub(crate) struct Progress(Kind);

#[derive(Debug)]
enum Kind {
    Quiet,
    Lines,
    /// The end of the previous epoch, or the beginning.
    Details(Cell<Instant>),
    Bar(Bar),
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    drawn: Cell<Option<Instant>>,
    /// The validation loss of the last epoch that has ended.
    val_loss: Cell<Option<f64>>,
}

impl Progress {
    /// Creates the display for this many `epochs`.
    pub(crate) fn new(epochs: usize, quiet: bool) -> Self {
        if quiet {
            return Self(Kind::Quiet);
        }
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        if !std::io::stderr().is_terminal() || dumb {
            return Self(Kind::Lines);
        }
        Self(Kind::Bar(Bar::new(epochs, ProgressDrawTarget::stderr_with_hz(HZ))))
    }

    /// Creates a display of one line per epoch, on any kind of stderr. Each line includes the
    /// epoch's time: that of the steps, and that with validation and the work at the epoch's end.
    pub(crate) fn detailed() -> Self {
        Self(Kind::Details(Cell::new(Instant::now())))
    }

    /// Shows an event.
    pub(crate) fn event(&self, event: &Event<'_>) {
        match (&self.0, event) {
            (Kind::Bar(bar), event) => bar.event(event, Instant::now()),
            // A closed stderr does not stop training.
            (Kind::Lines, Event::Epoch(report)) => {
                drop(writeln!(std::io::stderr(), "{}", line_of(report)));
            }
            (Kind::Details(last), Event::Epoch(report)) => {
                let now = Instant::now();
                let all = (now - last.replace(now)).as_secs_f64();
                let seconds = seconds(all, report.train_seconds);
                drop(writeln!(std::io::stderr(), "{}  {seconds}", line_of(report)));
            }
            (Kind::Lines | Kind::Details(_), Event::Batch(_)) | (Kind::Quiet, _) => {}
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(self) {
        if let Kind::Bar(Bar { bar, .. }) = self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Bar {
    fn new(epochs: usize, target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(epochs as u64), target);
        // The bar has no colors, so NO_COLOR needs no check.
        let style = ProgressStyle::with_template("{prefix} [{bar:30}] ETA {eta:<4} {msg}")
            .expect("the template is well formed")
            .progress_chars("=> ");
        bar.set_style(style);
        Self { bar, drawn: Cell::new(None), val_loss: Cell::new(None) }
    }

    /// Records an event at this time, and draws the bar if it is out of date.
    fn event(&self, event: &Event<'_>, now: Instant) {
        match event {
            &Event::Batch(BatchReport { epoch, epochs, batch, batches, loss, .. }) => {
                self.batch([epoch, epochs], [batch, batches], loss, now);
            }
            // It is shown with the next batch.
            Event::Epoch(report) => self.val_loss.set(Some(report.losses.val_loss)),
        }
    }

    /// Handles the end of a batch. Epoch and batch are counted from 1 and come with their totals.
    fn batch(
        &self,
        [epoch, epochs]: [usize; 2],
        [batch, batches]: [usize; 2],
        loss: f64,
        now: Instant,
    ) {
        if self.drawn.get().is_some_and(|drawn| now - drawn < FRESH) {
            return;
        }
        self.drawn.set(Some(now));
        // The number of steps of an unlimited training does not fit into a number.
        self.bar.set_length(epochs.saturating_mul(batches) as u64);
        self.bar.set_prefix(format!("epoch {epoch:>4}/{epochs}"));
        // The position comes before the loss: each may redraw, and the loss belongs to this
        // position.
        self.bar.set_position(((epoch - 1) * batches + batch) as u64);
        let val_loss = self.val_loss.get().map(|loss| format!("  val_loss {loss:.4}"));
        self.bar.set_message(format!("loss {loss:.4}{}", val_loss.unwrap_or_default()));
    }
}

fn line_of(report: &EpochReport<'_>) -> String {
    line([report.epoch, report.epochs], report.losses)
}

fn line([epoch, epochs]: [usize; 2], EpochLosses { loss, val_loss }: EpochLosses) -> String {
    let width = epochs.to_string().len();
    format!("epoch {epoch:>width$}/{epochs}  loss {loss:.4}  val_loss {val_loss:.4}")
}

/// Formats the times of an epoch: the total, and that of the steps.
fn seconds(all: f64, steps: f64) -> String {
    format!("{all:.2} s, steps {steps:.2} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_epoch_and_losses() {
        let losses = EpochLosses { loss: 0.123_46, val_loss: 0.2 };
        assert_eq!(line([7, 200], losses), "epoch   7/200  loss 0.1235  val_loss 0.2000");
    }

    #[test]
    fn a_detailed_line_says_what_the_epoch_took() {
        assert_eq!(seconds(1.256, 1.0), "1.26 s, steps 1.00 s");
    }

    #[test]
    fn the_bar_moves_within_an_epoch() {
        let bar = Bar::new(200, ProgressDrawTarget::hidden());
        let shown = || {
            let Bar { bar, .. } = &bar;
            (bar.position(), bar.length(), format!("{}: {}", bar.prefix(), bar.message()))
        };
        let start = Instant::now();
        let batch = |epoch, batch, milliseconds| {
            bar.batch([epoch, 200], [batch, 10], 0.5, start + Duration::from_millis(milliseconds));
        };
        batch(7, 1, 0);
        assert_eq!(shown(), (61, Some(2000), "epoch    7/200: loss 0.5000".into()));
        // A bar that has just been drawn stays as it is, even at an epoch's end.
        batch(7, 10, 99);
        bar.val_loss.set(Some(0.2));
        assert_eq!(shown().0, 61);
        batch(8, 2, 100);
        let text = "epoch    8/200: loss 0.5000  val_loss 0.2000";
        assert_eq!(shown(), (72, Some(2000), text.into()));
        batch(8, 3, 199);
        assert_eq!(shown().0, 72);
        batch(8, 4, 200);
        assert_eq!(shown().0, 74);
        bar.batch([1, usize::MAX], [5, 10], 0.5, start + Duration::from_secs(1));
        assert_eq!((shown().0, shown().1), (5, Some(u64::MAX)));
    }
}
