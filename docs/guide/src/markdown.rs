//! A chapter's Markdown as HTML, in the conventions of this crate's README.

use crate::pictures;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use pulldown_latex::config::DisplayMode;
use pulldown_latex::{RenderConfig, Storage, push_mathml};

/// A chapter of the page.
pub(crate) struct Chapter {
    /// What a link within the page names it by.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) body: Markup,
}

/// Turns a chapter into HTML. Its title is left out of the body, and a heading becomes one of the
/// next lower level, because the page has a title of its own.
pub(crate) fn chapter(name: &str, text: &str) -> Chapter {
    let mut events = Vec::new();
    let mut title = String::new();
    let mut parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    while let Some(event) = parser.next() {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                title = text_until(&mut parser, TagEnd::Heading(HeadingLevel::H1));
            }
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                let level = lower(level);
                events.push(Event::Start(Tag::Heading { level, id, classes, attrs }));
            }
            Event::End(TagEnd::Heading(level)) => {
                events.push(Event::End(TagEnd::Heading(lower(level))));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let code = text_until(&mut parser, TagEnd::CodeBlock);
                events.push(markup(block(&kind, &code)));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                let alt = text_until(&mut parser, TagEnd::Image);
                events.push(markup(image(&dest_url, &alt)));
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let shown = inner(&mut parser, TagEnd::Link);
                events.push(markup(link(&dest_url, &shown)));
            }
            Event::Start(Tag::Table(alignments)) => {
                // A table that is too wide is moved by itself, and by the keyboard too.
                events.push(markup(PreEscaped("<div class=\"wide\" tabindex=\"0\">".into())));
                events.push(Event::Start(Tag::Table(alignments)));
            }
            Event::End(TagEnd::Table) => {
                events.push(Event::End(TagEnd::Table));
                events.push(markup(PreEscaped("</div>".into())));
            }
            other => events.push(other),
        }
    }
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, events.into_iter());
    // The page's policy lets no element have a style of its own.
    for cell in ["th", "td"] {
        let styled = format!("<{cell} style=\"text-align: right\">");
        body = body.replace(&styled, &format!("<{cell} class=\"right\">"));
    }
    Chapter { id: name.into(), title, body: PreEscaped(body) }
}

fn markup(markup: Markup) -> Event<'static> {
    Event::InlineHtml(CowStr::from(markup.into_string()))
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    HeadingLevel::try_from(level as usize + 1).unwrap_or(HeadingLevel::H6)
}

/// The text up to this end, without marks.
fn text_until<'a>(events: &mut impl Iterator<Item = Event<'a>>, end: TagEnd) -> String {
    let mut text = String::new();
    for event in events.take_while(|event| *event != Event::End(end)) {
        match event {
            Event::Text(part) | Event::Code(part) => text += &part,
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// What stands up to this end, as HTML.
fn inner<'a>(events: &mut impl Iterator<Item = Event<'a>>, end: TagEnd) -> Markup {
    let mut html = String::new();
    let events = events.take_while(|event| *event != Event::End(end));
    pulldown_cmark::html::push_html(&mut html, events);
    PreEscaped(html)
}

/// A block of code, or a formula.
fn block(kind: &CodeBlockKind<'_>, code: &str) -> Markup {
    let language = match kind {
        CodeBlockKind::Fenced(words) if !words.is_empty() => words.as_ref(),
        _ => "rust",
    };
    match language {
        "math" => formula(code.trim()),
        "rust" => html! {
            pre.rust tabindex="0" { code { @for line in shown(code) { (rust_line(line)) } } }
        },
        _ => html! { pre class=(language) tabindex="0" { code { (code) } } },
    }
}

/// The lines that rustdoc shows: those that begin with `#` and a space are compiled only.
pub(crate) fn shown(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|line| {
        let line = line.trim_start();
        line != "#" && !line.starts_with("# ")
    })
}

/// A line of Rust, with its comment set apart.
fn rust_line(line: &str) -> Markup {
    let comment = match line.trim_start().starts_with("//") {
        true => Some(0),
        // Not within a string such as an address.
        false => line.rfind("  // ").or_else(|| line.rfind(" // ")),
    };
    let (code, comment) = line.split_at(comment.unwrap_or(line.len()));
    html! { (code) @if !comment.is_empty() { span.comment { (comment) } } "\n" }
}

/// A formula in LaTeX as MathML.
fn formula(latex: &str) -> Markup {
    let storage = Storage::new();
    let parser = pulldown_latex::Parser::new(latex, &storage);
    let config = RenderConfig {
        display_mode: DisplayMode::Block,
        annotation: Some(latex),
        ..RenderConfig::default()
    };
    let mut mathml = String::new();
    push_mathml(&mut mathml, parser, config).expect("a String can be written to");
    html! { div.formula tabindex="0" { (PreEscaped(mathml)) } }
}

/// A picture within the page. It is one of the guide's own: a test looks for each.
fn image(address: &str, alt: &str) -> Markup {
    let name = address.rsplit('/').next().unwrap_or_default();
    let png = pictures::find(name).unwrap_or_default();
    let (width, height) = pictures::size(png).unwrap_or_default();
    let source = format!("data:image/png;base64,{}", STANDARD.encode(png));
    html! { img src=(source) alt=(alt) width=(width) height=(height); }
}

/// A link to a chapter, or to the network. The page is alone: a file of the repository is named,
/// not linked.
fn link(address: &str, shown: &Markup) -> Markup {
    if address.contains("://") {
        return html! { a href=(address) rel="noreferrer" { (shown) } };
    }
    match address.strip_suffix(".md").filter(|name| !name.contains('/')) {
        Some(name) => html! { a href={ "#" (name) } { (shown) } },
        None => {
            let path = address.split('#').next().unwrap_or_default().trim_start_matches("../");
            let path = if address.starts_with("../../../") {
                path.to_owned()
            } else {
                format!("docs/{path}")
            };
            html! { (shown) " (" code { (path) } ")" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        chapter("01-x", text).body.into_string()
    }

    #[test]
    fn a_title_is_taken_and_headings_go_down() {
        let found = chapter("01-x", "# 1. A *title*\n\n## The idea\n\ntext\n");
        assert_eq!((found.id.as_str(), found.title.as_str()), ("01-x", "1. A title"));
        let body = found.body.into_string();
        assert!(body.contains("<h3>The idea</h3>") && !body.contains("title"), "{body}");
    }

    #[test]
    fn hidden_lines_are_compiled_only_and_comments_are_set_apart() {
        let html =
            body("```\n# use x;\nlet a = \"<b>\"; // why\n#[derive(Debug)]\n#\nstruct A;\n```\n");
        assert!(!html.contains("use x"), "{html}");
        assert!(
            html.contains("&lt;b&gt;") && html.contains("#[derive(Debug)]\nstruct A;"),
            "{html}"
        );
        assert!(html.contains("<span class=\"comment\"> // why</span>"), "{html}");
    }

    #[test]
    fn a_formula_is_mathml() {
        let html = body("```math\n\\frac{1}{n} \\sum_{i=1}^{n} x_i\n```\n");
        assert!(html.contains("<mfrac>") && html.contains("display=\"block\""), "{html}");
    }

    #[test]
    fn links_stay_within_the_page_or_are_named() {
        assert!(body("[two](02-two.md)").contains("<a href=\"#02-two\">two</a>"));
        let html =
            body("[results](../../results.md#speed) and [ae-optim](../../../crates/ae-optim)");
        assert!(html.contains("results (<code>docs/results.md</code>)"), "{html}");
        assert!(html.contains("ae-optim (<code>crates/ae-optim</code>)"), "{html}");
        assert!(body("[a](https://example.org)").contains("href=\"https://example.org\""));
    }

    #[test]
    fn a_column_of_numbers_has_a_class_and_no_style() {
        let html = body("| a | b |\n|---|---:|\n| c | 1 |\n");
        assert!(html.contains("<th class=\"right\">b</th>"), "{html}");
        assert!(html.contains("<td>c</td><td class=\"right\">1</td>"), "{html}");
    }

    #[test]
    fn a_hidden_answer_stays_hidden() {
        let html = body("<details><summary>Answer</summary>\n\nIt is `1`.\n\n</details>\n");
        assert!(html.starts_with("<details><summary>Answer</summary>"), "{html}");
        assert!(
            html.contains("<p>It is <code>1</code>.</p>") && html.contains("</details>"),
            "{html}"
        );
    }
}
