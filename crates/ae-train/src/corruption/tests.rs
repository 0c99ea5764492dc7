//! Tests what a corruption depends on, how often it replaces pixels, and its name.

use super::*;
use ae_testkit::Sampler;

const KEY: ImageKey = ImageKey { split: Split::Train, epoch: 2, image: 7 };

/// One corruption of each kind, fresh or not.
fn all(seed: u64, fresh: bool) -> [Box<dyn Corruption>; 3] {
    [
        Box::new(GaussianNoise { factor: 0.5, seed, fresh }),
        Box::new(Masking { probability: 0.5, seed, fresh }),
        Box::new(SaltAndPepper { probability: 0.5, seed, fresh }),
    ]
}

fn corrupted(corruption: &dyn Corruption, key: ImageKey, clean: &[f32]) -> Vec<f32> {
    let mut corrupted = vec![f32::NAN; clean.len()];
    corruption.corrupt(key, clean, &mut corrupted);
    corrupted
}

/// Pixels between 0 and 1, none of them exactly 0 or 1.
fn clean(count: usize) -> Vec<f32> {
    Sampler::new(1).vec(count, 0.25, 0.75)
}

#[test]
fn the_key_decides_and_nothing_else() {
    let clean = clean(40);
    let with = |seed, fresh, key| all(seed, fresh).map(|c| corrupted(&*c, key, &clean));
    let base = with(1, false, KEY);
    let differs = |other: [Vec<f32>; 3]| base.iter().zip(&other).all(|(a, b)| a != b);
    assert_eq!(base, with(1, false, KEY));
    assert_eq!(base, with(1, false, ImageKey { epoch: 5, ..KEY }));
    assert!(differs(with(1, false, ImageKey { image: 8, ..KEY })));
    assert!(differs(with(2, false, KEY)));
    assert!(differs(with(1, false, ImageKey { split: Split::Test, ..KEY })));
    // A fresh corruption depends on the epoch, including the first, and only for training images.
    assert!(differs(with(1, true, ImageKey { epoch: 0, ..KEY })));
    assert_ne!(with(1, true, KEY), with(1, true, ImageKey { epoch: 3, ..KEY }));
    let test = |fresh, epoch| with(1, fresh, ImageKey { split: Split::Test, epoch, image: 7 });
    assert_eq!(test(true, 1), test(false, 0));
}

#[test]
fn pixels_are_replaced_as_often_as_the_probability_says() {
    const COUNT: usize = 100_000;
    let clean = clean(COUNT);
    for probability in [0.0, 0.1, 0.5, 1.0] {
        // Four standard deviations of a binomial fraction.
        let p = f64::from(probability);
        let near =
            |share: f64, p: f64| (share - p).abs() <= 4.0 * (p * (1.0 - p) / COUNT as f64).sqrt();
        let share = |image: &[f32], is: &dyn Fn(f32, f32) -> bool| {
            image.iter().zip(&clean).filter(|&(&x, &c)| is(x, c)).count() as f64 / COUNT as f64
        };
        let masked = corrupted(&Masking { probability, seed: 3, fresh: false }, KEY, &clean);
        assert!(near(share(&masked, &|x, _| x == 0.0), p));
        assert!(masked.iter().zip(&clean).all(|(&x, &c)| x == 0.0 || x == c));

        let noisy = corrupted(&SaltAndPepper { probability, seed: 3, fresh: false }, KEY, &clean);
        let (pepper, salt) = (share(&noisy, &|x, _| x == 0.0), share(&noisy, &|x, _| x == 1.0));
        assert!(
            near(pepper, p / 2.0) && near(salt, p / 2.0) && near(pepper + salt, p),
            "{pepper} {salt}"
        );
        assert!(noisy.iter().zip(&clean).all(|(&x, &c)| x == 0.0 || x == 1.0 || x == c));
    }
}

#[test]
fn a_larger_probability_replaces_the_same_pixels_and_some_more() {
    let clean = clean(1000);
    let (salted, masked): (Vec<_>, Vec<_>) = [0.2, 0.6]
        .map(|probability| {
            let masked = corrupted(&Masking { probability, seed: 3, fresh: false }, KEY, &clean);
            let salted = SaltAndPepper { probability, seed: 3, fresh: false };
            (corrupted(&salted, KEY, &clean), masked)
        })
        .into_iter()
        .unzip();
    for pair in [&salted, &masked] {
        let [less, more] = &pair[..] else { panic!("two probabilities") };
        let replaced = less.iter().zip(&clean).zip(more).filter(|((less, clean), _)| less != clean);
        assert!(replaced.clone().count() > 100);
        assert!(replaced.into_iter().all(|((less, _), more)| less == more));
        assert_ne!(less, more);
    }
}

#[test]
fn a_named_corruption_is_what_its_name_says() {
    let clean = clean(30);
    for (name, corruption) in [
        ("gaussian:0.5", &GaussianNoise { factor: 0.5, seed: 4, fresh: true } as &dyn Corruption),
        ("masking:0.3", &Masking { probability: 0.3, seed: 4, fresh: true }),
        ("salt-and-pepper:0.1", &SaltAndPepper { probability: 0.1, seed: 4, fresh: true }),
    ] {
        let named: NamedCorruption = name.parse().expect(name);
        assert_eq!(named.to_string(), name);
        let built = named.build(4, true);
        assert_eq!(built.name(), corruption.name());
        assert!(name.starts_with(built.name()));
        assert_eq!(corrupted(&*built, KEY, &clean), corrupted(corruption, KEY, &clean));
    }
}

#[test]
fn other_names_are_refused_with_what_is_expected() {
    for (text, expected) in [
        ("", "gaussian:FACTOR"),
        ("blur:1", "gaussian:FACTOR"),
        ("gaussian", "a factor of at least 0"),
        ("gaussian:-1", "a factor of at least 0"),
        ("gaussian:inf", "a factor of at least 0"),
        ("gaussian:0.2..0.1", "two factors of at least 0, the smaller first"),
        ("gaussian:0.1..0.1", "two factors of at least 0, the smaller first"),
        ("gaussian:-0.1..0.1", "two factors of at least 0, the smaller first"),
        ("gaussian:0.1..inf", "two factors of at least 0, the smaller first"),
        ("gaussian:0.1..", "two factors of at least 0, the smaller first"),
        ("masking:1.5", "a probability from 0 to 1"),
        ("masking:NaN", "a probability from 0 to 1"),
        ("salt-and-pepper:", "a probability from 0 to 1"),
        ("salt-and-pepper:0.1:2", "a probability from 0 to 1"),
    ] {
        let error = text.parse::<NamedCorruption>().expect_err(text);
        assert!(error.expected.starts_with(expected), "{text}: {error}");
    }
}

#[test]
#[should_panic(expected = "corrupt: a probability of 1.5")]
fn a_probability_is_at_most_one() {
    corrupted(&Masking { probability: 1.5, seed: 0, fresh: false }, KEY, &[0.5]);
}

#[test]
#[should_panic(expected = "corrupt: 2 pixels into 1")]
fn as_many_pixels_come_out_as_go_in() {
    SaltAndPepper { probability: 0.5, seed: 0, fresh: false }.corrupt(KEY, &[0.5; 2], &mut [0.0]);
}
