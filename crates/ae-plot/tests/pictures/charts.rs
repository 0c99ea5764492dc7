//! Charts, read back from PNG: size, colors, and the positions of the data.

use crate::decoded::{Decoded, decode};
use ae_plot::{
    CLASS_COLORS, Chart, LineChart, PlotError, SERIES_COLORS, ScatterChart, VarianceChart,
    latent_pca,
};

fn drawn(chart: &LineChart) -> Decoded {
    decode(&chart.to_image().unwrap().encode_png().unwrap())
}

/// A typical falling loss.
fn falling(n: usize) -> Vec<f64> {
    (0..n).map(|e| 0.137 + 0.313 * (-(e as f64) / 12.0).exp()).collect()
}

/// The first and the last row of the picture with pixels of `color`.
fn rows_of(picture: &Decoded, color: [u8; 3], xs: std::ops::Range<usize>) -> (usize, usize) {
    let has = |y: &usize| picture.count(color, xs.clone(), *y..*y + 1) > 0;
    let rows: Vec<usize> = (130..picture.height).filter(has).collect();
    (rows[0], rows[rows.len() - 1])
}

#[test]
fn a_loss_curve_falls_from_the_left_to_the_right() {
    let chart = LineChart::loss().title("t").series("loss", &falling(200));
    let picture = drawn(&chart);
    assert_eq!((picture.width, picture.height), (1200, 720));
    let color = SERIES_COLORS[0];
    let (first, _) = rows_of(&picture, color, 120..200);
    let (_, last) = rows_of(&picture, color, 1000..1160);
    // 0.45 lies a quarter below the top of an axis from 0.10 to 0.50 or at its top if it ends at
    // 0.45; 0.137 lies near its foot. The plot spans roughly rows 125 to 630.
    assert!((120..260).contains(&first), "starts in row {first}");
    assert!((540..630).contains(&last), "ends in row {last}");
}

#[test]
fn every_series_has_its_color_in_the_legend_and_in_the_plot() {
    let mut chart = LineChart::loss();
    for i in 0..6 {
        let values: Vec<f32> = falling(30).iter().map(|&v| v as f32 + i as f32 * 0.1).collect();
        chart = chart.series(format!("run {i}"), &values);
    }
    let picture = drawn(&chart);
    for color in SERIES_COLORS {
        assert!(picture.count(color, 0..1200, 0..72) > 10, "{color:?} not in the legend");
        assert!(picture.count(color, 0..1200, 76..640) > 100, "{color:?} not in the plot");
    }
}

#[test]
fn odd_series_are_drawn_inside_the_frame() {
    let mut huge = falling(50);
    huge[0] = 3e38;
    let cases: [&[f64]; 9] = [
        &[0.3],
        &[0.0],
        &[0.2; 17],
        &[-5.0, -5.0],
        &[1e-300, 2e-300],
        &[1e100, -1e100],
        &[1e9, 1e9 + 1e-7],
        &huge,
        &[-3.0, 7.0, -1e-9],
    ];
    for values in cases {
        let picture = drawn(&LineChart::loss().series("s", values));
        let color = SERIES_COLORS[0];
        let inside = picture.count(color, 90..1180, 72..640);
        assert!(inside >= 50, "{values:?}: only {inside} pixels of the curve");
        assert_eq!(picture.count(color, 0..1200, 640..720), 0, "{values:?} below the frame");
        assert_eq!(picture.count(color, 1180..1200, 0..720), 0, "{values:?} right of the frame");
    }
}

/// The middle columns of the chart's first, last and highest dot.
fn dots(chart: &LineChart) -> (f64, f64, f64) {
    let picture = drawn(chart);
    let color = SERIES_COLORS[0];
    let inked = |xs: &mut dyn Iterator<Item = usize>, ys: std::ops::Range<usize>| {
        let columns: Vec<usize> =
            xs.filter(|x| picture.count(color, *x..*x + 1, ys.clone()) > 0).collect();
        (columns[0] as f64, columns[columns.len() - 1] as f64)
    };
    let (first, last) = inked(&mut (90..1200), 76..640);
    let top = (76..640).find(|&y| picture.count(color, 90..1200, y..y + 1) > 0).unwrap();
    let (left, right) = inked(&mut (90..1200), top..top + 4);
    // A dot has a radius of 5, of which the outermost pixel is mixed with the paper.
    (first + 4.0, last - 4.0, (left + right) / 2.0)
}

#[test]
fn values_lie_where_their_x_says() {
    let values = [1.0, 2.0, 1.0];
    let chart = |xs: &[f64]| LineChart::new().at(xs).series("s", &values[..xs.len()]);
    for (xs, part) in
        [([0.1, 0.2, 0.9], 1.0 / 8.0), ([1.0, 2.0, 3.0], 0.5), ([-5.0, 2.0, 3.0], 7.0 / 8.0)]
    {
        let (first, last, middle) = dots(&chart(&xs));
        assert!(last - first > 900.0 && last < 1170.0, "{first} to {last}");
        let expected = first + part * (last - first);
        assert!((middle - expected).abs() < 3.0, "{xs:?}: {middle} and not {expected}");
    }
    // Without given x values they are 1, 2, 3, evenly spaced.
    let (first, last, middle) = dots(&LineChart::new().series("s", &values));
    assert!((middle - (first + last) / 2.0).abs() < 3.0, "{first}, {middle}, {last}");
    // A single value, and all values at one place.
    drawn(&chart(&[0.5]));
    drawn(&chart(&[0.5, 0.5]));
}

#[test]
fn names_replace_the_numbers_below_the_axis() {
    let chart = |names: &[&str]| LineChart::new().names(names).series("s", &[1.0, 2.0, 1.0]);
    let (first, last, middle) = dots(&chart(&["2", "4", "256"]));
    assert!((middle - (first + last) / 2.0).abs() < 3.0, "{first}, {middle}, {last}");
    let picture = |names: &[&str]| chart(names).to_image().unwrap().rgb().to_vec();
    assert_ne!(picture(&["2", "4", "256"]), picture(&["2", "4", "8"]));
    let error = chart(&["2", "4"]).to_image().unwrap_err();
    assert!(matches!(error, PlotError::Length { expected: 2, found: 3, .. }), "{error}");
}

#[test]
fn every_value_needs_an_x_that_can_be_drawn() {
    let error = |xs: &[f64], values: &[f64]| {
        LineChart::new().at(xs).series("s", values).to_image().unwrap_err()
    };
    for found in [1, 3] {
        let error = error(&[0.1, 0.2], &[1.0, 2.0, 3.0][..found]);
        assert!(
            matches!(error, PlotError::Length { expected: 2, found: f, .. } if f == found),
            "{error}"
        );
    }
    let error = error(&[0.1, f64::NAN], &[1.0, 2.0]);
    assert!(
        matches!(&error, PlotError::NotDrawable { what, index: 1, .. } if what == "xs"),
        "{error}"
    );
}

#[test]
fn a_line_chart_refuses_what_it_cannot_draw() {
    let error = |c: LineChart| c.to_image().unwrap_err();
    assert!(matches!(error(LineChart::new()), PlotError::Empty { .. }));
    assert!(matches!(error(LineChart::new().series::<f64>("a", &[])), PlotError::Empty { .. }));
    for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e101] {
        let error = error(LineChart::new().series("ok", &[1.0]).series("val", &[1.0, bad]));
        assert!(matches!(error, PlotError::NotDrawable { index: 1, .. }), "{error}");
        assert!(error.to_string().contains("val"), "{error}");
    }
    let crowd = (0..13).fold(LineChart::new(), |c, i| c.series(format!("{i}"), &[1.0]));
    assert!(matches!(error(crowd), PlotError::TooMany { limit: 12, found: 13, .. }));
}

#[test]
fn scatter_points_have_the_color_of_their_class_where_they_belong() {
    // Ten points on a rising diagonal, one of each class.
    let line: Vec<f32> = (0..10).map(|i| i as f32).collect();
    let classes: Vec<u8> = (0..10).collect();
    let names: Vec<String> = (0..10).map(|d| d.to_string()).collect();
    let chart = ScatterChart::new(&line, &line, &classes, &names).unwrap();
    let image = chart.x_label("PC 1").y_label("PC 2").to_image().unwrap();
    let picture = decode(&image.encode_png().unwrap());
    assert_eq!((picture.width, picture.height), (1000, 860));
    let mut places = Vec::new();
    for color in CLASS_COLORS {
        // The color of the opaque legend key is exact; a transparent point on paper has a similar
        // color.
        assert!(picture.count(color, 0..1000, 0..72) > 100, "{color:?} not in the legend");
        let blend = color.map(|c| (f32::from(c) * 230.0 / 255.0 + 25.0).round() as i32);
        let near = |p: [u8; 3]| p.iter().zip(blend).all(|(&a, b)| (i32::from(a) - b).abs() <= 2);
        let pixels = (80..780).flat_map(|y| (0..1000).map(move |x| (x, y)));
        let found: Vec<_> = pixels.filter(|&(x, y)| near(picture.at(x, y))).collect();
        assert!(found.len() > 60, "{color:?}: {} pixels", found.len());
        let n = found.len();
        let x = found.iter().map(|p| p.0).sum::<usize>() / n;
        let y = found.iter().map(|p| p.1).sum::<usize>() / n;
        places.push((x, y));
    }
    for pair in places.windows(2) {
        assert!(pair[1].0 > pair[0].0 && pair[1].1 < pair[0].1, "not a rising line: {places:?}");
    }
}

#[test]
fn a_scatter_plot_refuses_what_does_not_fit_together() {
    let new = |xs: &[f64], ys: &[f64], classes: &[usize], names: usize| {
        ScatterChart::new(xs, ys, classes, &vec!["n"; names]).map(|_| ()).unwrap_err()
    };
    assert!(matches!(new(&[], &[], &[], 1), PlotError::Empty { .. }));
    assert!(matches!(new(&[1.0], &[], &[0], 1), PlotError::Length { expected: 1, found: 0, .. }));
    let error = new(&[1.0], &[1.0], &[0, 0], 1);
    assert!(matches!(&error, PlotError::Length { what, .. } if what == "classes"), "{error}");
    let error = new(&[1.0, 2.0], &[1.0, 2.0], &[0, 3], 3);
    assert!(matches!(error, PlotError::UnknownClass { index: 1, class: 3, names: 3 }), "{error}");
    let error = new(&[1.0, 2.0], &[1.0, f64::NAN], &[0, 0], 1);
    assert!(matches!(&error, PlotError::NotDrawable { what, index: 1, .. } if what == "ys"));
    assert!(matches!(new(&[1.0], &[1.0], &[0], 41), PlotError::TooMany { limit: 40, .. }));
}

#[test]
fn forty_classes_and_points_in_one_place_still_draw() {
    let names: Vec<String> = (0..40).map(|i| format!("a class with a long name, {i}")).collect();
    let classes: Vec<u16> = (0..40).collect();
    let same = [2.5f32; 40];
    let image = ScatterChart::new(&same, &same, &classes, &names).unwrap().to_image().unwrap();
    // The last point, a diamond of the last color, is on top, in the middle of the plot. Only its
    // position matters here.
    let color = CLASS_COLORS[9];
    let legend = image.rgb().chunks_exact(3).filter(|p| *p == color).count();
    assert!(legend > 4 * 100, "{legend}");
}

#[test]
fn bars_are_as_high_as_their_ratio() {
    let image = VarianceChart::new(&[0.5, 0.25, 0.125]).unwrap().to_image().unwrap();
    let picture = decode(&image.encode_png().unwrap());
    assert_eq!((picture.width, picture.height), (1000, 720));
    let bar = SERIES_COLORS[5];
    // Columns of full bar color below the legend, grouped by their height.
    let height = |x: usize| picture.count(bar, x..x + 1, 76..720);
    let mut heights: Vec<usize> = (0..1000).map(height).filter(|&h| h > 20).collect();
    heights.dedup_by(|a, b| a.abs_diff(*b) <= 20);
    assert_eq!(heights.len(), 3, "{heights:?}");
    let tall = heights[0] as f64;
    assert!((heights[1] as f64 / tall - 0.5).abs() < 0.02, "{heights:?}");
    assert!((heights[2] as f64 / tall - 0.25).abs() < 0.02, "{heights:?}");
    // The running sum has its own color.
    assert!(picture.count(SERIES_COLORS[1], 0..1000, 76..720) > 500);
}

#[test]
fn ratios_must_be_parts_of_a_whole() {
    let error = |r: &[f64]| VarianceChart::new(r).map(|_| ()).unwrap_err();
    assert!(matches!(error(&[]), PlotError::Empty { .. }));
    assert!(matches!(error(&[0.5, f64::NAN]), PlotError::NotDrawable { index: 1, .. }));
    assert!(matches!(error(&[0.5, -0.1]), PlotError::Ratio { component: 2, .. }));
    assert!(matches!(error(&[0.7, 0.2, 0.2]), PlotError::Ratio { component: 3, .. }));
    // Rounding errors are accepted, and so are one component and 784 components.
    VarianceChart::new(&[0.6f32, 0.4 + 1e-5, -1e-7]).unwrap().to_image().unwrap();
    VarianceChart::new(&[1.0]).unwrap().to_image().unwrap();
    VarianceChart::new(&vec![1.0f32 / 784.0; 784]).unwrap().to_image().unwrap();
}

#[test]
fn the_latent_figure_holds_both_panels_and_the_legend() {
    let xs: Vec<f32> = (0..500).map(|i| (i as f32 * 0.7).sin() * i as f32).collect();
    let ys: Vec<f32> = (0..500).map(|i| (i as f32 * 0.7).cos() * i as f32).collect();
    let classes: Vec<u8> = (0..500).map(|i| (i % 10) as u8).collect();
    let names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let image = latent_pca(&[0.6f64, 0.3], &xs, &ys, &classes, &names).unwrap();
    let picture = decode(&image.encode_png().unwrap());
    assert_eq!((picture.width, picture.height), (1800, 820));
    assert!(picture.count(SERIES_COLORS[5], 0..780, 0..820) > 10_000, "no bars at the left");
    for color in CLASS_COLORS {
        assert!(picture.count(color, 780..1800, 60..130) > 50, "{color:?} not in the legend");
    }
    assert!(matches!(
        latent_pca(&[0.6], &xs, &ys[1..], &classes, &names),
        Err(PlotError::Length { .. })
    ));
}

#[test]
fn captions_of_any_kind_do_not_break_a_chart() {
    for text in ["", " ", "\n\t\u{0}", "漢字 🙂 ﷽", &"long ".repeat(400)] {
        let chart = LineChart::new().title(text).x_label(text).y_label(text);
        let picture = drawn(&chart.series(text, &[0.3, 0.2]));
        assert!(picture.count_all(SERIES_COLORS[0]) > 500, "{text:?}");
    }
}
