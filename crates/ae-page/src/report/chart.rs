//! Curves as inline SVG, with their numbers as a table.

use super::number::rounded;
use super::ticks::Axis;
use maud::{Markup, html};
use std::fmt::Write as _;

/// The most places that a chart shows. Of more, every second, third and so on is shown.
const MAX_PLACES: usize = 1_000;

/// Width and height of the picture, and its frame, in the picture's units.
const SIZE: [f64; 2] = [720.0, 330.0];
const LEFT: f64 = 66.0;
const RIGHT: f64 = 706.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 282.0;

/// Curves over common places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What the curves show.
    pub caption: String,
    /// The name of the places, as `epoch`.
    pub x_label: String,
    /// The name and unit of the values.
    pub y_label: String,
    /// The places, ascending.
    pub places: Vec<f64>,
    /// The curves; at most three can be told apart.
    pub series: Vec<Series>,
    /// The file that holds all numbers, if there is one.
    pub file: Option<String>,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// A value for each place. What is not finite is not drawn, and stands in the table.
    pub values: Vec<f64>,
}

impl Chart {
    /// The curves, the control that walks along them, and the table of their numbers.
    pub(super) fn markup(&self, number: usize) -> Markup {
        let places = self.places.len();
        for Series { name, values } in &self.series {
            assert_eq!(values.len(), places, "a value of {name} for each place");
        }
        // Each `every`-th from the end, so that the last one is there.
        let every = places.div_ceil(MAX_PLACES).max(1);
        let shown: Vec<usize> =
            (0..places).filter(|k| (places - 1 - k).is_multiple_of(every)).collect();
        let x = Axis::new(self.places.iter().copied(), [LEFT, RIGHT], 0.02);
        let [caption, control] = ["chart", "walk"].map(|what| format!("{what}-{number}"));
        html! {
            figure.chart {
                figcaption id=(caption) { (self.caption) }
                (self.picture(&shown, &x, &caption))
                ul.legend {
                    @for (k, Series { name, .. }) in self.series.iter().enumerate() {
                        li {
                            svg viewBox="0 0 36 10" width="36" height="10" aria-hidden="true" {
                                line x1="1" x2="35" y1="5" y2="5" class=(class(k)) {}
                            }
                            " " (name)
                        }
                    }
                }
                p.walk hidden {
                    label for=(control) { (self.x_label) }
                    input id=(control) type="range" min="0" max=(shown.len().saturating_sub(1))
                        value=(shown.len().saturating_sub(1));
                    output for=(control) {}
                }
                details {
                    summary { "The numbers" }
                    @if every > 1 {
                        p {
                            "One of every " (every) "."
                            @if let Some(file) = &self.file { " All are in " code { (file) } "." }
                        }
                    }
                    div.scroll tabindex="0" role="region" aria-labelledby=(caption) {
                        (self.table(&shown, &x))
                    }
                }
            }
        }
    }

    fn picture(&self, shown: &[usize], x: &Axis, caption: &str) -> Markup {
        let values = self.series.iter().flat_map(|series| series.values.iter().copied());
        let y = Axis::new(values, [BOTTOM, TOP], 0.05);
        let [width, height] = SIZE;
        html! {
            svg.curves viewBox=(format!("0 0 {width} {height}")) role="img"
                aria-labelledby=(caption) aria-describedby=(format!("{caption}-ends"))
            {
                desc id=(format!("{caption}-ends")) { (self.description()) }
                g.grid {
                    @for (value, text) in y.ticks(5) {
                        @let at = y.place(value);
                        line x1=(LEFT) x2=(RIGHT) y1=(px(at)) y2=(px(at)) {}
                        text x=(LEFT - 8.0) y=(px(at + 4.5)) text-anchor="end" { (text) }
                    }
                    @for (value, text) in self.place_ticks(x) {
                        @let at = x.place(value);
                        line x1=(px(at)) x2=(px(at)) y1=(BOTTOM) y2=(BOTTOM + 5.0) {}
                        text x=(px(at)) y=(BOTTOM + 20.0) text-anchor="middle" { (text) }
                    }
                    text x=((LEFT + RIGHT) / 2.0) y=(height - 8.0) text-anchor="middle" {
                        (self.x_label)
                    }
                    text transform=(format!("translate(13 {}) rotate(-90)", (TOP + BOTTOM) / 2.0))
                        text-anchor="middle" { (self.y_label) }
                }
                line.pointer x1="0" x2="0" y1=(TOP) y2=(BOTTOM) visibility="hidden" {}
                @for (k, series) in self.series.iter().enumerate() {
                    @let points = self.points(shown, &series.values, x, &y);
                    path class=(class(k)) d=(path(&points)) {}
                    // A single point has no line, and neither has the first of a run.
                    @if shown.len() < 40 {
                        @for (x, y) in points.iter().flatten() {
                            circle class=(class(k)) cx=(px(*x)) cy=(px(*y)) r="3" {}
                        }
                    }
                }
            }
        }
    }

    /// The ticks below the curves. Between whole places, as epochs are, there is nothing.
    fn place_ticks(&self, x: &Axis) -> Vec<(f64, String)> {
        let whole = self.places.iter().all(|place| place.fract() == 0.0);
        x.ticks(8).into_iter().filter(|(_, text)| !whole || !text.contains('.')).collect()
    }

    /// Where the values are in the picture; `None` for those that are not finite.
    fn points(
        &self,
        shown: &[usize],
        values: &[f64],
        x: &Axis,
        y: &Axis,
    ) -> Vec<Option<(f64, f64)>> {
        let point = |&k: &usize| {
            let value = Some(values[k]).filter(|value| value.is_finite())?;
            Some((x.place(self.places[k]), y.place(value)))
        };
        shown.iter().map(point).collect()
    }

    /// What the picture shows, as a text: each curve's two ends.
    fn description(&self) -> String {
        let (Some(first), Some(last)) = (self.places.first(), self.places.last()) else {
            return "no values".into();
        };
        let ends = |series: &Series| {
            let [from, to] = [series.values.first(), series.values.last()]
                .map(|value| value.map_or_else(String::new, |&value| rounded(value)));
            format!("{} from {from} to {to}", series.name)
        };
        let ends: Vec<String> = self.series.iter().map(ends).collect();
        let [first, last] = [first, last].map(|&place| rounded(place));
        format!("{} {first} to {last}: {}", self.x_label, ends.join(", "))
    }

    fn table(&self, shown: &[usize], x: &Axis) -> Markup {
        html! {
            table {
                caption { span { (self.caption) } }
                thead {
                    tr {
                        th scope="col" { (self.x_label) }
                        @for series in &self.series { th scope="col" { (series.name) } }
                    }
                }
                tbody {
                    @for &k in shown {
                        tr data-x=(px(x.place(self.places[k]))) {
                            th scope="row" { (rounded(self.places[k])) }
                            @for series in &self.series { td { (value(series.values[k])) } }
                        }
                    }
                }
            }
        }
    }
}

/// A rounded number with its exact value.
pub(super) fn value(value: f64) -> Markup {
    html! { data value=(value) { (rounded(value)) } }
}

/// The class of a curve: its color and its dashes.
fn class(number: usize) -> String {
    format!("curve c{}", number % 3)
}

/// A length in the picture with a tenth of a unit.
fn px(length: f64) -> String {
    format!("{length:.1}")
}

/// Lines through the points. A point that is missing interrupts them.
fn path(points: &[Option<(f64, f64)>]) -> String {
    let (mut path, mut drawn) = (String::new(), false);
    for point in points {
        if let Some((x, y)) = point {
            // Writing to a String cannot fail.
            write!(path, "{}{x:.1} {y:.1}", if drawn { "L" } else { "M" }).unwrap_or_default();
        }
        drawn = point.is_some();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<f64>) -> Chart {
        Chart {
            caption: "Losses".into(),
            x_label: "epoch".into(),
            y_label: "loss".into(),
            places: (1..=values.len()).map(|place| place as f64).collect(),
            series: vec![Series { name: "loss".into(), values }],
            file: Some("history.csv".into()),
        }
    }

    #[test]
    fn a_value_that_is_not_finite_interrupts_the_curve_and_stands_in_the_table() {
        let html = chart(vec![1.0, f64::NAN, 2.0, 3.0]).markup(1).into_string();
        let path = html.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(path.matches('M').count(), 2, "{path}");
        assert_eq!(path.matches('L').count(), 1, "{path}");
        assert!(!path.contains("NaN"), "{path}");
        assert!(html.contains("<data value=\"NaN\">NaN</data>"), "{html}");
    }

    #[test]
    fn of_very_many_places_some_are_shown_and_always_the_last() {
        let html = chart((0..2_500).map(f64::from).collect()).markup(1).into_string();
        assert_eq!(html.matches("<tr data-x=").count(), 834);
        assert!(html.contains("One of every 3. All are in <code>history.csv</code>."), "{html}");
        assert!(html.contains("<th scope=\"row\">2500</th>"));
        assert!(!chart(vec![1.0; 1_000]).markup(1).into_string().contains("One of every"));
    }

    #[test]
    fn epochs_have_whole_numbers_below_the_curve() {
        let ticks = |places: &[f64]| {
            let chart = Chart { places: places.to_vec(), ..Chart::default() };
            let x = Axis::new(places.iter().copied(), [LEFT, RIGHT], 0.02);
            let ticks = chart.place_ticks(&x).into_iter();
            ticks.map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ticks(&[1.0, 2.0, 3.0]), "1 2 3");
        assert_eq!(ticks(&[1.0, 80.0]), "0 10 20 30 40 50 60 70 80");
        assert_eq!(ticks(&[0.0, 0.5, 1.0]), "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1");
    }

    #[test]
    fn no_values_are_no_curve() {
        let html = chart(Vec::new()).markup(1).into_string();
        assert!(html.contains(">no values</desc>") && html.contains(" d=\"\""));
    }

    #[test]
    #[should_panic(expected = "a value of loss for each place")]
    fn a_missing_value_is_the_programmers_error() {
        let mut chart = chart(vec![1.0, 2.0]);
        chart.places.pop();
        let _ = chart.markup(1);
    }
}
