//! A page of one file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

/// A page of one file, which loads nothing.
///
/// Its content security policy (W3C, *Content Security Policy Level 3*) names each style and script
/// of the page by its SHA-256 digest. So text that reaches the page in any other way never runs,
/// and nothing can be fetched.
#[derive(Clone, Debug)]
pub struct Page {
    lang: String,
    title: String,
    styles: Vec<String>,
    scripts: Vec<String>,
    data: Vec<(String, String, String)>,
    body: String,
    computes: bool,
    refresh: Option<u32>,
}

impl Page {
    /// A page with an empty body. `lang` is the language of its text, as `en` or `fr`.
    #[must_use]
    pub fn new(lang: &str, title: &str) -> Self {
        Self {
            lang: lang.into(),
            title: title.into(),
            styles: Vec::new(),
            scripts: Vec::new(),
            data: Vec::new(),
            body: String::new(),
            computes: false,
            refresh: None,
        }
    }

    /// Adds a style sheet.
    ///
    /// # Panics
    ///
    /// If it would end its element, because it holds `</style`.
    #[must_use]
    pub fn style(mut self, css: &str) -> Self {
        assert!(!holds(css, "</style"), "a style sheet that ends its own element");
        self.styles.push(css.into());
        self
    }

    /// Adds a script, which runs as a module after the page has been read.
    ///
    /// # Panics
    ///
    /// If it would end its element or never end it, because it holds `</script` or `<!--`.
    #[must_use]
    pub fn script(mut self, js: &str) -> Self {
        assert!(
            !holds(js, "</script") && !js.contains("<!--"),
            "a script that ends its own element"
        );
        self.scripts.push(js.into());
        self
    }

    /// Adds text for the page's scripts, which the browser does not run: they find it by `id`.
    ///
    /// # Panics
    ///
    /// If it would end its element or never end it, because it holds `</script` or `<!--`. JSON is
    /// safe with each `<` written as `\u003c`.
    #[must_use]
    pub fn data(mut self, id: &str, mime: &str, text: &str) -> Self {
        assert!(
            !holds(text, "</script") && !text.contains("<!--"),
            "data that ends its own element"
        );
        self.data.push((id.into(), mime.into(), text.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body.into_string();
        self
    }

    /// Lets the page compile WebAssembly, and start workers from what it holds.
    #[must_use]
    pub fn computes(mut self) -> Self {
        self.computes = true;
        self
    }

    /// Lets a browser without scripts read the page again after this many seconds. A script can do
    /// it in a way that a reader can stop (Web Content Accessibility Guidelines 2.2, 2.2.2).
    #[must_use]
    pub fn refresh(mut self, seconds: u32) -> Self {
        self.refresh = Some(seconds);
        self
    }

    /// The page's bytes, as UTF-8.
    #[must_use]
    pub fn to_html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang=(self.lang) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(self.policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if let Some(seconds) = self.refresh {
                        noscript { meta http-equiv="refresh" content=(seconds); }
                    }
                    title { (self.title) }
                    @for css in &self.styles { style { (PreEscaped(css)) } }
                }
                body {
                    (PreEscaped(&self.body))
                    @for (id, mime, text) in &self.data {
                        script id=(id) type=(mime) { (PreEscaped(text)) }
                    }
                    @for js in &self.scripts { script type="module" { (PreEscaped(js)) } }
                }
            }
        }
        .into_string()
    }

    /// What the browser may do.
    fn policy(&self) -> String {
        let mut scripts = digests(&self.scripts);
        let workers = if self.computes { "blob:" } else { "'none'" };
        if self.computes {
            // A worker from a blob has the policy of its page: `blob:` lets it run at all.
            scripts += " 'wasm-unsafe-eval' blob:";
        }
        let styles = digests(&self.styles);
        format!(
            "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data: blob:; \
             worker-src {workers}; base-uri 'none'; form-action 'none'"
        )
    }
}

/// The sources of a policy's directive: the digest of each text, or none.
fn digests(texts: &[String]) -> String {
    let digest = |text: &String| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    match texts {
        [] => "'none'".into(),
        texts => texts.iter().map(digest).collect::<Vec<_>>().join(" "),
    }
}

/// Tells whether a text holds an end tag, which HTML reads in any case.
fn holds(text: &str, tag: &str) -> bool {
    text.to_ascii_lowercase().contains(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_named_by_the_digest_that_browsers_compute() {
        // printf 'b{}' | openssl dgst -sha256 -binary | base64
        let html = Page::new("en", "t").style("b{}").to_html();
        assert!(
            html.contains("style-src 'sha256-7yqHVAesot11p6HczDsgKRipvI5UPgs97z80zNXlans='"),
            "{html}"
        );
        assert!(html.contains("script-src 'none'") && html.contains("worker-src 'none'"), "{html}");
    }

    #[test]
    fn text_is_escaped() {
        let html = Page::new("en", "<b>").body(html! { p title="\"'" { "<script>&" } }).to_html();
        assert!(html.contains("<title>&lt;b&gt;</title>"), "{html}");
        assert!(html.contains("<p title=\"&quot;'\">&lt;script&gt;&amp;</p>"), "{html}");
    }

    #[test]
    fn what_would_end_its_element_is_the_programmers_error() {
        let page = || Page::new("en", "t");
        let ends: [fn(Page) -> Page; 4] = [
            |page| page.style("</STYLE >"),
            |page| page.script("'</script>'"),
            |page| page.script("'<!--'"),
            |page| page.data("d", "application/json", "\"</Script>\""),
        ];
        for end in ends {
            assert!(std::panic::catch_unwind(|| end(page())).is_err());
        }
    }
}
