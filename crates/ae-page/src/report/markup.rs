//! The page's body.

use super::chart::value;
use super::number::{number, rounded, size};
use super::{Command, File, MAX_PICTURES, Moment, Picture, Report, Settings, Status, Table};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{Markup, PreEscaped, html};

/// What the page calls the folder that it describes.
const RUN: &str = "this folder";

/// The body of the report's page.
pub(super) fn body(report: &Report) -> Markup {
    let sections = sections(report);
    let body = html! {
        header {
            h1 { (report.title) }
            (status(&report.status))
            nav aria-label="Parts of this page" {
                @for Section { id, heading, .. } in &sections {
                    a href=(format!("#{id}")) { (heading) } " "
                }
            }
        }
        main {
            @for Section { id, heading, content } in &sections {
                section aria-labelledby=(id) {
                    h2 id=(id) { (heading) }
                    (content)
                }
            }
        }
        footer {
            p {
                "This page is one file. It loads nothing, and it can be read without the program."
            }
        }
    };
    PreEscaped(printable(&body.into_string()))
}

/// The text with U+FFFD for each control character.
pub(super) fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', "\u{FFFD}")
}

/// A part of the page.
struct Section {
    id: &'static str,
    heading: &'static str,
    content: Markup,
}

/// The parts that have a content.
fn sections(report: &Report) -> Vec<Section> {
    let Report { summary, charts, pictures, measures, settings, commands, files, .. } = report;
    let all = [
        ("summary", "Summary", !summary.is_empty(), pairs(summary)),
        (
            "curves",
            "Curves",
            !charts.is_empty(),
            html! {
                @for (chart, number) in charts.iter().zip(1..) { (chart.markup(number)) }
            },
        ),
        ("pictures", "Pictures", !pictures.is_empty(), gallery(pictures)),
        (
            "measures",
            "Measures",
            !measures.is_empty(),
            html! {
                @for measured in measures { (table(measured)) }
            },
        ),
        ("next", "Next", !commands.is_empty(), next(commands)),
        (
            "settings",
            "Configuration",
            !settings.is_empty(),
            html! {
                @for Settings { heading, values } in settings {
                    h3 { (heading) }
                    (pairs(values))
                }
            },
        ),
        ("files", "Files", !files.is_empty(), list_of(files)),
    ];
    let filled = all.into_iter().filter(|&(.., filled, _)| filled);
    filled.map(|(id, heading, _, content)| Section { id, heading, content }).collect()
}

/// A moment as a person and as a program reads it.
fn time(moment: Moment) -> Markup {
    html! { time datetime=(moment.rfc_3339()) { (moment) } }
}

fn status(status: &Status) -> Markup {
    match status {
        Status::Complete => html! { p.status.complete { "Complete." } },
        Status::PartlyFailed { what } => html! { p.status.failed { "Complete, but " (what) "." } },
        Status::Partly { left } => html! {
            p.status.stopped { "Not complete: " (left) ". What has ended is in " (RUN) "." }
        },
        Status::Stopped { how } => html! {
            p.status.stopped { "Stopped: " (how) ". Everything up to there is in " (RUN) "." }
        },
        Status::Failed { far } => html! {
            p.status.failed {
                "Ended by an error, " (far) ". The program has printed the reason."
            }
        },
        Status::Running { since, written, far, next, resume } => html! {
            div #running .status.running data-written=(written.0) data-next=(format!("{next:.3}")) {
                p {
                    "In progress since " (time(*since)) ": " strong { (far) }
                    ". This page was last written at " (time(*written)) "."
                }
                p hidden {
                    label { input type="checkbox" checked; " Read the page again by itself" }
                }
                p #stale hidden role="status" {
                    "Nothing has been written for " span {} "."
                }
                p {
                    "If these times stay behind, the program was killed or its machine switched off."
                    @if let Some(line) = resume {
                        " This command then continues: " code { (line) }
                    }
                }
            }
        },
    }
}

/// Names and texts.
fn pairs(pairs: &[(String, String)]) -> Markup {
    html! {
        dl {
            @for (name, text) in pairs {
                div { dt { (name) } dd { (text) } }
            }
        }
    }
}

/// The pictures, as far as they fit into the page.
fn gallery(pictures: &[Picture]) -> Markup {
    let mut room = MAX_PICTURES;
    let figures = pictures.iter().map(|picture| {
        let fits = picture.png.len() <= room;
        room -= if fits { picture.png.len() } else { 0 };
        figure(picture, fits)
    });
    html! { @for figure in figures { (figure) } }
}

fn figure(Picture { name, caption, png }: &Picture, fits: bool) -> Markup {
    html! {
        figure.picture {
            @match png_size(png).filter(|_| fits) {
                Some([width, height]) => {
                    div.scroll tabindex="0" role="region" aria-label=(name) {
                        img src=(format!("data:image/png;base64,{}", STANDARD.encode(png)))
                            alt=(caption) width=(width) height=(height);
                    }
                }
                None => {
                    p { "The picture has " (size(png.len() as u64)) " and is not in this page." }
                }
            }
            figcaption { code { (name) } ": " (caption) }
        }
    }
}

/// The width and height of a PNG file. They follow its signature and the head of its first chunk
/// (Portable Network Graphics, third edition, 5.2, 5.3 and 11.2.1).
fn png_size(png: &[u8]) -> Option<[u32; 2]> {
    if !png.starts_with(b"\x89PNG\r\n\x1a\n") || png.get(12..16) != Some(b"IHDR") {
        return None;
    }
    let number = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    Some([number(16)?, number(20)?])
}

fn table(Table { caption, columns, rows }: &Table) -> Markup {
    assert!(rows.iter().all(|row| row.len() == columns.len()), "{caption}: a cell for each column");
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { span { (caption) } }
                thead { tr { @for name in columns { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (k, text) in row.iter().enumerate() {
                                @if k == 0 { th scope="row" { (cell(text)) } }
                                @else { td { (cell(text)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(text: &str) -> Markup {
    match number(text) {
        // Whole numbers are written out, and not measured. `1e30` is not written `1.00000e30`.
        Some(found) if text.contains(['.', 'e', 'E']) => match rounded(found) {
            short if short.len() < text.len() => value(found),
            _ => html! { data value=(found) { (text) } },
        },
        _ => html! { (text) },
    }
}

fn next(commands: &[Command]) -> Markup {
    html! {
        ul.commands {
            @for Command { what, line } in commands {
                li {
                    p { (what) }
                    pre tabindex="0" { code { (line) } }
                    button type="button" hidden { "Copy" }
                }
            }
        }
        p #copied role="status" {}
    }
}

fn list_of(files: &[File]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of files" {
            table.files {
                caption { span { "What is in " (RUN) } }
                thead {
                    tr {
                        th scope="col" { "file" }
                        th scope="col" { "size" }
                        th scope="col" { "what it is" }
                    }
                }
                tbody {
                    @for File { name, bytes, what } in files {
                        tr {
                            th scope="row" { code { (name) } }
                            td.size { @if let Some(bytes) = bytes { (size(*bytes)) } }
                            td { (what) }
                        }
                    }
                }
            }
        }
    }
}
