//! `ae-app sweep` and `ae-app lab --shard`: a plan becomes runs and a report, in one process or in
//! several.

use crate::common;
use crate::common::{DATA, DIVERGED, INTERRUPTED, Sandbox, TERMINATED, TIMED, USAGE};
use std::collections::BTreeMap;
use std::fs;

const PLAN: &str = "\
command = 'dense'
seeds = 2
[options]
dataset = 'data'
classes = 'all'
batch = 20
samples = 2
epochs = 2
[grid]
latent = [2, 4]
";
const NAMES: [&str; 4] =
    ["latent=2,seed=1", "latent=2,seed=2", "latent=4,seed=1", "latent=4,seed=2"];
/// The files beside the folders of the runs.
const COMMON: [&str; 5] = ["plan.toml", "report.csv", "report.html", "report.png", "sweep.toml"];

fn with_plan(plan: &str) -> Sandbox {
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("plan.toml"), plan).unwrap();
    sandbox
}

/// The checksums of each run of a sweep, by the name of its folder, with the table.
fn results(sandbox: &Sandbox, out: &str) -> BTreeMap<String, String> {
    let read = |name: &str| fs::read_to_string(sandbox.path(out).join(name)).unwrap();
    let runs = NAMES.map(|name| (name.to_owned(), read(&format!("{name}/SHA256SUMS"))));
    runs.into_iter().chain([("report.csv".to_owned(), read("report.csv"))]).collect()
}

/// The files below a folder, by path, without those with times.
fn files_below(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let within =
        |path: &std::path::Path| Some(path.strip_prefix(folder).ok()?.to_str()?.to_owned());
    let files = sandbox.tree().into_iter().filter_map(|(path, file)| Some((within(&path)?, file?)));
    files.filter(|(name, _)| !TIMED.iter().any(|timed| name.ends_with(timed))).collect()
}

#[test]
fn a_plan_becomes_the_same_runs_and_report_in_one_process_or_two() {
    let sandbox = with_plan(PLAN);
    let said = sandbox.run(["sweep", "plan.toml", "--out", "one"]).assert_success().stdout.clone();
    assert!(
        said.starts_with("sweep      4 runs of dense, 2 seeds at each of 2 points of the grid\n"),
        "{said}"
    );
    let one = results(&sandbox, "one");
    let below = files_below(&sandbox, "one");
    let own: Vec<&String> = below.keys().filter(|name| !name.contains('/')).collect();
    assert_eq!(own, ["plan.toml", "report.csv", "report.png", "sweep.toml"]);

    // Each run is that of the command with the same options.
    let run = "dense --dataset data --classes all --batch 20 --samples 2 --epochs 2 --latent 4 \
               --seed 2 --out run -q";
    sandbox.run(run.split(' ')).assert_success();
    let sums = fs::read_to_string(sandbox.path("run/SHA256SUMS")).unwrap();
    assert_eq!(sums, one["latent=4,seed=2"]);

    // The table has the mean of both seeds.
    let loss = |seed: u64| -> f64 {
        let path = sandbox.path(format!("one/latent=2,seed={seed}/history.csv"));
        let text = fs::read_to_string(path).unwrap();
        text.lines().last().unwrap().split(',').nth(2).unwrap().parse().unwrap()
    };
    let line = one["report.csv"].lines().nth(1).unwrap();
    let fields: Vec<&str> = line.split(',').collect();
    assert_eq!(fields[..5], ["2", "val_loss", "2", "0", "0"]);
    let mean: f64 = fields[5].parse().unwrap();
    assert!((mean - (loss(1) + loss(2)) / 2.0).abs() < 1e-12, "{line}");

    // The next call must not take a name that begins with a dash for an option.
    let said = sandbox.run(["sweep", "plan.toml", "--out=-dash", "--shard", "1/4"]);
    let line = "to continue: cargo run -p ae-app -- sweep ./-dash\n";
    assert!(said.assert_success().stdout.ends_with(line), "{said:#?}");
    // Two shards, in the other order, on other numbers of threads.
    let shard = |shard, threads| {
        ["sweep", "plan.toml", "--out", "two", "--shard", shard, "--threads", threads]
    };
    let said = sandbox.run(shard("2/2", "1")).assert_success().stdout.clone();
    assert!(said.contains("2 runs of dense of 4, shard 2/2") && said.contains("2 runs of 4 left"));
    let page = fs::read_to_string(sandbox.path("two/report.html")).unwrap();
    let left = "Not complete: 2 runs of 4 left to do.";
    assert!(
        page.contains(left) && page.contains("<code>cargo run -p ae-app -- sweep two"),
        "{page}"
    );
    assert!(said.contains("1 of 2") && !sandbox.path("two/latent=2,seed=1").exists(), "{said}");
    sandbox.run(shard("1/2", "2")).assert_success();
    assert_eq!(files_below(&sandbox, "two"), below);

    // Nothing is left to do: no file changes but the page, which says when it was written.
    sandbox.run(["sweep", "one"]).assert_success();
    sandbox.run(["resume", "one", "-q"]).assert_success();
    assert_eq!(files_below(&sandbox, "one"), below);
    sandbox.run(["verify", "one/latent=2,seed=1", "-q"]).assert_success();

    // A larger grid keeps the runs that exist.
    let larger = PLAN.replace("[2, 4]", "[4, 3, 2]");
    fs::write(sandbox.path("plan.toml"), &larger).unwrap();
    let said = sandbox.run(["sweep", "plan.toml", "--out", "one"]).assert_success().stdout.clone();
    let done: Vec<&str> = said.lines().filter(|line| line.starts_with("latent=")).collect();
    assert!(done.len() == 2 && done.iter().all(|line| line.starts_with("latent=3,")), "{said}");
    let after = results(&sandbox, "one");
    assert!(NAMES.iter().all(|name| after[*name] == one[*name]));
    assert!(
        after["report.csv"]
            .lines()
            .skip(1)
            .all(|line| one["report.csv"].contains(line) || line.starts_with("3,"))
    );

    // JSON has the same numbers.
    let json = sandbox.run(["sweep", "two", "--report", "--json"]).assert_success().stdout.clone();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let point = &json["points"][0];
    assert_eq!(
        (point["options"]["latent"].as_str(), point["seeds"].as_u64()),
        (Some("2"), Some(2))
    );
    assert_eq!(point["measures"]["val_loss"]["mean"].as_f64(), Some(mean));
    let files: Vec<&str> =
        json["files"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(files, COMMON);
    let page = fs::read_to_string(sandbox.path("two/report.html")).unwrap();
    assert!(page.contains("Means over the seeds") && page.contains("Complete."));
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn two_processes_share_a_folder_and_what_is_killed_is_continued() {
    use crate::common::running::Running;
    let sandbox = with_plan(PLAN);
    sandbox.run(["sweep", "plan.toml", "--out", "one", "-q"]).assert_success();
    let one = files_below(&sandbox, "one");

    // The first stands in its first run; the second does the other three, and ends.
    let args = ["sweep", "plan.toml", "--out", "two"];
    let mut standing = Running::start(sandbox.command(args).env("AE_STOP_AT", "mid-epoch:4"));
    standing.until_stderr("stopped at mid-epoch\n");
    let said = sandbox.run(args).assert_success().stdout.clone();
    let done = |said: &str| -> Vec<String> {
        let lines = said.lines().filter(|line| line.contains(": val_loss "));
        lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(done(&said), NAMES[1..]);
    assert!(said.contains("latent=2,seed=1: another process works on it\n"), "{said}");
    assert!(said.contains("\n1 run of 4 left to do\n"), "{said}");
    // It is killed in its second epoch. The next call continues this run, and no other.
    standing.kill();
    let said = sandbox.run(args).assert_success().stdout.clone();
    assert_eq!(done(&said), NAMES[..1]);
    assert_eq!(files_below(&sandbox, "two"), one);

    // A signal ends it as it ends a run, and the next call goes on.
    let args = ["sweep", "plan.toml", "--out", "three", "-v"];
    let mut stopped = Running::start(sandbox.command(args).env("AE_STOP_AT", "claimed:4"));
    stopped.until_stderr("stopped at claimed\n");
    stopped.send("TERM");
    stopped.until_stderr("SIGTERM: stopping");
    stopped.send("INT");
    assert_eq!(stopped.end().status, Some(INTERRUPTED));
    let begun = fs::read_dir(sandbox.path("three")).unwrap().count();
    assert!((3..=5).contains(&begun), "{begun}");
    let claims = sandbox.tree().into_keys().filter(|path| path.ends_with(".running"));
    assert_eq!(claims.count(), 0);
    sandbox.run(args).assert_success();
    assert_eq!(files_below(&sandbox, "three"), one);
}

#[test]
#[cfg(unix)]
fn a_signal_ends_a_run_after_its_batch_and_the_wait_for_the_report_at_once() {
    use crate::common::running::Running;
    let plan = PLAN.replace("seeds = 2", "seeds = 1").replace("[2, 4]", "[2]");
    let sandbox = with_plan(&plan.replace("epochs = 2", "epochs = 1000000000"));
    let args = ["sweep", "plan.toml", "--out", "endless", "--json"];
    let mut endless = Running::start(&mut sandbox.command(args));
    let second = sandbox.path("endless/latent=2,seed=1/checkpoint-previous.safetensors");
    endless.until("checkpoints", || second.exists().then_some(()));
    endless.send("TERM");
    let outcome = endless.end();
    assert_eq!(outcome.status, Some(TERMINATED), "{outcome:#?}");
    let said = "SIGTERM: stopping, and writing the results so far; another signal quits at once\n\
                stopped; the runs so far are written\n";
    assert!(outcome.stderr.contains(said), "{outcome:#?}");
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&json["ended"], &json["folder"]), (&"stopped".into(), &"endless".into()));
    let point = |seeds: usize, missing: usize, measures: serde_json::Value| {
        let options = serde_json::json!({ "latent": "2" });
        serde_json::json!([{ "options": options, "seeds": seeds, "diverged": 0,
                             "missing": missing, "measures": measures }])
    };
    assert_eq!(json["points"], point(0, 1, serde_json::json!({})));

    // This test has the folder of a sweep whose run is left to do, as if it wrote its report.
    fs::write(sandbox.path("plan.toml"), plan).unwrap();
    let nothing = ["sweep", "plan.toml", "--out", "out", "--shard", "2/2"];
    sandbox.run(nothing).assert_success();
    let claim = fs::File::create_new(sandbox.path("out/.running")).unwrap();
    claim.lock().unwrap();
    let mut waiting = Running::start(&mut sandbox.command(["sweep", "out", "--json"]));
    let sums = sandbox.path("out/latent=2,seed=1/SHA256SUMS");
    waiting.until("SHA256SUMS", || sums.exists().then_some(()));
    // It reads the run before it waits.
    std::thread::sleep(std::time::Duration::from_millis(500));
    waiting.send("TERM");
    let outcome = waiting.end();
    assert_eq!(outcome.status, Some(TERMINATED), "{outcome:#?}");
    assert!(!sandbox.path("out/report.csv").exists());
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let measures = json["points"][0]["measures"].clone();
    assert!(measures["val_loss"]["mean"].as_f64() > Some(0.0), "{outcome:#?}");
    assert_eq!((&json["ended"], &json["points"]), (&"stopped".into(), &point(1, 0, measures)));
    // As at the end.
    drop(claim);
    let whole = sandbox.run(["sweep", "out", "--json"]).assert_success().stdout.clone();
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole["points"], json["points"]);
}

#[test]
#[cfg(unix)]
fn processes_at_once_do_each_run_once() {
    use crate::common::running::Running;
    let sandbox = with_plan(&PLAN.replace("[2, 4]", "[2, 3, 4, 5]"));
    let args = ["sweep", "plan.toml", "--out", "out", "--threads", "1"];
    let running: Vec<Running> =
        (0..3).map(|_| Running::start(&mut sandbox.command(args))).collect();
    let ended: Vec<_> = running.into_iter().map(Running::end).collect();
    let mut done: Vec<&str> = Vec::new();
    for outcome in &ended {
        outcome.assert_success();
        let lines = outcome.stdout.lines().filter(|line| line.contains(": val_loss "));
        done.extend(lines.map(|line| line.split(':').next().unwrap()));
    }
    done.sort_unstable();
    let expected: Vec<String> = (2..6)
        .flat_map(|latent| (1..3).map(move |seed| format!("latent={latent},seed={seed}")))
        .collect();
    assert_eq!(done, expected);
    // The last one wrote a whole report.
    let csv = fs::read_to_string(sandbox.path("out/report.csv")).unwrap();
    assert_eq!(csv.lines().filter(|line| line.contains("val_loss,2,0,0,")).count(), 4, "{csv}");
}

#[test]
fn seeds_alone_are_a_sweep_with_one_point_and_one_seed_is_one_run() {
    let plan = PLAN.split("[grid]").next().unwrap().replace("epochs = 2", "epochs = 1");
    let sandbox = with_plan(&plan.replace("seeds = 2", "seeds = 1"));
    let args = ["sweep", "plan.toml", "--out", "out"];
    let said = sandbox.run(args).assert_success().stdout.clone();
    assert!(said.starts_with("sweep      1 run of dense, 1 seed\n"), "{said}");
    assert!(said.contains("\nseeds  val_loss  loss\n1      0."), "{said}");
    assert!(!said.contains("interval over the seeds"), "{said}");
    let line = |csv: &str| csv.lines().nth(1).unwrap().to_owned();
    let csv = || fs::read_to_string(sandbox.path("out/report.csv")).unwrap();
    let (one, one_loss) = (csv(), line(&csv()));
    let fields: Vec<&str> = one_loss.split(',').collect();
    assert!(one.starts_with("measure,seeds,diverged,missing,mean,deviation,low,high\n"), "{one}");
    assert_eq!((&fields[..4], &fields[5..]), (&["val_loss", "1", "0", "0"][..], &["", "", ""][..]));

    // Another seed makes a mean with an interval, and its run is that of the command.
    fs::write(sandbox.path("plan.toml"), plan).unwrap();
    let said = sandbox.run(args).assert_success().stdout.clone();
    assert!(said.starts_with("sweep      2 runs of dense, 2 seeds\n"), "{said}");
    assert!(said.contains("\nmean ± half of the 95 % confidence interval over the seeds\n"));
    assert!(line(&csv()).starts_with("val_loss,2,0,0,") && !line(&csv()).ends_with(','));
    assert!(sandbox.path("out/report.png").exists());
    let page = fs::read_to_string(sandbox.path("out/report.html")).unwrap();
    assert!(page.contains("Means over the seeds"));
    let run = "dense --dataset data --classes all --batch 20 --samples 2 --epochs 1 --seed 2 --out run -q";
    sandbox.run(run.split(' ')).assert_success();
    let sums = |run: &str| fs::read_to_string(sandbox.path(run).join("SHA256SUMS")).unwrap();
    assert_eq!(sums("run"), sums("out/seed=2"));
    let json = sandbox.run(["sweep", "out", "--report", "--json"]).assert_success().stdout.clone();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["points"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["points"][0]["options"], serde_json::json!({}));
}

#[test]
fn a_run_that_diverges_is_reported_and_the_others_go_on() {
    let plan =
        PLAN.replace("latent = [2, 4]", "lr = [1e30, 0.001]").replace("seeds = 2", "seeds = 1");
    let sandbox = with_plan(&plan);
    let args = ["sweep", "plan.toml", "--out", "out"];
    let outcome = sandbox.run(args);
    assert_eq!(outcome.status, Some(DIVERGED), "{outcome:#?}");
    assert!(outcome.stderr.is_empty(), "{outcome:#?}");
    assert!(outcome.stdout.contains("lr=1e30,seed=1: training diverged: "), "{outcome:#?}");
    assert!(sandbox.path("out/lr=0.001,seed=1/SHA256SUMS").exists());
    let csv = fs::read_to_string(sandbox.path("out/report.csv")).unwrap();
    assert!(csv.contains("\n1e30,val_loss,0,1,0,,,,\n"), "{csv}");
    let json = sandbox.run(["sweep", "plan.toml", "--out", "out", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["failed"][0]["run"], "lr=1e30,seed=1");
    assert_eq!(json["points"][0]["diverged"], 1);
    // It is not tried again.
    let before = files_below(&sandbox, "out");
    assert_eq!(sandbox.run(args).status, Some(DIVERGED));
    assert_eq!(files_below(&sandbox, "out"), before);

    // Another error ends the sweep, unless it is to go on; nothing is recorded.
    let plan = plan
        .replace("lr = [1e30, 0.001]", "epochs = [1, 2]")
        .replace("batch = 20", "batch = 100000");
    fs::write(sandbox.path("plan.toml"), plan.replace("epochs = 2\n[", "[")).unwrap();
    let line = sandbox.run(["sweep", "plan.toml", "--out", "bad", "-q"]).assert_error(USAGE);
    assert!(line.starts_with("error: epochs=1,seed=1: --batch 100000: expected 1 to "), "{line}");
    let outcome = sandbox.run(["sweep", "plan.toml", "--out", "bad", "-q", "--keep-going"]);
    assert_eq!(outcome.status, Some(USAGE));
    assert!(outcome.stderr.contains("warning: epochs=2,seed=1: --batch 100000"), "{outcome:#?}");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_key() {
    let sandbox = with_plan(PLAN);
    let refused = |plan: &str, expected: &str| {
        fs::write(sandbox.path("bad.toml"), plan).unwrap();
        let line = sandbox.assert_refused(["sweep", "bad.toml", "--out", "new"], USAGE);
        assert!(line.starts_with(&format!("error: bad.toml: {expected}")), "{line}");
    };
    let with = |grid: &str| format!("command = 'dense'\n[grid]\n{grid}");
    refused("", "command: expected dense, denoise or anomaly, found no such key");
    refused(
        "command = 'dense'\nseeds = 100000",
        "seeds: expected at most 10000 runs, found 100000",
    );
    refused("command = 'dense'\nseeds = [-1]", "seeds: expected whole numbers from 0, or how many");
    refused(&with("latnet = [1]"), "unknown key 'latnet'; tip: a similar key exists: 'latent'");
    refused(
        &with("epochs = [1, 0]"),
        "invalid value '0' for '--epochs <N>': it must be at least 1",
    );
    refused(&with("lr = [0.1, 0.10]"), "grid.lr: expected each value once, found 0.1 twice");
    let same = "grid: loss=bce,seed=1 and loss=binary_crossentropy,seed=1 are the same run";
    refused(&with("loss = ['bce', 'binary_crossentropy']"), same);
    refused(&with("seed = [1]"), "grid.seed: not an option of a plan; write seeds = [..] above");
    refused(&with("out = ['a']"), "grid.out: not an option of a plan; give it to sweep itself");
    refused("command = 'pca'", "command: expected dense, denoise or anomaly, found \"pca\"");

    let line = sandbox.assert_refused(["sweep", "plan.toml", "--shard", "3/2"], USAGE);
    assert!(
        line.contains("'3/2' for '--shard <K/N>': it must be K/N, with K from 1 to N"),
        "{line}"
    );
    let line = sandbox.assert_refused(["sweep", "plan.toml", "--report"], USAGE);
    assert_eq!(line, "error: runs/sweep-plan: expected the folder of a sweep, found no plan.toml");
    let line = sandbox.assert_refused(["sweep", "data"], USAGE);
    assert!(line.contains("data: expected a plan, or the folder of a sweep"), "{line}");
    let line = sandbox.assert_refused(["sweep", "plan.toml", "--out", "data"], USAGE);
    assert!(line.contains("--out data: not empty"), "{line}");

    // Another plan in the same folder: as long as no run has begun, the plan can be mended.
    let nothing = ["sweep", "plan.toml", "--out", "begun", "--shard", "9/9", "-q"];
    let with_mistake = PLAN.replace("'data'", "'away'");
    fs::write(sandbox.path("plan.toml"), &with_mistake).unwrap();
    let line = sandbox.run(["sweep", "plan.toml", "--out", "begun"]).assert_error(USAGE);
    assert!(line.contains("--dataset away: neither a known data set"), "{line}");
    fs::write(sandbox.path("plan.toml"), PLAN).unwrap();
    sandbox.run(nothing).assert_success();
    fs::create_dir_all(sandbox.path("begun/latent=2,seed=1")).unwrap();
    fs::write(sandbox.path("begun/latent=2,seed=1/.running"), "").unwrap();
    for (from, to, expected) in [
        ("[2, 4]", "[2, 5]", "grid.latent: expected 4 too"),
        ("epochs = 2", "epochs = 3", "options.epochs: expected \"2\", found \"3\""),
        ("seeds = 2", "seeds = 1", "seeds: expected 2 too"),
    ] {
        fs::write(sandbox.path("plan.toml"), PLAN.replace(from, to)).unwrap();
        let line = sandbox.assert_refused(["sweep", "plan.toml", "--out", "begun"], USAGE);
        assert!(line.starts_with(&format!("error: begun/plan.toml: {expected}; only")), "{line}");
    }
}

#[test]
fn a_plan_may_grow_and_shrink_in_its_folder_and_what_runs_share_stays() {
    let plan = PLAN.replace("seeds = 2", "seeds = 1").replace("epochs = 2", "epochs = 1");
    let with_model = plan.replace("[options]", "[options]\nmodel = 'own.toml'");
    let sandbox = with_plan(&with_model);
    let model =
        "latent = 2\nencoder = ['dense {latent} relu']\ndecoder = ['dense {pixels} sigmoid']";
    fs::write(sandbox.path("own.toml"), model).unwrap();
    let args = ["sweep", "plan.toml", "--out", "out"];
    sandbox.run(args).assert_success();
    let stored = fs::read_to_string(sandbox.path("out/plan.toml")).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(stored.contains(from), "{stored}");
        fs::write(sandbox.path("out/plan.toml"), stored.replace(from, to)).unwrap();
    };
    let refused = |command: &[&str], status, expected: &str| {
        let line = sandbox.assert_refused(command, status);
        let end = "change it back, or sweep this plan into a new folder";
        let expected = format!("error: out/plan.toml: {expected}; only");
        assert!(line.starts_with(&expected) && line.ends_with(end), "{line}");
    };
    let commands: [&[&str]; 3] =
        [&["sweep", "out"], &["sweep", "out", "--report"], &["resume", "out"]];
    for command in commands {
        edit("epochs = \"1\"", "epochs = \"2\"");
        refused(command, USAGE, "options.epochs: expected \"1\", found \"2\"");
        edit("[options]", "[options]\nlr = 0.1");
        refused(command, USAGE, "options.lr: expected no such key, found \"0.1\"");
    }
    edit("seeds", "seeds");
    fs::write(sandbox.path("own.toml"), model.replace("relu", "tanh")).unwrap();
    let changed = "model: expected own.toml as the sweep began with it, found another file";
    refused(&["sweep", "out"], USAGE, changed);
    fs::write(sandbox.path("own.toml"), model).unwrap();

    // A value fewer, and a value and a seed more.
    let done = |said: &str| said.lines().filter(|line| line.contains(": val_loss ")).count();
    edit("[\"2\", \"4\"]", "[4]");
    let said = sandbox.run(["sweep", "out"]).assert_success().stdout.clone();
    let left_out = "left out: 1 run of out that the plan lacks, latent=2,seed=1 first\n";
    assert!(done(&said) == 0 && said.contains(left_out), "{said}");
    edit("[\"2\", \"4\"]", "[2, 3, 4]");
    let said = sandbox.run(["sweep", "out"]).assert_success().stdout.clone();
    assert!(done(&said) == 1 && said.contains("latent=3,seed=1: ") && !said.contains("left out"));

    // Other data at the same place, before a training and in the report.
    common::data::write(&sandbox.path("data"), &[0, 1, 2].repeat(20), &[2, 1, 0].repeat(6));
    edit("[\"2\", \"4\"]", "[2, 3, 4, 5]");
    let expected = "out/latent=5,seed=1: expected the data of out/latent=2,seed=1, found others \
                    (t10k-images-idx3-ubyte differs); ";
    let line = sandbox.run(["sweep", "out"]).assert_error(DATA);
    assert!(line.starts_with(&format!("error: latent=5,seed=1: {expected}")), "{line}");
    assert_eq!(fs::read_dir(sandbox.path("out/latent=5,seed=1")).unwrap().count(), 0);
    let run = "dense --dataset data --classes all --batch 20 --samples 2 --epochs 1 --latent 5 \
               --model own.toml --out out/latent=5,seed=1 -q";
    sandbox.run(run.split_whitespace()).assert_success();
    let line = sandbox.assert_refused(["sweep", "out", "--report"], DATA);
    assert!(line.starts_with(&format!("error: {expected}")), "{line}");
    // An option may choose the data of a run.
    let several = with_model.replace("latent = [2, 4]", "limit = [30, 40]");
    fs::write(sandbox.path("plan.toml"), several).unwrap();
    sandbox.run(["sweep", "plan.toml", "--out", "several"]).assert_success();
}

#[test]
fn the_models_of_a_lab_are_trained_in_shards_and_the_last_one_scores() {
    let sandbox = Sandbox::with_data();
    let lab = "lab --dataset data --classes all --batch 20 --latent 3 --epochs 1 --seeds 2 --samples 2 \
               --models notebook-dense --samplers uniform";
    let lab =
        |more: &[&'static str]| lab.split(' ').chain(more.iter().copied()).collect::<Vec<_>>();
    sandbox.run(lab(&["--out", "one", "-q"])).assert_success();
    let said =
        sandbox.run(lab(&["--out", "two", "--shard", "2/2"])).assert_success().stdout.clone();
    let left = "1 training of 2 left to other processes; the last one scores\n";
    assert!(said.contains(left), "{said}");
    assert!(!sandbox.path("two/report.md").exists() && !sandbox.path("two/.running").exists());
    let line =
        sandbox.run(lab(&["--out", "two", "--shard", "1/2", "--limit", "50"])).assert_error(USAGE);
    assert!(line.contains("--out two: holds a lab of other arguments or data"), "{line}");
    sandbox.run(lab(&["--out", "two", "--shard", "1/2"])).assert_success();
    assert_eq!(files_below(&sandbox, "two"), files_below(&sandbox, "one"));
    let said =
        sandbox.run(lab(&["--out", "two", "--shard", "1/2"])).assert_success().stdout.clone();
    assert!(said.contains("two is complete: nothing is left to do\n"), "{said}");
}
