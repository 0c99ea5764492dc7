//! One line per measurement: a table to read, or tab-separated values for scripts.

use crate::limits::{Limits, Speed};

/// The first line of the tab-separated form. Names are unique and must not change, since
/// [`comparison`](crate::comparison) finds a kernel by its name; a value is a rate, so that more is
/// always faster; a share is a fraction of the limit, or `-`.
pub const TSV_HEADER: &str = "name\tunit\tvalue\tshare";

/// The name of the machine's limits in the tab-separated form.
pub const LIMITS: &str = "limits";

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Aligned columns.
    Table,
    /// `name`, `unit`, `value` and `share` separated by tabs, and a header; nothing else.
    Tsv,
}

/// Collects measurements, and the limits they are compared with.
#[derive(Debug)]
pub struct Report {
    form: Form,
    part: &'static str,
    /// The machine's limits.
    pub limits: Limits,
}

impl Report {
    /// Writes the limits.
    #[must_use]
    pub fn new(form: Form, mut limits: Limits) -> Self {
        let (threads, peak, copy) = (limits.threads(), limits.peak(), limits.large_copy());
        let report = Self { form, part: LIMITS, limits };
        match form {
            Form::Table => {
                println!("FMA peak, {threads} thread(s): {peak:.0} GFLOP/s; copy: {copy:.1} GB/s")
            }
            Form::Tsv => {
                println!("{TSV_HEADER}");
                report.tsv("FMA peak", "GFLOP/s", peak, Some(1.0));
                report.tsv("copy of 256 MiB", "GB/s", copy, Some(1.0));
            }
        }
        report
    }

    /// Returns whether output that only people read is worth measuring.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.form == Form::Table
    }

    /// Begins a part. `more` heads the columns after the share.
    pub fn begin(&mut self, part: &'static str, more: &str) {
        self.part = part;
        if self.is_table() {
            println!(
                "{}",
                format!("\n{part:>34} {:>18} {:>13}  {more}", "speed", "share").trim_end()
            );
        }
    }

    /// Writes one measurement. `more` appears only in the table.
    pub fn line(&mut self, name: &str, speed: Speed, more: &str) {
        let Speed { value, unit, share, of } = speed;
        match self.form {
            Form::Table => {
                let digits = if value < 100.0 { 2 } else { 1 };
                let text = format!(
                    "{name:>34} {value:>9.digits$} {unit:<8} {:>5.0}% of {of}  {more}",
                    100.0 * share
                );
                println!("{}", text.trim_end());
            }
            Form::Tsv => self.tsv(name, unit, value, Some(share)),
        }
    }

    /// Reports a measurement that is impossible here, and why. The tab-separated form omits it.
    pub fn left_out(&self, name: &str, why: &str) {
        if self.is_table() {
            println!("{name:>34} left out: {why}");
        }
    }

    fn tsv(&self, name: &str, unit: &str, value: f64, share: Option<f64>) {
        let share = share.map_or("-".to_owned(), |share| format!("{share:.4}"));
        println!("{}/{name}\t{unit}\t{value:.4}\t{share}", self.part);
    }
}
