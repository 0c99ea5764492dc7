#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod cpu;
mod exit;
mod input;
mod jobs;
mod report;
mod run;

pub use cpu::check as check_cpu;

use crate::run::{Processes, meet, this_program, work};
use ae_train::{Team, TeamError};
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command that the arguments name, the program's own name first. An error is printed in
/// one line. Returns the exit status.
#[must_use]
pub fn run(words: &[OsString]) -> ExitCode {
    ExitCode::from(command(words, &Processes::default()))
}

/// As [`run`], in a team of processes that train together. The process of rank 0 runs the command;
/// it alone prints and writes. Each of the others works for it until the command has ended, and
/// returns success then.
///
/// If this process must end at once, when others may be waiting for it, it calls `leave` with the
/// exit status, which must end all of them.
#[must_use]
pub fn run_in_team(words: &[OsString], team: Arc<dyn Team>, leave: fn(u8) -> !) -> ExitCode {
    exit::leave_by(leave);
    if team.size() == 1 {
        return run(words);
    }
    let (rank, json) = (team.rank(), cli::words::json(words));
    match meet(&*team, &this_program(rank)) {
        Ok(true) => {}
        Ok(false) => return ExitCode::SUCCESS,
        Err(error) => {
            let status = match rank {
                0 => exit::report(&error, json),
                _ => exit::report_of_process(rank, &error),
            };
            match error.is::<TeamError>() {
                true => exit::leave(status),
                false => return ExitCode::from(status),
            }
        }
    }
    if rank > 0 {
        return match work(&*team) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => exit::leave(exit::report_of_process(rank, &error)),
        };
    }
    let processes = Processes::led(team);
    let status = command(words, &processes);
    match processes.dismiss() {
        true => ExitCode::from(status),
        false => exit::leave(status),
    }
}

fn command(words: &[OsString], processes: &Processes) -> u8 {
    match commands::run(words, processes) {
        Ok(ending) => ending.status(),
        Err(error) => exit::report(&error, cli::words::json(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_train::InThreads;
    use std::fs;

    fn leave(status: u8) -> ! {
        panic!("left with status {status}")
    }

    /// Runs the command in a team of threads, and returns the statuses.
    fn in_threads(size: usize, words: &[&str]) -> Vec<ExitCode> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let start = |member| {
            let words = words.clone();
            std::thread::spawn(move || run_in_team(&words, Arc::new(member), leave))
        };
        let threads: Vec<_> = InThreads::members(size).into_iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }

    #[test]
    fn a_run_of_any_number_of_processes_has_the_same_files() {
        let folder = tempfile::tempdir().unwrap();
        let sums = [1, 2, 3].map(|size| {
            let out = folder.path().join(size.to_string());
            // Two batches of eight shards each.
            let words = ["ae-app", "dense", "--limit", "100", "--batch", "50", "--epochs", "2"];
            let more = ["--latent", "3", "--samples", "2", "--quiet", "--out"];
            let words = [&words[..], &more, &[out.to_str().unwrap()]].concat();
            assert_eq!(in_threads(size, &words), vec![ExitCode::SUCCESS; size]);
            fs::read_to_string(out.join("SHA256SUMS")).unwrap()
        });
        assert!(sums[0].contains("model.safetensors"));
        assert!(sums.iter().all(|other| *other == sums[0]), "{sums:#?}");
    }

    #[test]
    fn every_option_of_a_training_reaches_all_processes() {
        let folder = tempfile::tempdir().unwrap();
        // All batches are eight shards.
        let dense = "dense --limit 100 --batch 50 --epochs 4 --latent 3 --clip-norm 0.01 \
                     --schedule step:1:0.5 --augment shift:2 --keep-best --patience 1 \
                     --min-delta 1";
        // Its training is measured on images that are held out.
        let anomaly = "anomaly --limit 100 --batch 45 --epochs 1 --false-alarms 0.1";
        let denoise = "denoise --limit 66 --batch 33 --epochs 2 --noise 0.1..0.5 --fresh-noise";
        for (name, words) in [("dense", dense), ("anomaly", anomaly), ("denoise", denoise)] {
            let sums = [1, 2].map(|size| {
                let out = folder.path().join(format!("{name}-{size}"));
                let more = ["--samples", "2", "--quiet", "--out", out.to_str().unwrap()];
                let words: Vec<_> = ["ae-app"].into_iter().chain(words.split(' ')).collect();
                let statuses = in_threads(size, &[&words[..], &more].concat());
                assert_eq!(statuses, vec![ExitCode::SUCCESS; size], "{name}");
                fs::read_to_string(out.join("SHA256SUMS")).unwrap()
            });
            assert!(sums[0].contains("model.safetensors") && sums[0] == sums[1], "{name}");
        }
    }

    #[test]
    fn after_a_run_that_diverged_the_processes_begin_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let plan = folder.path().join("plan.toml");
        let text = "command = 'dense'\nseeds = 1\n[options]\nlimit = 100\nbatch = 50\nlatent = 3\n\
                    samples = 2\nepochs = 1\n[grid]\nlr = [1e30, 0.001]\n";
        fs::write(&plan, text).unwrap();
        let sums = [1, 2].map(|size| {
            let out = folder.path().join(size.to_string());
            let [plan, path] = [&plan, &out].map(|path| path.to_str().unwrap());
            let words = ["ae-app", "sweep", plan, "--out", path, "--quiet"];
            let statuses = [ExitCode::from(exit::DIVERGED), ExitCode::SUCCESS];
            assert_eq!(in_threads(size, &words), statuses[..size]);
            assert!(out.join("lr=1e30,seed=1/failed.txt").exists());
            fs::read_to_string(out.join("lr=0.001,seed=1/SHA256SUMS")).unwrap()
        });
        assert_eq!(sums[0], sums[1]);
    }

    #[test]
    fn a_sweep_that_has_lost_its_team_ends_at_once_and_leaves_the_rest_undone() {
        let folder = tempfile::tempdir().unwrap();
        let [plan, out] = ["plan.toml", "out"].map(|name| folder.path().join(name));
        let text = "command = 'dense'\nseeds = 2\n[options]\nlimit = 100\nepochs = 1\n";
        fs::write(&plan, text).unwrap();
        let words = ["ae-app", "sweep", "--keep-going", "--quiet", "--out"].map(OsString::from);
        let words = [&words[..], &[out.clone().into(), plan.into()]].concat();
        let mut members = InThreads::members(2);
        drop(members.pop());
        let processes = Processes::led(Arc::new(members.remove(0)));
        let error = commands::run(&words, &processes).unwrap_err();
        assert_eq!(format!("{error:#}"), "seed=1: process 1 has ended");
        assert!(out.join("seed=1").exists() && !out.join("seed=2").exists());
        assert!(!processes.dismiss());
        // Another call does all of it.
        assert_eq!(command(&words, &Processes::default()), 0);
        assert!(["seed=1", "seed=2"].iter().all(|run| out.join(run).join("SHA256SUMS").exists()));
    }

    #[test]
    fn a_run_is_resumed_on_another_number_of_processes() {
        let folder = tempfile::tempdir().unwrap();
        let dense = |size, epochs, name: &str| {
            let out = folder.path().join(name);
            let words = ["ae-app", "dense", "--limit", "100", "--batch", "50", "--latent", "3"];
            let more = ["--samples", "2", "--quiet", "--epochs", epochs, "--out"];
            let words = [&words[..], &more, &[out.to_str().unwrap()]].concat();
            assert_eq!(in_threads(size, &words), vec![ExitCode::SUCCESS; size]);
            out
        };
        let sums = |out: &std::path::Path| fs::read_to_string(out.join("SHA256SUMS")).unwrap();
        let expected = sums(&dense(1, "3", "whole"));
        for (before, after) in [(1, 2), (3, 2), (2, 1)] {
            let out = dense(before, "1", &format!("{before}-{after}"));
            let words = ["ae-app", "resume", out.to_str().unwrap(), "--epochs", "3", "--quiet"];
            assert_eq!(in_threads(after, &words), vec![ExitCode::SUCCESS; after]);
            assert_eq!(sums(&out), expected, "{before}, then {after}");
        }
    }

    /// Process 1 of two, beside a leader that does this.
    fn beside(leader: impl FnOnce(&dyn Team) + Send + 'static) -> std::thread::Result<ExitCode> {
        let mut members = InThreads::members(2);
        let worker = members.pop().unwrap();
        let led = members.pop().unwrap();
        let leader = std::thread::spawn(move || leader(&led));
        let worker = std::thread::spawn(move || run_in_team(&[], Arc::new(worker), leave));
        leader.join().unwrap();
        worker.join()
    }

    #[test]
    fn a_process_says_which_program_it_is_and_ends_if_that_is_another() {
        let status = beside(|team| {
            let programs = team.gather(b"another").unwrap();
            assert_eq!(programs[1], this_program(1).into_bytes());
            team.share(0, &mut vec![0]).unwrap();
        });
        assert_eq!(status.unwrap(), ExitCode::SUCCESS);
    }

    #[test]
    fn a_process_ends_all_if_the_leader_ends_without_a_word() {
        let ended = beside(|team| {
            team.gather(this_program(team.rank()).as_bytes()).unwrap();
            team.share(0, &mut vec![1]).unwrap();
        });
        let panic = ended.unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "left with status 1");
    }

    #[test]
    fn a_leader_ends_all_if_another_process_ends_without_a_word() {
        let mut members = InThreads::members(2);
        let worker = members.pop().unwrap();
        let led = Arc::new(members.pop().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run").to_str().unwrap().to_owned();
        let words = ["ae-app", "dense", "--limit", "100", "--quiet", "--out", &out];
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let leader = std::thread::spawn(move || run_in_team(&words, led, leave));
        assert!(meet(&worker, &this_program(1)).unwrap());
        drop(worker);
        let panic = leader.join().unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "left with status 1");
    }

    #[test]
    fn a_process_that_meets_nobody_ends_all() {
        for rank in [0, 1] {
            let mut members = InThreads::members(2);
            drop(members.remove(1 - rank));
            let member = Arc::new(members.remove(0));
            let met = std::thread::spawn(move || run_in_team(&[], member, leave)).join();
            let panic = met.unwrap_err();
            assert_eq!(panic.downcast_ref::<String>().unwrap(), "left with status 1", "{rank}");
        }
    }

    #[test]
    fn an_error_before_training_ends_all_processes() {
        let words = ["ae-app", "dense", "--dataset", "no/such/folder", "--quiet"];
        assert_eq!(in_threads(2, &words), [ExitCode::from(3), ExitCode::SUCCESS]);
    }
}
