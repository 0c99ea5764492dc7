//! The guide says the same in each language: the chapters, their code, formulas, pictures, links
//! and numbers correspond. Only the sentences are each language's own.

use ae_guide::Language;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The thin no-break space of French.
const THIN: char = '\u{202f}';

/// What a chapter is made of.
#[derive(Default)]
struct Parts {
    /// Each block with its mark, such as `rust` (also for none), `math` and `text`.
    blocks: Vec<(String, String)>,
    pictures: Vec<String>,
    links: Vec<String>,
    /// Code spans.
    spans: Vec<String>,
    /// What each heading begins, without code: paragraphs are lines, a code span is a backtick.
    sections: Vec<String>,
    /// The answers' summaries.
    answers: Vec<String>,
}

fn parts(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut block = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        let section = parts.sections.last_mut();
        match event {
            Event::Start(Tag::Heading { .. }) => parts.sections.push(String::new()),
            Event::Start(Tag::CodeBlock(kind)) => {
                let mark = match kind {
                    CodeBlockKind::Fenced(mark) if !mark.is_empty() => mark.into_string(),
                    _ => "rust".to_owned(),
                };
                block = Some((mark, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => parts.blocks.extend(block.take()),
            Event::Start(Tag::Image { dest_url, .. }) => parts.pictures.push(dest_url.into()),
            Event::Start(Tag::Link { dest_url, .. }) => parts.links.push(dest_url.into()),
            Event::Code(code) => {
                section.expect("a heading comes first").push('`');
                parts.spans.push(code.into());
            }
            Event::Text(words) => match &mut block {
                Some((_, code)) => code.push_str(&words),
                None => section.expect("a heading comes first").push_str(&words),
            },
            Event::Html(html) | Event::InlineHtml(html) => {
                let summary = html.split_once("<summary>");
                let summary = summary.and_then(|(_, rest)| rest.split_once("</summary>"));
                parts.answers.extend(summary.map(|(words, _)| words.to_owned()));
            }
            Event::SoftBreak | Event::HardBreak => section.expect("a heading").push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::TableCell | TagEnd::Heading(_)) => {
                section.expect("a heading").push('\n');
            }
            _ => {}
        }
    }
    parts.links.sort_unstable();
    parts.spans.sort_unstable();
    parts
}

/// The numbers of some prose, sorted, without marks of thousands and with a decimal point.
fn numbers(text: &str, language: Language) -> Vec<String> {
    let (thousands, decimals) = match language {
        Language::English => (',', &['.'][..]),
        // A point is in the number of a version.
        Language::French => (THIN, &[',', '.'][..]),
    };
    let chars: Vec<char> = text.chars().collect();
    let digits = |from: usize| chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let count = digits(i);
        if count == 0 {
            i += 1;
            continue;
        }
        let mut number: String = chars[i..i + count].iter().collect();
        i += count;
        while chars.get(i) == Some(&thousands) && digits(i + 1) == 3 {
            number.extend(&chars[i + 1..i + 4]);
            i += 4;
        }
        if chars.get(i).is_some_and(|c| decimals.contains(c)) && digits(i + 1) > 0 {
            let count = digits(i + 1);
            number.push('.');
            number.extend(&chars[i + 1..i + 1 + count]);
            i += 1 + count;
        }
        found.push(number);
    }
    found.sort_unstable();
    found
}

/// What one list has and the other has not, each item as often as it is there too often.
fn without<'a>(all: &'a [String], others: &[String]) -> Vec<&'a str> {
    let mut others = others.to_vec();
    let missing = all.iter().filter(|item| match others.iter().position(|other| other == *item) {
        Some(i) => {
            others.swap_remove(i);
            false
        }
        None => true,
    });
    missing.map(String::as_str).collect()
}

/// A formula without its words.
fn without_words(formula: &str) -> String {
    let mut pieces = formula.split("\\text{");
    let mut rest = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        rest += piece.split_once('}').map_or("", |(_, rest)| rest);
    }
    rest
}

/// Whether a block says the same in both languages.
fn same_block(english: &(String, String), french: &(String, String)) -> bool {
    let of = |text: &str, language| numbers(text, language);
    english.0 == french.0
        && match english.0.as_str() {
            "math" => without_words(&english.1) == without_words(&french.1),
            "text" => {
                english.1 == french.1
                    || of(&english.1, Language::English) == of(&french.1, Language::French)
            }
            _ => english.1 == french.1,
        }
}

/// In what a chapter differs in the two languages, apart from its sentences.
fn differences(english: &str, french: &str) -> Vec<String> {
    let (english, french) = (parts(english), parts(french));
    let mut found = Vec::new();
    if english.blocks.len() != french.blocks.len() {
        found.push(format!("{} and {} blocks", english.blocks.len(), french.blocks.len()));
    }
    for (a, b) in english.blocks.iter().zip(&french.blocks) {
        if !same_block(a, b) {
            found.push(format!("a block:\n{}\n{}", a.1, b.1));
        }
    }
    if english.pictures != french.pictures {
        found.push(format!("pictures: {:?}, {:?}", english.pictures, french.pictures));
    }
    for (what, a, b) in
        [("links", &english.links, &french.links), ("code spans", &english.spans, &french.spans)]
    {
        if a != b {
            found.push(format!("{what}: {:?}, {:?}", without(a, b), without(b, a)));
        }
    }
    if english.answers.len() != french.answers.len() {
        found.push(format!("{} and {} answers", english.answers.len(), french.answers.len()));
    }
    if english.sections.len() != french.sections.len() {
        found.push(format!("{} and {} headings", english.sections.len(), french.sections.len()));
    }
    for (a, b) in english.sections.iter().zip(&french.sections) {
        let (a_numbers, b_numbers) = (numbers(a, Language::English), numbers(b, Language::French));
        let missing = without(&a_numbers, &b_numbers);
        let mut more = without(&b_numbers, &a_numbers);
        // "a five" is "un 5".
        more.retain(|number| number.len() > 1);
        if !missing.is_empty() || !more.is_empty() {
            let title = b.lines().next().unwrap_or_default();
            found.push(format!("numbers in \"{title}\": {missing:?} missing, {more:?} more"));
        }
    }
    found
}

/// Where French typography is not kept, each place with what is before it.
fn typographic_errors(section: &str) -> Vec<String> {
    let chars: Vec<char> = section.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut found = Vec::new();
    for (i, c) in chars.iter().enumerate() {
        let before = at(i.wrapping_sub(1));
        let right = match c {
            ':' | ';' | '?' | '!' | '»' => before == THIN,
            '«' => at(i + 1) == THIN,
            '\'' | '"' => false,
            // A space of the keyboard within a number.
            ' ' => !(before.is_ascii_digit() && at(i + 1).is_ascii_digit()),
            _ => true,
        };
        if !right {
            found.push(chars[i.saturating_sub(20)..=i].iter().collect());
        }
    }
    found
}

#[test]
fn the_languages_have_the_same_chapters_code_and_numbers() {
    let (english, french) = (Language::English.chapters(), Language::French.chapters());
    let names = |chapters: &[(&'static str, &str)]| -> Vec<&'static str> {
        chapters.iter().map(|(name, _)| *name).collect()
    };
    assert_eq!(names(english), names(french));
    assert!(english.len() >= 15);
    let mut complaints = Vec::new();
    for ((name, a), (_, b)) in english.iter().zip(french) {
        complaints.extend(differences(a, b).iter().map(|found| format!("{name}: {found}")));
    }
    assert!(complaints.is_empty(), "English and French differ:\n{}", complaints.join("\n"));
}

#[test]
fn every_file_of_a_language_is_a_chapter() {
    for language in Language::ALL {
        let folder = format!("{}/{language}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = files.collect();
        files.sort_unstable();
        let chapters = language.chapters().iter().map(|(name, _)| format!("{name}.md"));
        assert_eq!(files, chapters.collect::<Vec<_>>(), "{language}");
    }
}

#[test]
fn french_has_the_typography_of_french() {
    let mut complaints = Vec::new();
    for (name, text) in Language::French.chapters() {
        let parts = parts(text);
        assert!(parts.answers.iter().all(|summary| summary == "Réponse"), "{name}");
        for section in &parts.sections {
            let found = typographic_errors(section);
            complaints.extend(found.iter().map(|place| format!("{name}: …{place}")));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn numbers_are_read_in_both_languages() {
    let english = numbers("5,421 of 0.693, at [0, 5) and Keras 2.2.", Language::English);
    assert_eq!(english, ["0", "0.693", "2.2", "5", "5421"]);
    let french = "5\u{202f}421 sur 0,693, dans [0, 5) et Keras 2.2.";
    assert_eq!(numbers(french, Language::French), english);
}

#[test]
fn planted_differences_are_found() {
    let english = "# 1. A\n\nA five of 5,421, `x` [l](m.md).\n\n```\nlet a = 1;\n```\n\n\
                   ```math\na \\text{with} b\n```\n\n```text\n7,850 numbers\n```\n\n\
                   ![p](p.png)\n\n<details><summary>Answer</summary>\n\n0.5\n\n</details>\n";
    let french = "# 1. A\n\nUn 5 sur 5\u{202f}421, `x` [l](m.md).\n\n```\nlet a = 1;\n```\n\n\
                  ```math\na \\text{avec} b\n```\n\n```text\n7\u{202f}850 nombres\n```\n\n\
                  ![q](p.png)\n\n<details><summary>Réponse</summary>\n\n0,5\n\n</details>\n";
    assert_eq!(differences(english, french), [""; 0]);
    for (from, to) in [
        ("421", "422"),
        ("0,5", "0,6"),
        ("`x`", "`y`"),
        ("m.md", "n.md"),
        ("a = 1", "a = 2"),
        ("avec} b", "avec} c"),
        ("850", "851"),
        ("p.png", "q.png"),
        ("<summary>Réponse</summary>", ""),
        ("```text", "```python"),
        ("Un 5 sur", "Un 55 sur"),
        ("# 1. A", "# 1. A\n\n## B"),
    ] {
        let broken = french.replacen(from, to, 1);
        assert_ne!(broken, french);
        assert!(!differences(english, &broken).is_empty(), "{from} as {to}");
    }
    for wrong in ["a :", "a:", "« a\u{202f}»", "l'a", "4 000", "`?"] {
        assert_eq!(typographic_errors(wrong).len(), 1, "{wrong}");
    }
    assert!(
        typographic_errors("l’a\u{202f}: «\u{202f}`\u{202f}» 4\u{202f}000\u{202f}?").is_empty()
    );
}
