//! Rust's source as tokens, as far as paths need them: no comments, texts, numbers or tests.

/// A name, `::`, or another sign; and its line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// The tokens of a file, without what stands under `#[cfg(test)]`.
pub(crate) fn without_tests(source: &str) -> Vec<Token> {
    let all = tokens(source);
    let test: Vec<&str> = vec!["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut i) = (Vec::new(), 0);
    while i < all.len() {
        let here = all[i..].iter().take(test.len()).map(|token| token.text.as_str());
        if here.eq(test.iter().copied()) {
            i = end_of_item(&all, i + test.len());
        } else {
            kept.push(all[i].clone());
            i += 1;
        }
    }
    kept
}

/// Behind the item that begins at `i`: its closing brace, or its semicolon.
fn end_of_item(tokens: &[Token], mut i: usize) -> usize {
    let mut depth = 0usize;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth <= 1 => break,
            "}" => depth -= 1,
            ";" if depth == 0 => break,
            _ => {}
        }
    }
    i
}

fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut tokens, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let end = skipped(&chars, i).unwrap_or_else(|| token_end(&chars, i));
        let text: String = chars[i..end].iter().collect();
        if skipped(&chars, i).is_none() && !chars[i].is_whitespace() {
            tokens.push(Token { text: text.clone(), line });
        }
        line += text.matches('\n').count();
        i = end;
    }
    tokens
}

fn token_end(chars: &[char], i: usize) -> usize {
    if is_name(chars[i]) {
        return i + chars[i..].iter().take_while(|c| is_name(**c)).count();
    }
    if chars[i..].starts_with(&[':', ':']) { i + 2 } else { i + 1 }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Behind the comment, text or character that begins at `i`, if one does.
fn skipped(chars: &[char], i: usize) -> Option<usize> {
    let rest = &chars[i..];
    if rest.starts_with(&['/', '/']) {
        return Some(i + rest.iter().take_while(|c| **c != '\n').count());
    }
    if rest.starts_with(&['/', '*']) {
        return Some(i + find(&rest[2..], "*/").map_or(rest.len(), |at| at + 4));
    }
    if rest.starts_with(&['\'']) {
        // A lifetime has no second quote.
        let len = if rest.get(1) == Some(&'\\') { text_len(rest, '\'') } else { 3 };
        return (len > 3 || rest.get(2) == Some(&'\'')).then_some((i + len).min(chars.len()));
    }
    if i > 0 && is_name(chars[i - 1]) {
        return None;
    }
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    if rest[0] == 'r' && rest.get(1 + hashes) == Some(&'"') {
        let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        let body = 2 + hashes;
        let at = find(&rest[body..], &end).unwrap_or(rest.len() - body);
        return Some((i + body + at + end.len()).min(chars.len()));
    }
    (rest[0] == '"').then(|| (i + text_len(rest, '"')).min(chars.len()))
}

/// The length of a text with its quotes, in which `\` takes the meaning of the next character away.
fn text_len(chars: &[char], quote: char) -> usize {
    let mut i = 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn find(chars: &[char], what: &str) -> Option<usize> {
    let what: Vec<char> = what.chars().collect();
    chars.windows(what.len()).position(|window| window == what)
}
