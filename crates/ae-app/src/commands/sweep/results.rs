//! The results of a sweep: a table, a picture and a page of the runs that are complete.

use super::Sweep;
use crate::commands::taking::{AT_LAST, claim_briefly};
use crate::exit::warn;
use crate::report::{counted, files, pictures, print, shell};
use crate::run::{Ending, Interrupt, argument, program, write_page, write_page_so_far};
use ae_files::printable_path;
use ae_lab::SweepTable;
use ae_run::sweep::{BEGUN, Collected, PLAN, chief, collect, shown};
use ae_run::{REPORT as PAGE, RunFolder};
use anyhow::Result;

/// The table of all measures.
const TABLE: &str = "report.csv";
/// The picture of the most important one.
const PICTURE: &str = "report.png";

const FILES: [(&str, &str); 5] = [
    (PICTURE, "the mean over the seeds at each point of the grid, with its 95 % interval"),
    (TABLE, "every measure at each point: mean, standard deviation, 95 % interval"),
    (PAGE, "both on one page, for a browser"),
    (PLAN, "the plan"),
    (BEGUN, "what all runs share, to compare the plan with"),
];

impl Sweep {
    /// Writes the report of the runs that are complete, and ends the command.
    pub(super) fn end(&self) -> Result<Ending> {
        let command = self.planned.plan.command();
        // The rest writes little, and may have to wait, so a signal ends the program at once.
        let farewell = self.again().map(|line| format!("to continue: {line}"));
        let farewell = farewell.unwrap_or_else(|| "no report was written".into());
        if !Interrupt::installed()?.end_at_once(self.output, farewell, self.json_so_far()) {
            return self.stopped();
        }
        // The one who has the lock sees all runs that had ended when it came, so the last process
        // writes the whole report.
        let folder = claim_briefly(&self.out, AT_LAST)?;
        // The plan may have grown since this process began.
        let Collected { table, builds, others } = collect(&self.out, &self.plan_now()?)?;
        let [measured, diverged, missing] = table.counts();
        let all = measured + diverged + missing;
        self.report.note(|results| results.swept(&table));
        if missing == all {
            self.report
                .line(format_args!("no run of {all} has ended yet: there is nothing to report"));
            self.report.end_in("partly", &self.out, None)?;
            return Ok(Ending::Done);
        }
        self.report.line(format_args!("\n{}", table.plain(&shown(command, table.measures()))));
        if table.has_intervals() {
            self.report.line("\nmean ± half of the 95 % confidence interval over the seeds");
        }
        if builds.len() > 1 {
            let builds: Vec<String> = builds.into_iter().collect();
            let (count, builds) = (builds.len(), builds.join("; "));
            warn(&format!(
                "the runs are of {count} builds, so the last digits may differ: {builds}"
            ));
        }
        if let Some(first) = others.first() {
            let (are, folder) = (counted(others.len(), "run"), printable_path(&self.out));
            self.report.line(format_args!(
                "\nleft out: {are} of {folder} that the plan lacks, {first} first"
            ));
        }
        folder.write(TABLE, &table.csv())?;
        let of =
            if missing > 0 { format!(", {} of {all} runs", all - missing) } else { String::new() };
        let title = format!("sweep of {command}{of}");
        self.draw(&folder, &table, &title)?;
        let left = format!("{} of {all} left to do", counted(missing, "run"));
        match missing {
            0 => write_page(&folder, title, Some(PLAN), &FILES, None),
            _ => {
                let (left, next) = (left.clone(), self.again());
                write_page_so_far(&folder, title, Some(PLAN), &FILES, left, next);
            }
        }
        files(&self.report, &self.out, &FILES);
        if diverged > 0 {
            let diverged = counted(diverged, "run");
            self.report
                .line(format_args!("\n{diverged} diverged, see failed.txt in their folders"));
        }
        if missing > 0 {
            self.report.line(format_args!("\n{left}"));
            if let Some(line) = self.again() {
                self.report.line(format_args!("to continue: {line}"));
            }
        }
        let ended = if missing > 0 { "partly" } else { "done" };
        self.report.end_in(ended, &self.out, None)?;
        Ok(if diverged > 0 { Ending::Diverged } else { Ending::Done })
    }

    /// Returns the JSON of a sweep that a signal ends now, if JSON is asked for. Something may be
    /// half there, which the next call finds. The runs count now.
    fn json_so_far(&self) -> Option<String> {
        if !self.output.json {
            return None;
        }
        let found = collect(&self.out, &self.planned.plan);
        found.map(|found| self.report.note(|results| results.swept(&found.table))).ok();
        self.report.results("stopped", &self.out, None).ok()
    }

    /// Ends a sweep that a signal has stopped.
    pub(super) fn stopped(&self) -> Result<Ending> {
        self.report.line("stopped; the runs so far are written");
        if let Some(line) = self.again() {
            self.report.line(format_args!("\nto continue: {line}"));
        }
        if let Some(json) = self.json_so_far() {
            print(format!("{json}\n").as_bytes())?;
        }
        Ok(Ending::Interrupted)
    }

    fn draw(&self, folder: &RunFolder, table: &SweepTable, title: &str) -> Result<()> {
        let command = self.planned.plan.command();
        let Some(measure) = chief(command, table.measures()) else { return Ok(()) };
        // The table says what the picture cannot show. That of a smaller grid would be wrong.
        if let Err(error) = pictures::sweep_means(&folder.file(PICTURE), title, table, measure) {
            folder.remove(PICTURE)?;
            self.report.line(format_args!("{PICTURE} is left out: {error}"));
        }
        Ok(())
    }

    /// Returns the command that goes on with the sweep.
    pub(super) fn again(&self) -> Option<String> {
        let mut words = vec!["sweep".into(), argument(&self.out)];
        if let Some(data_dir) = &self.environment.data_dir {
            words.extend(["--data-dir".into(), argument(data_dir)]);
        }
        if let Some(threads) = self.environment.threads {
            words.extend(["--threads".into(), threads.to_string().into()]);
        }
        Some(format!("{} {}", program()?, shell::line(&words)?))
    }
}
