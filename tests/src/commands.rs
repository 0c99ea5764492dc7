//! The commands in Markdown files: lines of code blocks and code spans that begin with a program.
//!
//! `tests/tests/lessons.rs` compares them with what exists, which is quick;
//! `tests/tests/commands.rs` runs them, which is not.

/// A command, as a lesson shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The line where it stands, counted from 1.
    pub line: usize,
    /// The settings before it, such as `AE_CPU=x86-64-v3`, the program and its arguments.
    pub words: Vec<String>,
    /// The file that the output goes to: the word after `>`.
    pub into: Option<String>,
}

impl Command {
    /// The command in one line.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// The arguments of `ae-app`, if that is what these words run.
#[must_use]
pub fn of_the_program(words: &[String]) -> Option<&[String]> {
    const CARGO: [&str; 5] = ["cargo", "run", "-p", "ae-app", "--"];
    match words.first().map(String::as_str) {
        Some("ae-app") => Some(&words[1..]),
        _ if words.iter().take(CARGO.len()).eq(CARGO.iter()) => Some(&words[CARGO.len()..]),
        _ => None,
    }
}

/// All commands of a Markdown file, in order.
#[must_use]
pub fn commands(markdown: &str) -> Vec<Command> {
    let (mut found, mut fenced) = (Vec::new(), false);
    // The code span that is open, and where it began.
    let mut span: Option<(usize, String)> = None;
    for (line, text) in (1..).zip(markdown.lines()) {
        if text.trim_start().starts_with("```") {
            (fenced, span) = (!fenced, None);
        } else if fenced {
            found.extend(command(line, text));
        } else if text.trim().is_empty() {
            span = None;
        } else {
            if let Some((_, open)) = &mut span {
                open.push(' ');
            }
            for (index, part) in text.trim().split('`').enumerate() {
                if index > 0 {
                    span = match span.take() {
                        Some((line, code)) => {
                            found.extend(command(line, &code));
                            None
                        }
                        None => Some((line, String::new())),
                    };
                }
                if let Some((_, code)) = &mut span {
                    code.push_str(part);
                }
            }
        }
    }
    found
}

/// The command in a line of code, up to a remark: `#`, or two blanks. A text in quotes is one word.
fn command(line: usize, code: &str) -> Option<Command> {
    let (mut words, mut word, mut quoted, mut blanks) = (Vec::new(), String::new(), false, 0);
    for c in code.trim().chars() {
        if !quoted && "#;|".contains(c) {
            break;
        }
        blanks = if c == ' ' && !quoted { blanks + 1 } else { 0 };
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted && blanks > 1 => break,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    let into = words.iter().position(|word| word == ">").map(|at| {
        let mut rest = words.split_off(at).into_iter();
        rest.nth(1).unwrap_or_default()
    });
    let program = words.iter().find(|word| !is_setting(word))?;
    let is_command = ["cargo", "ae-app", "python"].contains(&program.as_str())
        || ["tools/", "bin/"].iter().any(|folder| program.starts_with(folder));
    // The name of a program alone is only its name.
    let has_more = words.iter().skip_while(|word| is_setting(word)).nth(1);
    (is_command && has_more.is_some()).then_some(Command { line, words, into })
}

/// Whether a word sets a variable of the environment.
fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_in_blocks_and_in_spans() {
        let text = "Run `cargo run -p ae-app --\ndense --encoder \"dense 64 relu; x\"`, then `ae-app`\n\
            or `ae-app verify RUN`.\n\n```text\nA=1 cargo test -p ae-x -- y > z.toml   a remark\n\
            ae-app dense # another\nnothing\n```\n";
        let found = commands(text);
        let texts: Vec<String> = found.iter().map(Command::text).collect();
        assert_eq!(
            texts,
            [
                "cargo run -p ae-app -- dense --encoder dense 64 relu; x",
                "ae-app verify RUN",
                "A=1 cargo test -p ae-x -- y",
                "ae-app dense"
            ]
        );
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 3, 6, 7]);
        assert_eq!(found[2].into.as_deref(), Some("z.toml"));
        let arguments = of_the_program(&found[0].words).expect("it is the program");
        assert_eq!(arguments.last().map(String::as_str), Some("dense 64 relu; x"));
        assert_eq!(of_the_program(&found[1].words).map(<[String]>::len), Some(2));
        assert!(of_the_program(&found[2].words).is_none());
    }
}
