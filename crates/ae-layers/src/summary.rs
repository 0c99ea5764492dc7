//! The table that Keras's `summary()` prints.

use crate::Sequential;
use ae_autodiff::{ParamId, Params};

impl Sequential {
    /// The table that Keras's `summary()` prints: each layer's name and class, its output's shape,
    /// its number of parameters, and the total. A layer that Keras does not have is listed with its
    /// keyword.
    #[must_use]
    pub fn summary(&self, params: &Params) -> String {
        let rows: Vec<_> = self.rows().collect();
        let titles: Vec<String> = rows
            .iter()
            .map(|(spec, site)| {
                let class = spec.keras().map(|keras| keras.class);
                format!("{} ({})", site.name, class.unwrap_or(spec.keyword()))
            })
            .collect();
        // At least Keras's width, and more for a long name, which Keras would cut off.
        let names = titles.iter().map(String::len).fold(28, usize::max);
        let width = names + 37;
        let row = |name: &str, shape: &str, count: &str| {
            let line = format!("{name:<names$} {shape:<25} {count}");
            format!("{}\n", line.trim_end())
        };
        let elements = |ids: &[ParamId]| ids.iter().map(|&id| params.get(id).len()).sum::<usize>();
        let mut text = format!("{}\n", "_".repeat(width));
        text += &row("Layer (type)", "Output Shape", "Param #");
        text += &format!("{}\n", "=".repeat(width));
        for (i, (title, (_, site))) in titles.iter().zip(&rows).enumerate() {
            if i > 0 {
                text += &format!("{}\n", "_".repeat(width));
            }
            let dims: Vec<String> = site.output.dims().iter().map(ToString::to_string).collect();
            let shape = format!("(None, {})", dims.join(", "));
            text += &row(title, &shape, &elements(site.params).to_string());
        }
        let total = grouped(elements(&self.params()));
        text += &format!("{}\n", "=".repeat(width));
        text += &format!("Total params: {total}\nTrainable params: {total}\n");
        text += &format!("Non-trainable params: 0\n{}\n", "_".repeat(width));
        text
    }
}

/// `16474` as `16,474`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
