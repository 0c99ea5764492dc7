//! A process that does not lead, beside a leader that is a thread.

use super::*;
use crate::commands;
use crate::run::{Interrupt, Processes};
use ae_data::InMemory;
use ae_npy::write_npy;
use ae_train::{FitError, Fitted, InThreads, Stopped};
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::thread;

/// Ten epochs of two batches, each of eight shards.
const DENSE: [&str; 12] = [
    "dense",
    "--limit",
    "100",
    "--batch",
    "50",
    "--epochs",
    "10",
    "--latent",
    "3",
    "--samples",
    "2",
    "--quiet",
];

/// The order that a command gives. The process that gets it refuses, so nothing is trained.
fn ordered(words: &[&str]) -> Vec<u8> {
    let out = tempfile::tempdir().unwrap();
    let mut members = InThreads::members(2);
    let worker = members.pop().unwrap();
    let recorder = thread::spawn(move || {
        let (team, mut order): (&dyn Team, _) = (&worker, Vec::new());
        team.share(0, &mut order).unwrap();
        team.gather(b"\x02only recorded").unwrap();
        let (mut ready, mut end) = (Vec::new(), Vec::new());
        team.share(0, &mut ready).unwrap();
        team.share(0, &mut end).unwrap();
        assert_eq!((ready, end), (vec![0], vec![]));
        order
    });
    let processes = Processes::led(Arc::new(members.remove(0)));
    let folder = out.path().join("run");
    let words = [&["ae-app"], words, &["--out", folder.to_str().unwrap()]].concat();
    let words: Vec<_> = words.iter().map(OsString::from).collect();
    let error = commands::run(&words, &processes).unwrap_err().to_string();
    assert!(processes.dismiss());
    assert_eq!(error, "process 1: only recorded");
    recorder.join().unwrap()
}

/// The answer to this order, beside a leader that lets nobody train then.
fn answer(message: &[u8]) -> Vec<u8> {
    let mut answers = InThreads::run(2, |team| match team.rank() {
        0 => {
            let answers = team.gather(&[]).unwrap();
            team.share(0, &mut vec![0]).unwrap();
            answers
        }
        _ => {
            follow(message, team, &Heard(Arc::default())).unwrap();
            Vec::new()
        }
    });
    answers[0].pop().expect("the answers of both")
}

fn environment() -> Environment {
    Environment { output: Output::silent(), ..Environment::default() }
}

fn prepared(order: &[u8]) -> Prepared {
    Prepared::new(Order::read(order).unwrap(), &environment()).unwrap()
}

#[test]
fn an_order_says_how_the_leader_was_called() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let relative = ["--dataset", "../../datasets/mnist", "--threads", "2"];
    let message = ordered(&[&DENSE[..], &relative, &["--in-memory", "always"]].concat());
    let order = Order::read(&message).unwrap();
    let expected = std::path::absolute(here.join("../../datasets/mnist")).unwrap();
    assert_eq!(order.folder().unwrap(), expected);
    assert_eq!((order.threads(), order.in_memory().unwrap()), (Some(2), InMemory::Always));
    let Prepared { job, .. } = prepared(&message);
    assert_eq!(job.training().data.in_memory, InMemory::Always);

    let order = Order::read(&ordered(&DENSE)).unwrap();
    assert_eq!((order.threads(), order.in_memory().unwrap()), (None, InMemory::Auto));
}

/// A signal that is not the first one of the list, where there are several.
#[cfg(unix)]
const ASKED: Signal = Signal::Terminate;
#[cfg(not(unix))]
const ASKED: Signal = Signal::Interrupt;

#[test]
fn a_signal_stops_the_training_of_all_and_the_leader_learns_which() {
    let message = ordered(&DENSE);
    for asked in [&[1][..], &[2], &[1, 2]] {
        let mut members = InThreads::members(3);
        let workers = [members.pop().unwrap(), members.pop().unwrap()].map(|worker| {
            let (signal, message) =
                (asked.contains(&worker.rank()).then_some(ASKED), message.clone());
            thread::spawn(move || {
                let heard = Heard(Arc::new(Mutex::new(signal)));
                prepared(&message).train(&environment(), &worker, &heard).unwrap();
            })
        });
        let (processes, interrupt) =
            (Processes::led(Arc::new(members.remove(0))), Interrupt::waiting());
        let (fitted, model) = led(&message, &processes);
        let fitted = processes.trained(fitted, &model, &interrupt).unwrap();
        // It is heard after the first batch, and told in the second.
        assert_eq!(fitted.stopped, Some(Stopped { epoch: 1, batch: 2, batches: 2 }));
        assert_eq!(interrupt.request(), Some(ASKED));
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        // Slurm sends its signal to all processes. A second one of the leader's own would end it.
        interrupt.received_elsewhere(Signal::Interrupt);
    }
}

/// The leader's part of the training of this order.
fn led(message: &[u8], processes: &Processes) -> (Result<Fitted, FitError>, AutoEncoder) {
    let Prepared { job, data, mut model, plan, mut optimizer, state } = prepared(message);
    let environment = environment();
    let task = Task::new(&job, &data, &model, &environment);
    let (train, validation) = (task.train_examples(), task.validation_examples());
    let fit = fit([&train, &validation], &plan, task.seed, processes.team()).resume(state);
    let fitted = fit.run(&mut model, &mut *optimizer);
    (fitted, model)
}

#[test]
fn a_process_with_other_weights_after_the_training_is_named() {
    let message = ordered(&DENSE);
    let mut members = InThreads::members(3);
    let workers = [members.pop().unwrap(), members.pop().unwrap()].map(|worker| {
        let message = message.clone();
        thread::spawn(move || {
            let processes = Processes::led(Arc::new(worker));
            let (_, mut model) = led(&message, &processes);
            // A bit of the second process's memory has changed.
            if processes.team().rank() == 2 {
                let first = model.params().ids().next().unwrap();
                let weight = &mut model.weights_mut(first)[0];
                *weight = f32::from_bits(weight.to_bits() ^ 1);
            }
            processes.team().gather(&trained_here(&model, None)).unwrap();
        })
    });
    let processes = Processes::led(Arc::new(members.remove(0)));
    let (fitted, model) = led(&message, &processes);
    let error = processes.trained(fitted, &model, &Interrupt::waiting()).unwrap_err();
    let expected = "process 2: expected the weights of process 0 after the training, with SHA-256 ";
    assert!(error.to_string().starts_with(expected), "{error}");
    assert_eq!((status(&error), processes.lost()), (1, false));
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

#[test]
fn a_process_that_ends_with_the_training_leaves_the_leader_without_a_team() {
    let message = ordered(&DENSE);
    let mut members = InThreads::members(2);
    let (worker, message_to_worker) = (members.pop().unwrap(), message.clone());
    // It trains, and does not say afterwards whether it got a signal.
    let worker = thread::spawn(move || {
        let processes = Processes::led(Arc::new(worker));
        led(&message_to_worker, &processes).0.unwrap();
    });
    let processes = Processes::led(Arc::new(members.remove(0)));
    let (fitted, model) = led(&message, &processes);
    worker.join().unwrap();
    let error = processes.trained(fitted, &model, &Interrupt::waiting()).unwrap_err();
    assert_eq!(error.to_string(), "process 1 has ended");
    assert!(processes.lost() && !processes.dismiss());
}

#[test]
fn a_process_that_is_ready_does_not_train_if_another_is_not() {
    let message = ordered(&DENSE);
    assert!(answer(&message).is_empty());
}

#[test]
fn a_leader_that_ends_in_the_middle_is_an_error() {
    let message = ordered(&DENSE);
    let ends = InThreads::run(2, |team| match team.rank() {
        0 => None,
        _ => {
            let heard = Heard(Arc::default());
            let result = prepared(&message).train(&environment(), team, &heard);
            Some(result.unwrap_err().to_string())
        }
    });
    assert_eq!(ends[1].as_deref(), Some("process 0 has ended"));
}

/// Writes an array of images of 4 x 4 pixels, all different, whose first pixel has this value.
fn write_images(path: &Path, count: u8, value: u8) {
    let pixels = |i| (0..16).map(move |j: u8| value.wrapping_add(u8::wrapping_mul(i, j + 1)));
    let pixels: Vec<u8> = (0..count).flat_map(pixels).collect();
    write_npy(File::create(path).unwrap(), &[count.into(), 4, 4], &pixels).unwrap();
}

#[test]
fn other_images_are_refused_and_nobody_trains() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("images.npy");
    write_images(&path, 60, 7);
    let dataset = [
        "--dataset",
        path.to_str().unwrap(),
        "--batch",
        "20",
        "--latent",
        "2",
        "--test-share",
        "0.5",
    ];
    let message = ordered(&[&["dense", "--samples", "2", "--quiet"][..], &dataset].concat());
    write_images(&path, 60, 8);
    let answer = answer(&message);
    let text = String::from_utf8_lossy(&answer[1..]);
    assert_eq!(answer[0], 3, "{text}");
    assert!(text.contains("process 0") && text.contains("images.npy"), "{text}");
}
