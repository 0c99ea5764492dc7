//! The guide as one page.

use crate::Language;
use crate::markdown::{Chapter, chapter};
use ae_page::Page;
use maud::html;

/// The words of the page that are not in its chapters.
struct Words {
    title: &'static str,
    about: &'static str,
    contents: &'static str,
    skip: &'static str,
}

const ENGLISH: Words = Words {
    title: "Auto-encoders in Rust, a guided tour",
    about: "In the order of the notebook, and on where it stops. All code here is compiled and run \
            by the tests of the workbench; all pictures are made by the code that stands above \
            them.",
    contents: "Chapters",
    skip: "To the first chapter",
};

const FRENCH: Words = Words {
    title: "Les auto-encodeurs en Rust, visite guidée",
    about: "Dans l’ordre du notebook, puis au-delà. Tout le code de cette page est compilé et \
            exécuté par les tests de l’atelier ; chaque image est produite par le code qui la \
            précède.",
    contents: "Chapitres",
    skip: "Aller au premier chapitre",
};

/// The guide in this language as a page of one file, which needs no network: formulas are MathML,
/// pictures are within it, and it has no script.
#[must_use]
pub fn page(language: Language) -> Page {
    let words = match language {
        Language::English => ENGLISH,
        Language::French => FRENCH,
    };
    let chapters: Vec<Chapter> =
        language.chapters().iter().map(|(name, text)| chapter(name, text)).collect();
    let first = chapters.first().map_or("", |chapter| &chapter.id);
    let body = html! {
        a.skip href={ "#" (first) } { (words.skip) }
        header { h1 { (words.title) } p { (words.about) } }
        nav aria-label=(words.contents) {
            ol { @for chapter in &chapters {
                li { a href={ "#" (chapter.id) } { (without_number(&chapter.title)) } }
            } }
        }
        main {
            @for chapter in &chapters {
                article id=(chapter.id) {
                    h2 { (chapter.title) }
                    (chapter.body)
                }
            }
        }
    };
    Page::new(&language.to_string(), words.title).style(include_str!("guide.css")).body(body)
}

/// A chapter's title without its number, which a list has anyway.
fn without_number(title: &str) -> &str {
    title.split_once(". ").map_or(title, |(_, title)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_all_chapters_and_leads_nowhere_else() {
        for language in Language::ALL {
            let html = page(language).to_html();
            for (name, text) in language.chapters() {
                assert!(html.contains(&format!("<article id=\"{name}\">")), "{language} {name}");
                let answers = text.matches("<details>").count();
                assert!(answers > 0 && text.matches("</details>").count() == answers, "{name}");
            }
            for link in html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let id = link.strip_prefix('#').unwrap_or_else(|| panic!("{language}: {link}"));
                assert!(html.contains(&format!("id=\"{id}\"")), "{language}: {link}");
            }
            // What could not be rendered.
            assert!(!html.contains("<merror") && !html.contains("width=\"0\""), "{language}");
            // A space would be the base of the index, and the letter the index.
            assert!(!html.contains("<msub><mspace"), "{language}");
            assert!(!html.contains("<script"), "{language}");
            // The page's policy forbids them: the browser would leave them out.
            assert!(!html.contains(" style=\""), "{language}");
        }
    }
}
