//! The exercises of the lessons: each has a solution, and those that break the code on purpose say
//! how many tests fail. `cargo run -p ae-tests --bin exercises` runs them.

use ae_tests::exercises::{Exercise, exercises, lessons, tables, workspace};
use std::collections::BTreeSet;
use std::fs;

/// The value of a number such as "two" or "14".
fn number(word: &str) -> Option<usize> {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    WORDS.iter().position(|&name| name == word).or_else(|| word.parse().ok())
}

/// The numbers before "test fails" and "tests fail".
fn counts(text: &str) -> Vec<usize> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is = |word: &str, name: &str| word.trim_matches(|c: char| !c.is_alphabetic()) == name;
    words
        .windows(3)
        .filter(|w| {
            (is(w[1], "test") && is(w[2], "fails")) || (is(w[1], "tests") && is(w[2], "fail"))
        })
        .filter_map(|w| number(w[0]))
        .collect()
}

fn exercise(lesson: &str, number: usize) -> Exercise {
    let text = fs::read_to_string(workspace().join(lesson)).expect("the lesson exists");
    exercises(&text)
        .into_iter()
        .find(|exercise| exercise.number == number)
        .unwrap_or_else(|| panic!("{lesson} has no exercise {number}"))
}

#[test]
fn every_exercise_has_a_number_and_a_solution() {
    let lessons = lessons();
    assert!(lessons.len() > 20, "{} lessons", lessons.len());
    let mut without = Vec::new();
    for (lesson, text) in &lessons {
        let found = exercises(text);
        let numbers: Vec<usize> = found.iter().map(|exercise| exercise.number).collect();
        assert!(numbers.iter().copied().eq(1..=found.len()), "{lesson}: {numbers:?}");
        without.extend(
            found
                .iter()
                .filter(|e| e.solution.len() < 20)
                .map(|e| format!("{lesson} {}", e.number)),
        );
    }
    assert!(without.is_empty(), "these have no solution: {without:#?}");
}

#[test]
fn every_mutant_can_be_made_and_its_exercise_says_how_many_tests_fail() {
    for table in tables() {
        let lesson = &table.lesson;
        for mutant in &table.mutant {
            let place = format!("{lesson} {}, {}", mutant.exercise, mutant.what);
            for edit in &mutant.edit {
                let text = fs::read_to_string(workspace().join(&edit.file)).expect(&place);
                let edited = edit.apply(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_ne!(edited, text, "{place}: nothing changes");
            }
            assert!(mutant.fails.is_sorted(), "{place}");
        }
        let numbers: BTreeSet<usize> = table.mutant.iter().map(|m| m.exercise).collect();
        for number in numbers {
            let Exercise { text, solution, .. } = exercise(lesson, number);
            let mut said = counts(&format!("{text} {solution}"));
            let of_this = table.mutant.iter().filter(|mutant| mutant.exercise == number);
            let mut counted: Vec<usize> = of_this.map(|mutant| mutant.fails.len()).collect();
            [&mut said, &mut counted].into_iter().for_each(|list| {
                list.sort_unstable();
                list.dedup();
            });
            assert_eq!(said, counted, "{lesson} {number}: \"n tests fail\" and the table");
        }
    }
}

#[test]
fn every_exercise_that_speaks_of_failing_tests_has_a_mutant() {
    let tables = tables();
    for (lesson, text) in lessons() {
        for Exercise { number, text, solution } in exercises(&text) {
            let has = tables.iter().any(|table| {
                table.lesson == lesson && table.mutant.iter().any(|m| m.exercise == number)
            });
            let asks = ["Which test fails", "Which tests fail", "which tests fail"];
            let claims = asks.iter().any(|asked| text.contains(asked))
                || !counts(&format!("{text} {solution}")).is_empty();
            assert!(has || !claims, "{lesson} {number}: no mutant in tests/exercises/");
        }
    }
}

#[test]
fn solutions_are_hidden_paragraphs_below_the_exercises() {
    let text = "# A\n\n## Exercises\n\n1. Do\n   this. Two tests fail.\n2. And that.\n\n<details>\
        <summary>Solutions</summary>\n\n1: Done\nso.\n\n```text\n  1: 2\n```\n\n2: Too.\n\n\
        </details>\n\n## Next\n\n3. Not this.\n";
    let found = exercises(text);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].text.trim(), "Do this. Two tests fail.");
    assert!(found[0].solution.starts_with("Done so."), "{}", found[0].solution);
    assert_eq!(found[1].solution.trim(), "Too.");
    assert_eq!(counts("Two tests fail, and then 14 tests fail; no test fails."), [2, 14, 0]);
    assert!(counts("The test fails, but tests fail for two.").is_empty());
}
