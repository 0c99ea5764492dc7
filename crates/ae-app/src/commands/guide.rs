//! `ae-app guide`: the guided tour as a page for a browser.

use super::browser;
use crate::cli::GuideArgs;
use crate::report::{Output, Report, files};
use crate::run::{Ending, Environment};
use ae_guide::Language;
use anyhow::Result;

/// The name of the page.
const PAGE: &str = "guide.html";
const FILES: [(&str, &str); 1] =
    [(PAGE, "the guided tour, in one file: it needs no network and no server")];

/// Writes the page.
pub(super) fn run(args: GuideArgs, output: Output) -> Result<Ending> {
    let GuideArgs { lang, open, out } = args;
    let language = lang.unwrap_or_else(of_environment);
    let report = Report::new(output);
    let environment = Environment { out: out.out, output, ..Environment::default() };
    let folder = environment.folder(&format!("guide-{language}"))?;
    folder.write(PAGE, &ae_guide::page(language).to_html())?;
    folder.keep();
    files(&report, folder.path(), &FILES);
    browser::show(&report, &folder.file(PAGE), open);
    report.end_in("done", folder.path(), None)?;
    Ok(Ending::Done)
}

/// Returns the language that the user's environment asks for. The first variable that is set and
/// not empty decides (POSIX.1-2017, 8.2).
fn of_environment() -> Language {
    let mut variables = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(std::env::var_os);
    let locale = variables.find(|locale| !locale.is_empty()).unwrap_or_default();
    Language::of_locale(&locale.to_string_lossy())
}
