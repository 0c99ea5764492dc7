use super::*;
use crate::{Batch, Examples, Samples};
use ae_tensor::with_threads;

/// Four images of 5 x 4 pixels with 2 channels; every number is different.
const IMAGE: [usize; 2] = [5, 4];

fn numbers() -> Vec<f32> {
    (0..4 * 40).map(|i| i as f32 / 256.0).collect()
}

fn examples<'a>(numbers: &'a [f32], text: &str, split: Split) -> Examples<'a> {
    let samples = Samples::from_f32(numbers, [5, 4, 2]);
    Examples::clean(samples).augmented(text.parse().unwrap(), IMAGE, 1, split)
}

fn gather(examples: Examples<'_>, indices: &[usize], epoch: usize) -> Vec<f32> {
    let mut batch = Batch::new();
    examples.gather(indices, epoch, &mut batch);
    assert_eq!(batch.input(), batch.target());
    batch.into_input().into_data()
}

/// An image of one channel without the random part.
fn read(map: Map, image: [usize; 2], pixels: &[f32]) -> Vec<f32> {
    let augmentation = Augmentation::default();
    let view = View { augmentation, image, channels: 1, seed: 0, split: Split::Train };
    let mut out = vec![f32::NAN; map.size[0] * map.size[1]];
    for (i, out) in out.chunks_exact_mut(1).enumerate() {
        map.read(&view, [i / map.size[1], i % map.size[1]], |at| pixels[at], out);
    }
    out
}

#[test]
fn flips_turns_and_shifts_are_exact() {
    let pixels = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let straight = Map { size: [3, 3], ..Map::default() };
    let of = |map| read(map, [3, 3], &pixels);
    assert_eq!(of(straight), pixels);
    let flip = [false, true];
    assert_eq!(of(Map { flip, ..straight }), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]);
    let flip = [true, false];
    assert_eq!(of(Map { flip, ..straight }), [7.0, 8.0, 9.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
    let quarter = of(Map { turns: 1, ..straight });
    assert_eq!(quarter, [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0]);
    let half = of(Map { turns: 2, ..straight });
    assert_eq!(half, read(Map { turns: 1, ..straight }, [3, 3], &quarter));
    let three = of(Map { turns: 3, ..straight });
    assert_eq!(three, read(Map { turns: 1, ..straight }, [3, 3], &half));
    // Beyond the edge is the mirror image.
    let moved = [-1, 2];
    assert_eq!(of(Map { moved, ..straight }), [3.0, 3.0, 2.0, 3.0, 3.0, 2.0, 6.0, 6.0, 5.0]);
    let crop = Map { size: [2, 1], origin: [1, 2], ..Map::default() };
    assert_eq!(of(crop), [6.0, 9.0]);
}

#[test]
fn a_rotation_by_a_right_angle_is_a_turn_and_by_nothing_is_none() {
    let pixels = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let of = |degrees: f64| {
        let rotation = Some(degrees.to_radians().sin_cos());
        read(Map { size: [3, 3], rotation, ..Map::default() }, [3, 3], &pixels)
    };
    assert_eq!(of(0.0), pixels);
    let turned = read(Map { size: [3, 3], turns: 3, ..Map::default() }, [3, 3], &pixels);
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(&of(90.0), &turned), "{:?}", of(90.0));
    // A linear image stays linear: the center keeps its value, the ends approach it.
    let half = of(45.0);
    assert!((half[4] - 5.0).abs() < 1e-5 && half[0] != 1.0, "{half:?}");
    assert_eq!(mirrored(-1, 3), 0);
    assert_eq!([-4, -3, 2, 3, 5, 6].map(|i| mirrored(i, 3)), [2, 2, 2, 2, 0, 0]);
}

#[test]
fn an_example_depends_on_its_number_and_the_epoch_only() {
    let numbers = numbers();
    let text = "crop:3x3:5,flip:both,turn,shift:1,rotate:20";
    let examples = examples(&numbers, text, Split::Train);
    assert_eq!((examples.count(), examples.shape()), (20, Shape::from([3, 3, 2])));
    let run = |threads| with_threads(threads, || gather(examples, &[7, 19, 0, 8], 2)).unwrap();
    let one = run(1);
    assert!(run(2) == one && run(3) == one);
    assert_eq!(one[18..36], gather(examples, &[19], 2));
    assert_ne!(one, gather(examples, &[7, 19, 0, 8], 3));
    let crops: Vec<Vec<f32>> = (0..5).map(|i| gather(examples, &[i], 2)).collect();
    assert!((1..5).all(|i| crops[i] != crops[0]), "the crops of one image differ");
    // Each comes from its own image.
    assert!(one[..18].iter().all(|x| (40.0..80.0).contains(&(x * 256.0))));
    assert!(one[18..36].iter().all(|x| (120.0..160.0).contains(&(x * 256.0))));
}

#[test]
fn bytes_are_read_as_numbers_are() {
    let bytes: Vec<u8> = (0..160).collect();
    let numbers: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let of = |samples| {
        let examples = Examples::clean(samples);
        let augmentation = "crop:2x3:3,flip,rotate:5".parse().unwrap();
        gather(examples.augmented(augmentation, IMAGE, 1, Split::Train), &[0, 5, 11], 1)
    };
    let shape = [5, 4, 2];
    assert_eq!(of(Samples::new(&bytes, shape)), of(Samples::from_f32(&numbers, shape)));
    // The same images as vectors.
    assert_eq!(of(Samples::new(&bytes, [40])), of(Samples::from_f32(&numbers, shape)));
}

#[test]
fn one_more_change_does_not_alter_the_others() {
    let numbers = numbers();
    let of = |text| gather(examples(&numbers, text, Split::Train), &[0, 1, 2, 3], 0);
    let plain = of("crop:3x2");
    let flipped = of("crop:3x2,flip");
    let (plain, flipped) = (plain.as_chunks::<12>().0, flipped.as_chunks::<12>().0);
    let sorted = |example: &[f32; 12]| {
        let mut sorted = *example;
        sorted.sort_unstable_by(f32::total_cmp);
        sorted
    };
    assert!(plain.iter().zip(flipped).all(|(a, b)| sorted(a) == sorted(b)));
    assert!(plain != flipped);
}

#[test]
fn test_images_are_only_cropped_at_the_center_first_and_then_all_over() {
    let numbers = numbers();
    let text = "crop:2x3:4,flip:both,shift:1,rotate:20";
    let examples = examples(&numbers, text, Split::Test);
    let all: Vec<usize> = (0..16).collect();
    let found = gather(examples, &all, 0);
    assert_eq!(found, gather(examples, &all, 9));
    let row = |row: usize| &numbers[row * 8 + 2..][..4];
    assert_eq!(found[..12], [row(1), row(2), row(3)].concat());
    // The same four places in every image.
    let (first, second) = (&found[..48], &found[48..96]);
    assert!(first.iter().zip(second).all(|(a, b)| (b - a) * 256.0 == 40.0));
    let starts: Vec<f32> = first.chunks(12).map(|crop| crop[0] * 256.0).collect();
    assert!((1..4).all(|i| !starts[..i].contains(&starts[i])), "{starts:?}");
    // Without a crop nothing changes.
    let whole = self::examples(&numbers, "flip,rotate:5", Split::Test);
    assert_eq!(gather(whole, &[0, 1, 2, 3], 5), numbers);
}

/// Pins known values: another augmentation would make the same command another experiment.
#[test]
fn the_random_choices_are_pinned() {
    let augmentation = "crop:8x8,flip:both,turn,shift:3,rotate:10".parse().unwrap();
    let view = View::new(augmentation, [40, 60], 2400, 42, Split::Train);
    let map = view.map(ImageKey { split: Split::Train, epoch: 3, image: 7 });
    let degrees = map.rotation.map(|(sin, cos)| sin.atan2(cos).to_degrees());
    let found =
        format!("{:?} {:?} {} {:?} {degrees:.3?}", map.origin, map.flip, map.turns, map.moved);
    assert_eq!(found, "[32, 32] [false, true] 1 [2, -3] Some(-3.755)");
}

#[test]
fn choices_are_even() {
    let augmentation = "crop:1x1,flip:both,turn,shift:1,rotate:30".parse::<Augmentation>();
    let augmentation = Augmentation { shift: 0, ..augmentation.unwrap() };
    let view = View::new(augmentation, [4, 3], 12, 1, Split::Train);
    let maps: Vec<Map> = (0..12_000)
        .map(|image| view.map(ImageKey { split: Split::Train, epoch: 0, image }))
        .collect();
    let share = |holds: &dyn Fn(&Map) -> bool| {
        maps.iter().filter(|map| holds(map)).count() as f64 / maps.len() as f64
    };
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.02, "{found}");
    near(share(&|map| map.flip[0]), 0.5);
    near(share(&|map| map.flip[0] && map.flip[1]), 0.25);
    (0..4).for_each(|turns| near(share(&|map| map.turns == turns), 0.25));
    (0..4).for_each(|row| near(share(&|map| map.origin[0] == row), 0.25));
    (0..3).for_each(|col| near(share(&|map| map.origin[1] == col), 1.0 / 3.0));
    near(share(&|map| map.rotation.is_some_and(|(sin, _)| sin > 0.0)), 0.5);
}

#[test]
fn what_does_not_fit_the_images_is_refused() {
    let refused = |text: &str| {
        let augmentation: Augmentation = text.parse().unwrap();
        augmentation.check([28, 20]).map_err(|error| error.to_string())
    };
    assert_eq!(
        refused("crop:28x20"),
        Err("expected a crop of at most 20 x 28 pixels, the size of the images, found 28 x 20"
            .into())
    );
    assert_eq!(refused("crop:20x28"), Ok(()));
    assert_eq!(
        refused("turn"),
        Err("expected square images to turn by 90 degrees, found 20 x 28".into())
    );
    assert_eq!(refused("turn,crop:9x9"), Ok(()));
    assert_eq!(
        refused("shift:20"),
        Err("expected a shift of less than 20 x 28 pixels, the size of the images, found 20".into())
    );
    assert_eq!(refused("shift:19"), Ok(()));
}

#[test]
#[should_panic(expected = "Examples: samples of 40 numbers for images of [5, 3]")]
fn the_images_are_of_the_size_that_is_said() {
    let numbers = numbers();
    let examples = Examples::clean(Samples::from_f32(&numbers, [40]));
    let _ = examples.augmented(Augmentation::default(), [5, 3], 0, Split::Train);
}

#[test]
fn the_crop_alone_is_the_center_of_each_image() {
    let numbers = numbers();
    let all: Augmentation = "crop:2x3:4,flip:both,shift:1,rotate:20".parse().unwrap();
    assert_eq!(all.crop_alone().to_string(), "crop:2x3");
    let samples = Samples::from_f32(&numbers, [5, 4, 2]);
    let alone = Examples::clean(samples).augmented(all.crop_alone(), IMAGE, 1, Split::Test);
    let several = examples(&numbers, "crop:2x3:4", Split::Test);
    assert_eq!(gather(alone, &[0, 1, 2, 3], 7), gather(several, &[0, 4, 8, 12], 0));
}
