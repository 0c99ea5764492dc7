//! Connected parts of a drawing.

/// A part is a speck if its longer side is shorter than this share of the longest part's side.
const SPECK: f32 = 0.12;

/// Parts that touch the border are removed if another part's longer side has at least this share of
/// the longest part's side.
const RIVAL: f32 = 0.08;

/// A connected part: its pixels, and the box around them.
struct Part {
    pixels: Vec<usize>,
    longer: usize,
    at_border: bool,
}

/// Removes parts that probably do not belong to the drawing: specks, and parts that touch the
/// image's border, unless no other part is large enough to be the drawing.
pub(crate) fn keep_drawing(ink: &mut [bool], cols: usize) {
    let mut parts = parts(ink, cols);
    let longest = longest_of(&parts);
    let rival = |part: &Part| !part.at_border && part.longer as f32 >= RIVAL * longest;
    if parts.iter().any(rival) {
        parts.retain(|part| !part.at_border);
    }
    let longest = longest_of(&parts);
    ink.fill(false);
    for part in parts.iter().filter(|part| part.longer as f32 >= SPECK * longest) {
        part.pixels.iter().for_each(|&i| ink[i] = true);
    }
}

fn longest_of(parts: &[Part]) -> f32 {
    parts.iter().map(|part| part.longer).max().unwrap_or(0) as f32
}

/// The parts whose pixels touch, corners included.
fn parts(ink: &[bool], cols: usize) -> Vec<Part> {
    let rows = ink.len() / cols;
    let mut left = ink.to_vec();
    let mut parts = Vec::new();
    for start in 0..ink.len() {
        if !left[start] {
            continue;
        }
        left[start] = false;
        let (mut pixels, mut done) = (vec![start], 0);
        let [mut top, mut bottom, mut first, mut last] = [rows, 0, cols, 0];
        while let Some(&i) = pixels.get(done) {
            done += 1;
            let (row, col) = (i / cols, i % cols);
            (top, bottom) = (top.min(row), bottom.max(row));
            (first, last) = (first.min(col), last.max(col));
            for row in row.saturating_sub(1)..(row + 2).min(rows) {
                let near = row * cols + col.saturating_sub(1)..row * cols + (col + 2).min(cols);
                pixels.extend(near.filter(|&near| std::mem::take(&mut left[near])));
            }
        }
        let at_border = top == 0 || first == 0 || bottom + 1 == rows || last + 1 == cols;
        parts.push(Part { pixels, longer: (bottom - top).max(last - first) + 1, at_border });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(picture: &[&str]) -> Vec<String> {
        let cols = picture[0].len();
        let mut ink: Vec<bool> = picture.concat().bytes().map(|b| b == b'#').collect();
        keep_drawing(&mut ink, cols);
        let line = |line: &[bool]| line.iter().map(|&ink| if ink { '#' } else { '.' }).collect();
        ink.chunks(cols).map(line).collect()
    }

    #[test]
    fn specks_and_the_edge_of_the_table_are_left_out() {
        let drawing = [
            "#.................",
            "#..#########......",
            "#...........##....",
            "#.............#...",
            "#.#...#######.#...",
            "#..............#..",
        ];
        let expected = [
            "..................",
            "...#########......",
            "............##....",
            "..............#...",
            "......#######.#...",
            "..................",
        ];
        // The last line's pixel touches the border, and so does its part.
        let mut without = drawing;
        without[5] = "#.................";
        assert_eq!(kept(&without), expected);
        // A drawing that fills the image touches the border, and is the only part.
        assert_eq!(kept(&["###", "..#", "..#"]), ["###", "..#", "..#"]);
        assert_eq!(kept(&["...", "..."]), ["...", "..."]);
    }
}
