//! The readers of the program's output: nobody, a pipe that closes, a file, a terminal.

use crate::common;
use crate::common::{Outcome, SHORT_RUN, Sandbox};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

/// The lines off a terminal, as `epoch i/2  loss 0.1234  val_loss 0.1234`.
#[track_caller]
fn assert_epoch_lines(stderr: &str) {
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr:?}");
    for (line, epoch) in lines.into_iter().zip(1..) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["epoch", count, "loss", loss, "val_loss", val_loss] = words[..] else {
            panic!("{line:?}")
        };
        assert_eq!(count, format!("{epoch}/2"));
        for number in [loss, val_loss] {
            assert!(number.len() == 6 && number.parse::<f64>().is_ok(), "{line:?}");
        }
    }
}

#[test]
fn off_a_terminal_progress_is_a_line_an_epoch() {
    let sandbox = Sandbox::with_data();
    let outcome = sandbox.run(SHORT_RUN);
    outcome.assert_success();
    assert_epoch_lines(&outcome.stderr);
    assert!(outcome.stdout.contains("\ntrain (60, 64)\n"), "{outcome:#?}");
    assert!(!outcome.stdout.contains("epoch 1/2"), "{outcome:#?}");
    assert!(!outcome.stdout.contains('\u{1b}'), "{outcome:#?}");
}

#[test]
fn quiet_says_nothing() {
    let sandbox = Sandbox::with_data();
    for (quiet, out) in [("--quiet", "long"), ("-q", "short")] {
        let outcome = sandbox.run(SHORT_RUN.into_iter().chain([quiet, "--out", out]));
        outcome.assert_success();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
        sandbox.assert_whole_run(out);
    }
}

#[test]
fn case_29_a_reader_who_leaves_does_not_stop_the_run() {
    let sandbox = Sandbox::with_data();
    for (lines, out) in [(0, "none"), (1, "one")] {
        let mut child = sandbox
            .command(SHORT_RUN.into_iter().chain(["--out", out]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // As `| head -1` does: read, and close the pipe.
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        for _ in 0..lines {
            stdout.read_line(&mut line).unwrap();
        }
        drop(stdout);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
        assert_epoch_lines(&stderr);
        assert_eq!(line, ["", "data       data, data\n"][lines]);
        sandbox.assert_whole_run(out);
    }
}

#[test]
fn case_29b_help_and_errors_into_a_closed_pipe() {
    let sandbox = Sandbox::with_data();
    for (args, status) in
        [(&["dense", "--help"][..], 0), (&["dense", "--lr", "nan"], common::USAGE)]
    {
        let mut child =
            sandbox.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = child.stderr.take();
        if status != 0 {
            drop(stderr.take());
        }
        let mut said = String::new();
        stderr.map(|mut stderr| stderr.read_to_string(&mut said).unwrap());
        assert_eq!(child.wait().unwrap().code(), Some(status), "{said}");
        assert_eq!(said, "");
    }
}

#[test]
#[cfg(unix)]
fn case_29c_streams_that_were_never_open_or_are_full() {
    let sandbox = Sandbox::with_data();
    for (redirection, out) in
        [(">&- 2>&-", "closed"), (">/dev/full 2>/dev/full", "full"), ("2>&1 | head -1", "head")]
    {
        if redirection.contains("/dev/full") && !std::path::Path::new("/dev/full").exists() {
            continue;
        }
        let mut shell = std::process::Command::new("sh");
        sandbox.prepare(&mut shell);
        shell.args(["-c", &format!("\"$@\" {redirection}"), "sh"]).arg(common::program());
        shell.args(SHORT_RUN.into_iter().chain(["--out", out]));
        let outcome = Outcome::of(&mut shell);
        outcome.assert_success();
        assert_eq!(outcome.stderr, "");
        sandbox.assert_whole_run(out);
    }
}

/// The text that is a command's result must not be truncated with status 0.
#[test]
#[cfg(unix)]
fn a_full_disk_behind_stdout_is_an_error_and_a_reader_who_leaves_is_not() {
    let sandbox = Sandbox::new();
    let shell = |args: &[&str], redirection: &str| {
        let mut shell = std::process::Command::new("sh");
        sandbox.prepare(&mut shell);
        shell.args(["-c", &format!("\"$@\" {redirection}"), "sh"]).arg(common::program());
        Outcome::of(shell.args(args))
    };
    for args in [
        &["models"][..],
        &["models", "vae"],
        &["models", "--json", "-q"],
        &["man"],
        &["completions", "bash"],
        &["--help"],
        &["dense", "--help"],
        &["--version"],
    ] {
        if std::path::Path::new("/dev/full").exists() {
            let line = shell(args, ">/dev/full").assert_error(common::FAILURE);
            assert!(line.starts_with("error: cannot write to stdout: "), "{args:?}: {line}");
        }
        for redirection in ["| head -c 1 >/dev/null", ">&-"] {
            let outcome = shell(args, redirection);
            assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{args:?}");
        }
    }
}

#[test]
fn case_30_no_colors_where_there_is_no_terminal() {
    let sandbox = Sandbox::with_data();
    let variables = [
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("TERM", "xterm-256color"),
        ("TERM", ""),
        ("COLUMNS", "0"),
    ];
    for (i, (name, value)) in variables.into_iter().enumerate() {
        let out = i.to_string();
        let args = SHORT_RUN.into_iter().chain(["--out", &out]);
        let outcome = Outcome::of(sandbox.command(args).env(name, value));
        outcome.assert_success();
        assert_epoch_lines(&outcome.stderr);
        assert!(!outcome.stdout.contains('\u{1b}'), "{name}={value}: {outcome:#?}");
        for args in [&["--help"][..], &["dense", "--help"]] {
            let help = Outcome::of(sandbox.command(args).env(name, value));
            help.assert_success();
            assert!(!help.stdout.contains('\u{1b}'), "{name}={value}: {help:#?}");
        }
        // Asserts that the line is without control characters.
        Outcome::of(sandbox.command(["dense", "--epoch", "3"]).env(name, value))
            .assert_error(common::USAGE);
    }
}

/// On a terminal, which `script` from util-linux provides for both streams.
#[test]
#[cfg(target_os = "linux")]
fn case_30b_on_a_terminal() {
    let sandbox = Sandbox::with_data();
    let on_terminal = |variables: &[(&str, &str)], args: &[&str]| {
        let words = args.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        let command = format!("'{}' {words}", common::program().display());
        let mut script = std::process::Command::new("script");
        sandbox.prepare(&mut script);
        script.envs(variables.iter().copied());
        script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        match script.output() {
            Ok(output) => Some(Outcome::from(output)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => panic!("script: {error}"),
        }
    };
    let short = |out| SHORT_RUN.into_iter().chain(["--out", out]).collect::<Vec<&str>>();
    let Some(help) = on_terminal(&[("TERM", "xterm")], &["--help"]) else {
        eprintln!("skipped: there is no `script` here");
        return;
    };
    // So this is a terminal, and colors are possible.
    assert!(help.assert_success().stdout.contains("\u{1b}["), "{help:#?}");

    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let variables = [("TERM", "xterm"), variable];
        let help = on_terminal(&variables, &["--help"]).unwrap();
        assert!(!help.assert_success().stdout.contains('\u{1b}'), "{variable:?}: {help:#?}");
    }

    // A bar, which moves and disappears, but has no color.
    let run = on_terminal(&[("TERM", "xterm")], &short("bar")).unwrap();
    let said = &run.assert_success().stdout;
    assert!(said.contains("epoch") && said.contains("/2 [") && said.contains("ETA"), "{said:?}");
    let mut sequences = said.split("\u{1b}[").skip(1).map(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || ";?".contains(c)).chars().next()
    });
    assert!(sequences.all(|end| end != Some('m')), "{said:?}");
    sandbox.assert_whole_run("bar");

    // A terminal that cannot move its cursor gets lines.
    let run = on_terminal(&[("TERM", "dumb")], &short("dumb")).unwrap();
    let said = &run.assert_success().stdout;
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let epochs: Vec<&str> = said.lines().filter(|line| line.starts_with("epoch ")).collect();
    assert_epoch_lines(&epochs.join("\n"));

    let run = on_terminal(&[("TERM", "xterm")], &[&short("quiet")[..], &["-q"]].concat()).unwrap();
    assert_eq!(run.assert_success().stdout, "");
}
