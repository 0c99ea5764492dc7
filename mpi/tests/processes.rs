//! The program under `mpirun`: the same files from any number of processes, and faults of each of
//! them. A machine without `mpirun` fails these tests, since this package cannot be built there
//! either.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ae-app-mpi");

/// What ends within seconds on an idle machine. After this time a test says that it hangs.
const HANGS: Duration = Duration::from_secs(300);

/// A run of about a second, of four epochs with eight batches. A batch is eight shards, so every
/// process has some. Checkpoints after each epoch.
const DENSE: [&str; 11] = [
    "dense",
    "--limit",
    "400",
    "--batch",
    "50",
    "--epochs",
    "4",
    "--threads",
    "1",
    "--quiet",
    "--out",
];

/// One test at a time: each starts several processes.
static TURN: Mutex<()> = Mutex::new(());

/// An empty folder of this test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// `mpirun` for this many processes. More of them than cores are no error, nor is it one that this
/// may be the root user of a container.
fn mpirun(size: usize) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["--allow-run-as-root", "--oversubscribe", "-n", &size.to_string()]);
    command
}

/// The program on this many processes.
fn program(size: usize, words: &[&str], out: &Path) -> Command {
    let mut command = mpirun(size);
    command.arg(PROGRAM).args(words).arg(out);
    command
}

/// A place in the third epoch of [`DENSE`], as the process of this rank names it.
fn third_epoch(rank: usize) -> &'static str {
    if rank == 0 { "mid-epoch:20" } else { "worker-mid-epoch:20" }
}

/// The program, where a variable is set in the process of this rank only. That process begins with
/// its number on stderr: `exec` keeps the number of the shell.
fn with_in(size: usize, rank: usize, variable: &str, words: &[&str], out: &Path) -> Command {
    let script = format!(
        "if [ $OMPI_COMM_WORLD_RANK = {rank} ]; then echo $$ >&2; export {variable}; fi; exec \"$@\""
    );
    let mut command = mpirun(size);
    command.args(["sh", "-c", &script, "sh", PROGRAM]).args(words).arg(out);
    command
}

/// Runs the command to its end. Panics if it hangs.
fn ended(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("mpirun can be started");
    let (id, (sender, receiver)) = (child.id(), channel());
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(HANGS) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            let left = processes_of(id);
            kill("-KILL", id);
            let output = receiver.recv().unwrap().unwrap();
            // Open MPI 4.1 with PMIx 4.2 may wait for ever in its own end (PMIx_server_finalize) if
            // a process was killed before it had begun MPI.
            assert_eq!(left, 0, "hangs: {command:?}");
            eprintln!("mpirun itself did not end, but all its processes had");
            output
        }
    }
}

/// The number of processes that `mpirun` has started and that have not ended.
fn processes_of(mpirun: u32) -> usize {
    let output = Command::new("ps").args(["-o", "stat=", "--ppid", &mpirun.to_string()]).output();
    let text = String::from_utf8(output.expect("ps can be started").stdout).unwrap();
    text.lines().filter(|state| !state.starts_with('Z')).count()
}

fn succeeded(command: &mut Command) {
    let output = ended(command);
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// The lines of our own on stderr.
fn errors(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.lines().filter(|line| line.starts_with("error: ")).map(str::to_owned).collect()
}

fn sums(run: &Path) -> String {
    fs::read_to_string(run.join("SHA256SUMS")).unwrap_or_else(|error| panic!("{run:?}: {error}"))
}

/// The sums of the run that one process without MPI makes.
fn expected(folder: &Path, words: &[&str]) -> String {
    let out = folder.join("alone");
    succeeded(Command::new(PROGRAM).args(words).arg(&out));
    sums(&out)
}

fn kill(signal: &str, id: u32) {
    let status = Command::new("kill").args([signal, &id.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill {signal} {id}");
}

/// Checks that the run can be continued on this many processes, and ends with the same files.
fn resumed(size: usize, out: &Path, expected: &str) {
    succeeded(&mut program(size, &["resume", "--threads", "1", "--quiet"], out));
    assert_eq!(sums(out), expected, "{out:?} on {size}");
}

#[test]
fn files_do_not_depend_on_the_number_of_processes() {
    let _turn = TURN.lock();
    let folder = folder("same");
    // Batches of 50 images are eight shards, those of `vae` and the last ones of `denoise` are one.
    let quick = ["--batch", "50", "--epochs", "2", "--threads", "1", "--quiet", "--out"];
    for (name, words) in [
        ("vae", &["dense", "--limit", "150", "--model", "vae"][..]),
        ("pairs", &["dense", "--limit", "150", "--summation", "pairwise", "--keep-best"]),
        ("denoise", &["denoise", "--limit", "60", "--noise", "0.3"]),
        ("anomaly", &["anomaly", "--limit", "300", "--false-alarms", "0.1"]),
    ] {
        let words = [words, &quick].concat();
        let folder = folder.join(name);
        fs::create_dir(&folder).unwrap();
        let expected = expected(&folder, &words);
        for size in [1, 2, 3] {
            let out = folder.join(size.to_string());
            succeeded(&mut program(size, &words, &out));
            assert_eq!(sums(&out), expected, "{name} on {size}");
        }
        succeeded(&mut program(2, &["verify", "--threads", "1", "--quiet"], &folder.join("alone")));
    }
}

#[test]
fn the_images_of_a_process_that_does_not_lead_are_in_a_file() {
    let _turn = TURN.lock();
    let folder = folder("images");
    let expected = expected(&folder, &DENSE);
    for (size, when, files) in [(1, "never", 0), (2, "always", 0), (2, "auto", 0), (2, "never", 2)]
    {
        let out = folder.join(format!("{size}-{when}"));
        let cache = folder.join(format!("cache-{size}-{when}"));
        let words = [&["dense", "--in-memory", when][..], &DENSE[1..]].concat();
        succeeded(program(size, &words, &out).env("AE_CACHE_DIR", &cache));
        assert_eq!(sums(&out), expected, "{size} {when}");
        // One for training and one for testing.
        assert_eq!(fs::read_dir(&cache).map_or(0, Iterator::count), files, "{size} {when}");
    }
}

/// The sums of the two trainings of a laboratory, and its scores.
fn laboratory(out: &Path) -> [String; 3] {
    let scores = fs::read_to_string(out.join("scores.csv"));
    let runs = [1, 2].map(|seed| sums(&out.join(format!("notebook-dense-seed-{seed}"))));
    let [one, two] = runs;
    [one, two, scores.unwrap_or_else(|error| panic!("{out:?}: {error}"))]
}

#[test]
fn the_models_and_scores_of_lab_do_not_depend_on_the_number_of_processes() {
    let _turn = TURN.lock();
    let folder = folder("lab");
    let words = "lab --classes 5 --limit 100 --batch 50 --epochs 1 --latent 3 --seeds 2 --samples 2 \
                 --models notebook-dense --samplers uniform --threads 1 --quiet --out";
    let words: Vec<&str> = words.split(' ').collect();
    let alone = folder.join("alone");
    succeeded(Command::new(PROGRAM).args(&words).arg(&alone));
    let expected = laboratory(&alone);
    assert!(expected[0] != expected[1] && expected[0].contains("model.safetensors"));
    for size in [1, 2] {
        let out = folder.join(size.to_string());
        succeeded(&mut program(size, &words, &out));
        assert_eq!(laboratory(&out), expected, "on {size}");
        let times = fs::read_to_string(out.join("notebook-dense-seed-1/times.toml")).unwrap();
        assert_eq!(times.contains("processes = 2\n"), size == 2, "{times}");
    }
}

#[test]
fn a_killed_or_panicking_process_ends_all_and_the_run_can_be_resumed() {
    let _turn = TURN.lock();
    let folder = folder("faults");
    let expected = expected(&folder, &DENSE);
    for rank in 0..3 {
        let place = third_epoch(rank);
        let out = folder.join(format!("panic-{rank}"));
        let variable = format!("AE_PANIC_AT={place}");
        let output = ended(&mut with_in(3, rank, &variable, &DENSE, &out));
        assert_eq!(output.status.code(), Some(101), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(text.matches("panicked at").count(), 1, "{text}");
        resumed(rank + 1, &out, &expected);

        let out = folder.join(format!("kill-{rank}"));
        let variable = format!("AE_STOP_AT={place}");
        let mut command = with_in(3, rank, &variable, &DENSE, &out);
        let (status, text) = killed(&mut command, "-KILL", |[_, stopped]| stopped);
        assert_eq!(status, Some(137), "{text}");
        resumed(3 - rank, &out, &expected);
    }
}

/// Starts `mpirun` with standard error that begins with the number of a process. When that process
/// has stopped, sends the signal to one of the two. Returns the status and the rest of standard
/// error.
fn killed(
    command: &mut Command,
    signal: &str,
    whom: impl Fn([u32; 2]) -> u32,
) -> (Option<i32>, String) {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut id, mut line) = (0, String::new());
    while !line.contains("stopped at") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "ended before it was stopped");
        id = line.trim().parse().unwrap_or(id);
    }
    kill(signal, whom([child.id(), id]));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        sender.send((child.wait().unwrap().code(), text))
    });
    receiver.recv_timeout(HANGS).unwrap_or_else(|_| panic!("hangs: {command:?}"))
}

#[test]
fn an_error_is_printed_once_with_its_status() {
    let _turn = TURN.lock();
    let folder = folder("errors");
    let missing = ["dense", "--dataset", "no/such/folder", "--out"];
    let output = ended(&mut program(3, &missing, &folder.join("missing")));
    assert_eq!(output.status.code(), Some(3));
    let expected =
        "error: no/such/folder: expected a folder or file of images, found nothing there";
    assert_eq!(errors(&output), [expected]);

    let diverging = ["dense", "--limit", "100", "--lr", "1e30", "--quiet", "--out"];
    let output = ended(&mut program(2, &diverging, &folder.join("diverging")));
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert_eq!(errors(&output).len(), 1, "{output:?}");

    // A disk that is full for the process that writes: no file may become larger than 64 kB.
    let mut command = mpirun(2);
    let script = "trap '' XFSZ; ulimit -f 128; exec \"$@\"";
    command.args(["sh", "-c", script, "sh", PROGRAM]).args(DENSE).arg(folder.join("full"));
    let output = ended(&mut command);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(errors(&output).len(), 1, "{output:?}");
}

#[test]
fn other_data_and_another_program_are_refused() {
    let _turn = TURN.lock();
    let folder = folder("others");
    // One path, but other images in the folder where the second process runs.
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets");
    let mut command = mpirun(1);
    let words = ["dense", "--limit", "100", "--dataset", "/proc/self/cwd/data", "--out"];
    let out = folder.join("data-run");
    for (place, name) in [("one", "mnist"), ("two", "fashion-mnist")] {
        let place = folder.join(place);
        fs::create_dir(&place).unwrap();
        std::os::unix::fs::symlink(datasets.join(name).canonicalize().unwrap(), place.join("data"))
            .unwrap();
        if name != "mnist" {
            command.args([":", "-n", "1"]);
        }
        command.arg("--wdir").arg(&place).arg(PROGRAM).args(words).arg(&out);
    }
    let output = ended(&mut command);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let lines = errors(&output);
    let right = |line: &str| {
        line.starts_with("error: process 1: ")
            && line.contains("that process 0 has: expected SHA-256")
    };
    assert!(lines.len() == 1 && right(&lines[0]), "{lines:?}");
    assert!(!out.join("SHA256SUMS").exists());

    let other = folder.join("other-program");
    fs::copy(PROGRAM, &other).unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(&other)
        .map(|mut file| {
            std::io::Write::write_all(&mut file, b"another").unwrap();
        })
        .unwrap();
    let out = folder.join("run");
    let words = |command: &mut Command, program: &Path| {
        command.arg(program).args(DENSE).arg(&out);
    };
    let mut command = mpirun(1);
    words(&mut command, Path::new(PROGRAM));
    command.args([":", "-n", "1"]);
    words(&mut command, &other);
    let output = ended(&mut command);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let lines = errors(&output);
    assert!(
        lines.len() == 1
            && lines[0].starts_with("error: process 1: expected the program of process 0"),
        "{lines:?}"
    );
    assert!(!out.exists());
}

#[test]
fn a_signal_to_one_process_stops_all_after_the_same_batch() {
    let _turn = TURN.lock();
    let folder = folder("signals");
    let long = DENSE.map(|word| if word == "4" { "1000000" } else { word });
    let out = folder.join("run");
    let mut command = mpirun(2);
    // The second process asks itself to end after the first epoch, of more than it can ever do.
    let script = "if [ $OMPI_COMM_WORLD_RANK = 1 ]; then (
            until [ -e \"$RUN/checkpoint-previous.safetensors\" ]; do
                kill -0 $$ || exit
                sleep 0.05
            done
            kill -TERM $$
        ) & fi
        exec \"$@\"";
    command.env("RUN", &out).args(["sh", "-c", script, "sh", PROGRAM]).args(long).arg(&out);
    let output = ended(&mut command);
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    assert!(out.join("model.safetensors").exists() && !out.join("SHA256SUMS").exists());
}

#[test]
fn a_signal_to_a_process_that_waits_for_an_order_stops_the_training() {
    let _turn = TURN.lock();
    let folder = folder("early");
    let long = DENSE.map(|word| if word == "4" { "1000000" } else { word });
    // As soon as the second process catches SIGTERM, it gets one: the first one still reads data.
    let script = "if [ $OMPI_COMM_WORLD_RANK = 1 ]; then (
            until [ $((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$$/status) & 0x4000)) != 0 ]; do
                sleep 0.01
            done
            kill -TERM $$
        ) & fi
        exec \"$@\"";
    let mut command = mpirun(2);
    command.args(["sh", "-c", script, "sh", PROGRAM]).args(long).arg(folder.join("run"));
    let output = ended(&mut command);
    assert_eq!(output.status.code(), Some(143), "{output:?}");
}

#[test]
fn sigterm_to_mpirun_ends_all_and_the_run_can_be_resumed() {
    let _turn = TURN.lock();
    let folder = folder("term");
    let (expected, out) = (expected(&folder, &DENSE), folder.join("run"));
    // The first process waits for ever, so `mpirun` has to kill it.
    let stop = format!("AE_STOP_AT={}", third_epoch(0));
    let mut command = with_in(2, 0, &stop, &DENSE, &out);
    let (status, text) = killed(&mut command, "-TERM", |[mpirun, _]| mpirun);
    assert_ne!(status, Some(0), "{text}");
    resumed(2, &out, &expected);
}

#[test]
fn after_kills_at_any_time_the_run_can_be_resumed() {
    let _turn = TURN.lock();
    let folder = folder("kills");
    let begun = Instant::now();
    let expected = expected(&folder, &DENSE);
    // `mpirun` needs half a second more. A later kill would find a run that has ended.
    let length = begun.elapsed().as_millis() as u64 + 500;
    let count: u64 = std::env::var("AE_KILLS").map_or(1, |n| n.parse().unwrap());
    // A linear congruential generator: the same sequence in each test.
    let mut random = 1_u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % below
    };
    let (mut hits, mut runs) = (0, 0);
    while hits < count {
        runs += 1;
        assert!(runs <= 10 * count, "{hits} of {runs} runs were killed before they ended");
        let out = folder.join(runs.to_string());
        let size = 2 + next(3);
        let (rank, after) = (next(size), next(length));
        let after = format!("{}.{:03}", after / 1000, after % 1000);
        let mut command = mpirun(size as usize);
        let script = format!(
            "if [ $OMPI_COMM_WORLD_RANK = {rank} ]; then (sleep {after}; kill -KILL $$) & fi; exec \"$@\""
        );
        command.args(["sh", "-c", &script, "sh", PROGRAM]).args(DENSE).arg(&out);
        let output = ended(&mut command);
        if output.status.success() {
            // It was faster.
            assert_eq!(sums(&out), expected);
            continue;
        }
        hits += 1;
        // None if `mpirun` had to be killed.
        let status = output.status.code();
        assert!(status.is_none_or(|status| status == 137), "{output:?}");
        if !out.join("config.toml").exists() && !out.join("checkpoint.safetensors").exists() {
            // Before the first file: nothing is to be resumed.
            continue;
        }
        if !out.join("SHA256SUMS").exists() {
            resumed(1 + next(3) as usize, &out, &expected);
        }
        assert_eq!(sums(&out), expected);
    }
    println!("{hits} of {runs} runs were killed before they ended");
}
