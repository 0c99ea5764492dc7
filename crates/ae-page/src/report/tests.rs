//! The page as a whole. Its markup is read by a strict reader, which knows a part of HTML.

use super::*;
use std::collections::BTreeSet;

/// Names of elements, and the attributes of each. Panics if elements are not closed in order, if an
/// attribute has no quotes, if an id is there twice, or if something could run without the policy's
/// leave.
fn read(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    const VOID: [&str; 4] = ["meta", "input", "img", "br"];
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let (mut open, mut found, mut ids) = (Vec::<String>::new(), Vec::new(), BTreeSet::new());
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a bare > in {:?}", &rest[..at]);
        let end = at + rest[at..].find('>').expect("an end of the tag");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed before {rest:.60}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "an element {tag}");
        let attributes = attributes_of(attributes);
        for (key, value) in &attributes {
            assert!(!key.starts_with("on") && key != "style", "{key} in {tag}");
            assert!(key != "id" || ids.insert(value.clone()), "id {value} twice");
        }
        if ["style", "script"].contains(&name) {
            let close = format!("</{name}>");
            rest = rest.split_once(&close).expect("an end of the text").1;
        } else if !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        found.push((name.to_owned(), attributes));
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

fn attributes_of(mut text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    while !text.trim_start().is_empty() {
        text = text.trim_start();
        let end = text.find(['=', ' ']).unwrap_or(text.len());
        let key = text[..end].to_owned();
        text = &text[end..];
        let value = match text.strip_prefix("=\"") {
            Some(after) => {
                let (value, after) = after.split_once('"').expect("a closing quote");
                text = after;
                value.to_owned()
            }
            None => {
                assert!(!text.starts_with('='), "{key} without quotes");
                String::new()
            }
        };
        attributes.push((key, value));
    }
    attributes
}

/// The values of an attribute, in the order of the page.
fn values<'a>(
    elements: &'a [(String, Vec<(String, String)>)],
    of: &str,
    key: &str,
) -> Vec<&'a str> {
    let of_name = elements.iter().filter(|(name, _)| name == of);
    let pairs = of_name.flat_map(|(_, attributes)| attributes);
    pairs.filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x03\xca\0\0\x01\x1a\x08\0\0\0\0";

/// A report with something in each part, and `text` wherever a text comes from outside.
fn report(text: &str) -> Report {
    let some = || text.to_owned();
    Report {
        title: some(),
        status: Status::Stopped { how: some() },
        summary: vec![("classes".into(), some())],
        charts: vec![Chart {
            caption: some(),
            x_label: some(),
            y_label: some(),
            places: vec![1.0, 2.0],
            series: vec![
                Series { name: some(), values: vec![0.25, 0.123_456_789] },
                Series { name: "val_loss".into(), values: vec![0.5, f64::INFINITY] },
            ],
            file: Some(some()),
        }],
        pictures: vec![Picture { name: some(), caption: some(), png: PNG.to_vec() }],
        measures: vec![Table {
            caption: some(),
            columns: vec![some(), "PSNR".into()],
            rows: vec![
                vec![some(), "21.123456789".into()],
                vec!["5".into(), String::new()],
                vec!["0.001".into(), "1e30".into()],
            ],
        }],
        settings: vec![Settings { heading: some(), values: vec![(some(), some())] }],
        commands: vec![Command { what: some(), line: some() }],
        files: vec![File { name: some(), bytes: Some(2_048), what: some() }],
    }
}

fn running(resume: Option<String>) -> Status {
    let (since, written) = (Moment(1_795_746_622), Moment(1_795_746_682));
    Status::Running { since, written, far: "epoch 3 of 100".into(), next: 0.5, resume }
}

#[test]
fn the_page_is_well_formed_and_its_headings_are_in_order() {
    let html = report("fives").to_page().to_html();
    let elements = read(&html);
    let headings: Vec<&str> = elements
        .iter()
        .filter(|(name, _)| name.len() == 2 && name.starts_with('h') && name != "hr")
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(headings, ["h1", "h2", "h2", "h2", "h2", "h2", "h2", "h3", "h2"]);
    assert_eq!(elements.iter().filter(|(name, _)| name == "table").count(), 3);
    assert_eq!(elements.iter().filter(|(name, _)| name == "caption").count(), 3);
    assert_eq!(values(&elements, "img", "width"), ["970"]);
    assert_eq!(values(&elements, "img", "height"), ["282"]);
    // What is named by another element exists.
    let ids: BTreeSet<&str> =
        elements.iter().flat_map(|(name, _)| values(&elements, name, "id")).collect();
    for key in ["aria-labelledby", "aria-describedby", "for"] {
        for (name, _) in &elements {
            for id in values(&elements, name, key) {
                assert!(ids.contains(id), "{key}={id}");
            }
        }
    }
    for link in values(&elements, "a", "href") {
        assert!(ids.contains(link.strip_prefix('#').unwrap()), "{link}");
    }
}

#[test]
fn no_text_becomes_markup() {
    let evil = "</title></style></script>--><script>alert(1)</script><img src=x onerror=\"a()\">'&";
    let html = report(evil).to_page().to_html();
    let harmless = report("plain").to_page().to_html();
    let names =
        |html: &str| -> Vec<String> { read(html).into_iter().map(|(name, _)| name).collect() };
    assert_eq!(names(&html), names(&harmless));
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;a()&quot;&gt;";
    assert!(html.contains(escaped), "{html}");
    assert!(!html.contains("<script>alert"));
    // A running page has a text more.
    let status = running(Some(evil.into()));
    let html = Report { status, ..report(evil) }.to_page().to_html();
    assert!(read(&html).len() > names(&harmless).len());
}

#[test]
fn the_policy_lets_nothing_be_loaded_and_nothing_else_run() {
    let html = report("x").to_page().to_html();
    let policy = html.split("content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, attributes) in read(&html) {
        for (key, value) in attributes {
            let loads = ["src", "href", "action", "srcset"].contains(&key.as_str());
            let within = value.starts_with("data:image/png;base64,") || value.starts_with('#');
            assert!(!loads || within, "{name} loads {value}");
        }
    }
}

#[test]
fn a_page_in_progress_reads_itself_again_and_others_do_not() {
    let status = running(Some("ae-app resume runs/x".into()));
    let html = Report { status, ..report("x") }.to_page().to_html();
    assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"));
    assert!(html.contains("data-written=\"1795746682\" data-next=\"0.500\""), "{html}");
    for text in ["2026-11-27 02:30:22 UTC", "epoch 3 of 100", "ae-app resume runs/x"] {
        assert!(html.contains(text), "{text}");
    }
    read(&html);
    let failed = Status::Failed { far: "after epoch 3 of 100".into() };
    for status in [Status::Complete, Status::Stopped { how: "epoch 3".into() }, failed] {
        let html = Report { status, ..report("x") }.to_page().to_html();
        assert!(!html.contains("http-equiv=\"refresh\"") && !html.contains("id=\"running\""));
    }
}

#[test]
fn numbers_are_rounded_and_exact() {
    let html = report("x").to_page().to_html();
    assert!(html.contains("<data value=\"0.123456789\">0.123457</data>"), "{html}");
    assert!(html.contains("<data value=\"21.123456789\">21.1235</data>"), "{html}");
    assert!(html.contains("<data value=\"inf\">inf</data>"), "{html}");
    assert!(html.contains("\">1e30</data>") && html.contains("\">0.001</data>"), "{html}");
    assert!(html.contains("<th scope=\"row\">5</th>"), "{html}");
    assert!(html.contains("2.0 kB"), "{html}");
}

#[test]
fn a_part_without_content_is_left_out() {
    let empty = Report { title: "x".into(), ..Report::default() }.to_page().to_html();
    assert!(!empty.contains("<h2") && !empty.contains("<section"), "{empty}");
    read(&empty);
}

#[test]
fn pictures_beyond_the_limit_are_named_and_left_out() {
    let large = [PNG, &vec![0; MAX_PICTURES - 20]].concat();
    let picture = |png: Vec<u8>| Picture { png, ..report("x").pictures.remove(0) };
    let pictures = vec![picture(large), picture(PNG.to_vec()), picture(b"GIF89a".to_vec())];
    let html = Report { pictures, ..Report::default() }.to_page().to_html();
    assert_eq!(html.matches("<img").count(), 1);
    assert_eq!(html.matches("is not in this page").count(), 2);
    assert!(html.contains("The picture has 13 MB"), "{html:.9000}");
}

#[test]
fn control_characters_are_no_text() {
    let html = report("a\u{1b}[31m\u{0}\u{85}b").to_page().to_html();
    assert!(html.contains("a\u{FFFD}[31m\u{FFFD}\u{FFFD}b"), "{html}");
    assert!(!html.contains(['\u{1b}', '\u{0}', '\u{85}']));
}
