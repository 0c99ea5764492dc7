//! Heat maps, histograms, curves of rates and series, read back from PNG.

use crate::decoded::{Decoded, decode};
use ae_plot::{
    Chart, Gallery, HistogramChart, PlotError, RateChart, SERIES_COLORS, SeriesChart, Shades,
    heat_color,
};

fn drawn(chart: &impl Chart) -> Decoded {
    decode(&chart.to_image().unwrap().encode_png().unwrap())
}

#[test]
fn a_heat_map_has_one_value_for_each_pixel_of_a_color_image() {
    let images = [0.2; 2 * 3 * 3 * 2];
    let errors: Vec<f32> = (0..2 * 3 * 2).map(|i| i as f32 / 10.0).collect();
    let gallery = Gallery::new(2, 3).channels(3).scale(4);
    let gallery = gallery.row("images", &images).heat_row("errors", &errors, 1.0);
    let (layout, picture) = (gallery.layout().unwrap(), gallery.to_image().unwrap());
    let scale = layout.scale;
    for (i, error) in errors.iter().enumerate() {
        let (tile, y, x) = (i / 6, i % 6 / 3, i % 3);
        let at = (layout.column_lefts[tile] + x * scale, layout.row_tops[1] + y * scale);
        // Beyond the limit everything is as bright as at the limit.
        assert_eq!(picture.pixel(at.0, at.1), heat_color(error.min(1.0)), "value {i}");
    }
    // The scale behind the caption shows both ends, and the caption has its room.
    let strip = layout.row_tops[1] - 15;
    let colors: Vec<_> = (0..picture.width()).map(|x| picture.pixel(x, strip)).collect();
    let count = |level| colors.iter().filter(|color| **color == heat_color(level)).count();
    assert!(count(0.0) >= 1 && count(1.0) >= 1, "no scale");
    // A terminal shows it too.
    assert!(gallery.to_text(80, Shades::Colours).unwrap().contains("errors"));
}

#[test]
fn a_heat_map_without_a_limit_is_black_and_refuses_nan() {
    for limit in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let picture = Gallery::new(1, 1).heat_row("", &[0.5], limit).scale(1).to_image().unwrap();
        assert_eq!(picture.pixel(20, 52), heat_color(0.0), "limit {limit}");
    }
    let error = Gallery::new(1, 1).heat_row("e", &[f32::NAN], 1.0).layout().unwrap_err();
    assert!(matches!(error, PlotError::NotDrawable { index: 0, .. }), "{error}");
    // Three channels of an image are not three values of a heat map.
    let gallery = Gallery::new(1, 2).channels(3).heat_row("e", &[0.0; 3], 1.0);
    assert!(matches!(gallery.layout(), Err(PlotError::PartialTile { tile: 2, found: 3, .. })));
}

/// The top of the bars of a group between these columns, if they are seen above the axis.
fn top(picture: &Decoded, color: [u8; 3], xs: std::ops::Range<usize>) -> Option<usize> {
    (80..600).find(|&y| picture.count(color, xs.clone(), y..y + 1) > 0)
}

#[test]
fn bars_are_shares_of_their_group() {
    // Half of each group is at each end, though one has a hundred times as many values.
    let many: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
    let chart = HistogramChart::new().group("many", &many).group("few", &[0.0, 1.0]);
    let picture = drawn(&chart);
    assert_eq!((picture.width, picture.height), (1200, 720));
    // The second group lies on the first one: both have the same outline, so the first is hidden.
    let hidden = picture.count(SERIES_COLORS[0], 0..1200, 80..720);
    assert!(hidden < 20, "{hidden} pixels of the first outline are seen");
    assert!(top(&picture, SERIES_COLORS[1], 90..200).is_some());
    assert!(top(&picture, SERIES_COLORS[1], 1100..1200).is_some());
    // Nothing is between the ends.
    assert_eq!(top(&picture, SERIES_COLORS[1], 300..1000), None);
}

#[test]
fn the_threshold_is_where_its_value_is() {
    let column = |threshold: f64| {
        let chart = HistogramChart::new().group("g", &[0.0, 1.0]).threshold("t", threshold);
        let picture = drawn(&chart);
        // The dashes go up to the top of the plot, where nothing else is.
        let dark = |x: usize| (140..400).filter(|&y| picture.at(x, y)[0] < 0x80).count() > 60;
        let columns: Vec<usize> = (300..1000).filter(|&x| dark(x)).collect();
        columns.iter().sum::<usize>() as f64 / columns.len() as f64
    };
    let (left, middle, right) = (column(0.35), column(0.5), column(0.65));
    assert!(left > 300.0 && ((left + right) / 2.0 - middle).abs() < 2.0, "{left} {middle} {right}");
}

#[test]
fn a_histogram_draws_one_value_and_equal_values_and_refuses_the_rest() {
    for values in [&[3.0][..], &[0.0], &[-2.5; 40], &[1e100, -1e100], &[1e-300, 2e-300]] {
        for marked in [0.0, 3.0] {
            let chart = HistogramChart::new().group("empty", &[0.0; 0]).group("g", values);
            let picture = drawn(&chart.threshold("t", marked));
            assert!(picture.count(SERIES_COLORS[1], 0..1200, 80..720) > 20, "{values:?}");
        }
    }
    let error = |chart: HistogramChart| chart.to_image().unwrap_err();
    assert!(matches!(error(HistogramChart::new()), PlotError::Empty { .. }));
    assert!(matches!(error(HistogramChart::new().group("g", &[0.0; 0])), PlotError::Empty { .. }));
    let bad = HistogramChart::new().group("g", &[0.0, f64::NAN]);
    assert!(matches!(error(bad), PlotError::NotDrawable { index: 1, .. }));
    let bad = HistogramChart::new().group("g", &[0.0]).threshold("t", f64::INFINITY);
    assert!(error(bad).to_string().contains("threshold"));
    let crowd = (0..7).fold(HistogramChart::new(), |c, i| c.group(format!("{i}"), &[1.0]));
    assert!(matches!(error(crowd), PlotError::TooMany { limit: 6, found: 7, .. }));
}

/// The middle of the pixels of this color in the plot.
fn center(picture: &Decoded, color: [u8; 3]) -> (f64, f64) {
    let pixels = (90..860).flat_map(|y| (0..860).map(move |x| (x, y)));
    let found: Vec<_> = pixels.filter(|&(x, y)| picture.at(x, y) == color).collect();
    assert!(found.len() > 30, "{color:?}: {}", found.len());
    let mean = |sum: usize| sum as f64 / found.len() as f64;
    (mean(found.iter().map(|p| p.0).sum()), mean(found.iter().map(|p| p.1).sum()))
}

#[test]
fn the_chosen_point_is_where_its_rates_are() {
    let at = |x: f64, y: f64| {
        let chart = RateChart::new(&[(0.0, 0.0), (1.0, 1.0)], "curve").chosen("here", (x, y));
        let picture = drawn(&chart);
        assert_eq!((picture.width, picture.height), (860, 860));
        center(&picture, SERIES_COLORS[1])
    };
    let (low, high, middle) = (at(0.2, 0.8), at(0.6, 0.2), at(0.4, 0.5));
    assert!(((low.0 + high.0) / 2.0 - middle.0).abs() < 1.5, "{low:?} {middle:?} {high:?}");
    assert!(((low.1 + high.1) / 2.0 - middle.1).abs() < 1.5, "{low:?} {middle:?} {high:?}");
    assert!(high.0 > low.0 + 200.0 && high.1 > low.1 + 200.0, "{low:?} {high:?}");
}

#[test]
fn precision_has_the_height_of_the_larger_recall() {
    // In both orders, the step from recall 0 to 1 has the height of the point at 1.
    let points = [(0.0, 1.0), (1.0, 0.25)];
    let turned = [points[1], points[0]];
    for points in [points, turned] {
        let picture = drawn(&RateChart::steps(&points, "precision"));
        let blue = |ys: std::ops::Range<usize>| picture.count(SERIES_COLORS[0], 200..700, ys);
        assert_eq!(blue(90..400), 0, "{points:?}");
        assert!(blue(500..760) > 900, "{points:?}");
    }
}

#[test]
fn rates_are_between_0_and_1() {
    for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        for point in [(bad, 0.5), (0.5, bad)] {
            let ok = RateChart::new(&[(0.0, 0.0), (1.0, 1.0)], "c");
            let charts = [
                RateChart::new(&[(0.0, 0.0), point], "c"),
                ok.clone().guide("g", (0.0, 0.0), point),
                ok.chosen("p", point),
            ];
            for chart in charts {
                let error = chart.to_image().unwrap_err();
                assert!(matches!(error, PlotError::NotDrawable { .. }), "{error}");
            }
        }
    }
    for chart in [RateChart::new(&[], "c"), RateChart::steps(&[], "c")] {
        assert!(matches!(chart.to_image(), Err(PlotError::Empty { .. })));
    }
    // Rounding is not a fault, and one point is enough.
    RateChart::new(&[(1.0 + 1e-9, 0.5)], "c").to_image().unwrap();
}

#[test]
fn the_error_of_a_series_is_the_area_between() {
    let fill = [0xf6, 0xc0, 0x9a];
    let area = |gap: f32| {
        let (series, output) = ([0.0; 50], [gap; 50]);
        let chart = SeriesChart::new().row("fixed", &[0.0, 4.0], &[0.0, 4.0]);
        drawn(&chart.row("r", &series, &output)).count(fill, 100..1190, 60..440) as f64
    };
    let (none, one, two) = (area(0.0), area(1.0), area(2.0));
    assert!(none < 50.0 && one > 5000.0, "{none} {one}");
    // The lines themselves cover some pixels of the area.
    assert!((two / one - 2.0).abs() < 0.5, "{one} {two}");
}

#[test]
fn rows_of_series_have_one_height_and_odd_ones_are_refused() {
    let rows = |n: usize| {
        let chart = (0..n).fold(SeriesChart::new(), |c, _| c.row("r", &[1.0, 2.0], &[1.0, 2.0]));
        drawn(&chart.title("t").x_label("x")).height
    };
    assert_eq!((rows(2) - rows(1), rows(5) - rows(2)), (200, 600));
    // One value, equal values.
    for values in [&[0.5f32][..], &[0.5; 9]] {
        let picture = drawn(&SeriesChart::new().row("", values, values));
        assert!(picture.count(SERIES_COLORS[0], 100..1190, 60..250) > 20, "{values:?}");
    }
    let error = |chart: SeriesChart| chart.to_image().unwrap_err();
    assert!(matches!(error(SeriesChart::new()), PlotError::Empty { .. }));
    assert!(matches!(error(SeriesChart::new().row::<f32>("r", &[], &[])), PlotError::Empty { .. }));
    let bad = SeriesChart::new().row("r", &[0.0, 1.0], &[0.0]);
    assert!(matches!(error(bad), PlotError::Length { expected: 2, found: 1, .. }));
    let bad = SeriesChart::new().row("r", &[0.0, 1.0], &[0.0, f32::NAN]);
    let text = error(bad).to_string();
    assert!(text.contains("the reconstruction of row 1") && text.contains("index 1"), "{text}");
    let many = (0..90).fold(SeriesChart::new(), |c, _| c.row("r", &[0.0], &[0.0]));
    assert!(matches!(error(many), PlotError::TooLarge { .. }));
}
