//! Which images are for testing, where a source does not say.

use crate::hash::Sum;
use crate::{Label, Share};
use std::collections::BTreeMap;

/// Chooses the test images: of each class the share of those whose content has the smallest
/// checksums, at least one if the class has two. The choice depends on the contents alone, not on
/// names or order. Images of equal content and class stay together, so that none is in both parts.
pub(crate) fn is_test(images: &[(Label, Sum)], share: Share) -> Vec<bool> {
    let mut classes: BTreeMap<Label, Vec<usize>> = BTreeMap::new();
    for (i, (class, _)) in images.iter().enumerate() {
        classes.entry(*class).or_default().push(i);
    }
    let mut chosen = vec![false; images.len()];
    for mut members in classes.into_values() {
        members.sort_by_key(|&i| images[i].1);
        // Rounded to the nearest, and something remains for training.
        let wanted = share.of(2 * members.len()).div_ceil(2);
        let wanted = wanted.clamp(1, members.len().max(2) - 1);
        let mut taken = 0;
        let groups = || members.chunk_by(|&a, &b| images[a].1 == images[b].1);
        // Many equal images are passed over: with them the test part would exceed its share.
        for group in groups().filter(|group| group.len() <= wanted) {
            if taken + group.len() <= wanted && group.len() < members.len() {
                group.iter().for_each(|&i| chosen[i] = true);
                taken += group.len();
            }
        }
        // If there are such images alone, the fewest of them.
        let fewest = groups().min_by_key(|group| group.len());
        if let Some(group) = fewest.filter(|group| taken == 0 && group.len() < members.len()) {
            group.iter().for_each(|&i| chosen[i] = true);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sum;

    fn share(share: f64) -> Share {
        Share::try_from(share).unwrap()
    }

    fn images(count: u32, classes: u16) -> Vec<(Label, Sum)> {
        let label = |i: u32| u16::try_from(i).unwrap() % classes;
        (0..count).map(|i| (label(i), sum(&i.to_le_bytes()))).collect()
    }

    #[test]
    fn each_class_gives_its_share() {
        let all = images(300, 3);
        let chosen = is_test(&all, share(0.1));
        for class in 0..3 {
            let of = all.iter().zip(&chosen).filter(|((label, _), test)| *label == class && **test);
            assert_eq!(of.count(), 10);
        }
    }

    #[test]
    fn the_choice_does_not_depend_on_the_order() {
        let all = images(50, 2);
        let mut turned = all.clone();
        turned.reverse();
        let mut of_turned = is_test(&turned, share(0.3));
        of_turned.reverse();
        assert_eq!(is_test(&all, share(0.3)), of_turned);
    }

    #[test]
    fn small_classes_have_both_parts_where_they_can() {
        let count = |images: &[(Label, Sum)], part| {
            is_test(images, share(part)).iter().filter(|test| **test).count()
        };
        assert_eq!(count(&images(2, 1), 0.1), 1);
        assert_eq!(count(&images(2, 1), 0.999), 1);
        assert_eq!(count(&images(1, 1), 0.5), 0);
        assert_eq!(count(&[], 0.5), 0);
    }

    #[test]
    fn equal_images_stay_together() {
        let mut all = images(10, 1);
        for i in 0..5 {
            all.push(all[i]);
        }
        let chosen = is_test(&all, share(0.4));
        for i in 0..5 {
            assert_eq!(chosen[i], chosen[10 + i], "{i}");
        }
        // Very many equal images are not taken for testing while there are others.
        let mut many = vec![all[0]; 9];
        many.extend(&all[1..4]);
        let chosen = is_test(&many, share(0.1));
        assert!(!chosen[0] && chosen.iter().filter(|test| **test).count() == 1);
        let two: Vec<_> = [[all[0]; 3], [all[1]; 3]].concat();
        assert_eq!(is_test(&two, share(0.1)).iter().filter(|test| **test).count(), 3);
        // Without a second content, training needs them all.
        assert_eq!(is_test(&[all[0]; 4], share(0.5)), [false; 4]);
    }
}
