//! Numbers that depend on the image and on the code: the expressions in braces.

/// The values that an expression in braces may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    pub(crate) latent: Option<usize>,
}

/// Why the content of braces is not a number.
#[derive(Debug, PartialEq)]
pub(crate) enum NoNumber {
    /// What was expected, and what was found.
    Other { expected: String, found: String },
    /// The length of the code is needed but not known.
    Latent,
}

const NAMES: &str = "a number, pixels, height, width, channels or latent";

/// Replaces each expression in braces by its value: `dense {2*latent} linear` becomes
/// `dense 20 linear`.
pub(crate) fn fill(text: &str, known: Known) -> Result<String, NoNumber> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, tail)) = rest.split_once('{') {
        let Some((inside, after)) = tail.split_once('}') else {
            return Err(other("} after {", &format!("{{{tail}")));
        };
        out += before;
        out += &value(inside, known)?.to_string();
        rest = after;
    }
    Ok(out + rest)
}

/// Whether an expression in braces uses the code's length.
pub(crate) fn names_latent(text: &str) -> bool {
    let inside = text.split('{').skip(1).filter_map(|part| part.split('}').next());
    inside.flat_map(|inside| inside.split(['*', '/'])).any(|factor| factor.trim() == "latent")
}

/// `height/4*width`: evaluated from left to right; a division must have no remainder.
fn value(text: &str, known: Known) -> Result<usize, NoNumber> {
    let mut number = 1;
    let mut rest = text;
    let mut divide = false;
    loop {
        let end = rest.find(['*', '/']).unwrap_or(rest.len());
        let factor = factor(rest[..end].trim(), known)?;
        number = match divide {
            false => number_checked(number, factor, text)?,
            true if factor > 0 && number % factor == 0 => number / factor,
            true => {
                return Err(other(
                    &format!("a multiple of {factor} before /{factor}"),
                    &number.to_string(),
                ));
            }
        };
        if end == rest.len() {
            return Ok(number);
        }
        divide = rest[end..].starts_with('/');
        rest = &rest[end + 1..];
    }
}

fn number_checked(number: usize, factor: usize, text: &str) -> Result<usize, NoNumber> {
    number.checked_mul(factor).ok_or_else(|| other("a number that can be counted", text))
}

fn factor(name: &str, known: Known) -> Result<usize, NoNumber> {
    match name {
        "height" => Ok(known.height),
        "width" => Ok(known.width),
        "channels" => Ok(known.channels),
        "pixels" => number_checked(known.height, known.width, "pixels"),
        "latent" => known.latent.ok_or(NoNumber::Latent),
        _ => name.parse().map_err(|_| other(NAMES, name)),
    }
}

fn other(expected: &str, found: &str) -> NoNumber {
    NoNumber::Other { expected: expected.into(), found: found.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known { height: 28, width: 20, channels: 3, latent: Some(6) };

    #[test]
    fn braces_become_numbers() {
        for (text, filled) in [
            ("dense 10 relu", "dense 10 relu"),
            ("dense {latent} relu", "dense 6 relu"),
            ("dense {2 * latent} linear", "dense 12 linear"),
            ("dense {height/4*width/5*32} relu", "dense 896 relu"),
            ("reshape {height/4}x{width/4}x32", "reshape 7x5x32"),
            ("dense {pixels} sigmoid", "dense 560 sigmoid"),
            ("dense {pixels*channels} sigmoid", "dense 1680 sigmoid"),
            ("conv2d {channels} 3x3 sigmoid", "conv2d 3 3x3 sigmoid"),
        ] {
            assert_eq!(fill(text, KNOWN).as_deref(), Ok(filled));
        }
    }

    #[test]
    fn braces_that_hold_no_number_say_why() {
        for (text, expected, found) in [
            ("dense {latent relu", "} after {", "{latent relu"),
            ("dense {lattent} relu", NAMES, "lattent"),
            ("dense {} relu", NAMES, ""),
            ("dense {2+2} relu", NAMES, "2+2"),
            ("dense {-1} relu", NAMES, "-1"),
            ("dense {height/3} relu", "a multiple of 3 before /3", "28"),
            ("dense {height/0} relu", "a multiple of 0 before /0", "28"),
            (
                "dense {pixels*pixels*pixels*pixels*pixels*pixels*pixels*pixels} relu",
                "a number that can be counted",
                "pixels*pixels*pixels*pixels*pixels*pixels*pixels*pixels",
            ),
        ] {
            assert_eq!(fill(text, KNOWN), Err(other(expected, found)), "{text}");
        }
        let known = Known { latent: None, ..KNOWN };
        assert_eq!(fill("dense {latent} relu", known), Err(NoNumber::Latent));
    }

    #[test]
    fn the_codes_length_is_seen_in_braces_only() {
        assert!(names_latent("dense {2*latent} linear") && names_latent("dense { latent } relu"));
        assert!(!names_latent("dense latent relu") && !names_latent("dense {pixels} relu"));
    }
}
