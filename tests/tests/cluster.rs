//! `docs/cluster` and what it says: the recipes and the image of a node name what exists, and the
//! model of the cost of messages is right where the answer is known.

mod common;

#[path = "../../benches/src/cluster.rs"]
#[allow(dead_code, unreachable_pub, reason = "a module of ae-bench, whose program uses the rest")]
mod cluster;

use ae_autodiff::Params;
use ae_layers::{Architecture, Sequential};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use cluster::{Cluster, Inputs, Job, Network, Way};

fn read(name: &str) -> String {
    let path = common::workspace().join(name);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The instructions of a Dockerfile, each with its arguments: lines that end with a backslash are
/// joined.
fn instructions(dockerfile: &str) -> Vec<Vec<String>> {
    let joined = dockerfile.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// The packages of `apt-get install` in a line of a script.
fn installed(words: &[String]) -> BTreeSet<&str> {
    let Some(at) = words.windows(2).position(|pair| *pair == ["apt-get", "install"]) else {
        return BTreeSet::new();
    };
    let after = words[at + 2..].iter().take_while(|word| *word != "&&" && *word != "\\");
    after.map(String::as_str).filter(|word| !word.starts_with('-')).collect()
}

#[test]
fn the_image_is_built_from_files_that_exist_with_the_packages_of_ci() {
    let root = common::workspace();
    let dockerfile = instructions(&read("docs/cluster/Dockerfile"));
    let stages = dockerfile.iter().filter(|words| words[0] == "FROM").count();
    assert_eq!(stages, 2);

    let mut copied = 0;
    for words in dockerfile.iter().filter(|words| words[0] == "COPY") {
        let [_, sources @ .., _] = &words[..] else { panic!("{words:?}") };
        if sources[0].starts_with("--from=") {
            continue;
        }
        for source in sources {
            copied += 1;
            assert!(root.join(source).exists(), "COPY {source}: no such file");
        }
    }
    assert!(copied > 8, "{copied} paths only");
    let ignored = read("docs/cluster/Dockerfile.dockerignore");
    assert!(ignored.lines().any(|line| line == "**/target"), "{ignored}");

    // One list for the compilation: that of CI.
    let file = "mpi/packages.txt";
    let list = read(file);
    let listed: BTreeSet<&str> = list.lines().collect();
    assert!(listed.len() > 2 && listed.iter().all(|name| !name.is_empty()), "{listed:?}");
    assert!(read(".ci/run").contains(&format!("mapfile -t needed <{file}")));
    let runs: Vec<_> = dockerfile.iter().filter(|words| words[0] == "RUN").collect();
    let of_list = ["xargs", "-a", file, "apt-get", "install"];
    assert!(runs[0].windows(5).any(|words| words == of_list), "{:?}", runs[0]);
    assert_eq!(installed(runs[0]), BTreeSet::new());
    // What starts processes when they are there is also in the list for the compilation.
    let at_run_time = installed(runs[2]);
    assert!(at_run_time.contains("openmpi-bin"), "{at_run_time:?}");
    let unlisted: Vec<_> = at_run_time.difference(&listed).collect();
    assert_eq!(unlisted, [&"openssh-client", &"openssh-server"]);
}

/// Cargo, in a folder with nothing but what the image's first stage gets.
#[test]
fn the_image_gets_every_file_that_cargo_needs() {
    let folder = tempfile::tempdir().unwrap();
    let root = common::workspace();
    let dockerfile = instructions(&read("docs/cluster/Dockerfile"));
    let first = dockerfile.iter().skip(1).take_while(|words| words[0] != "FROM" || words.len() > 3);
    for words in first.filter(|words| words[0] == "COPY") {
        for source in &words[1..words.len() - 1] {
            copy_manifests(&root.join(source), &folder.path().join(source));
        }
    }
    for manifest in ["Cargo.toml", "mpi/Cargo.toml"] {
        let output =
            Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()))
                .current_dir(folder.path())
                .args([
                    "metadata",
                    "--format-version=1",
                    "--no-deps",
                    "--offline",
                    "--manifest-path",
                ])
                .arg(manifest)
                .output()
                .expect("cargo can be started");
        assert!(output.status.success(), "{manifest}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Copies a file or a folder, of which only the manifests and the names of sources count.
fn copy_manifests(from: &std::path::Path, to: &std::path::Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let name = entry.file_name();
            if name != "target" && name != "node_modules" {
                copy_manifests(&entry.path(), &to.join(name));
            }
        }
        return;
    }
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    match from.extension().and_then(|extension| extension.to_str()) {
        Some("toml" | "lock") => drop(fs::copy(from, to).unwrap()),
        Some("rs") => fs::write(to, "").unwrap(),
        _ => {}
    }
}

#[test]
fn the_recipes_call_commands_and_options_that_exist() {
    let help = |command: &str| {
        let output = Command::new(common::program()).args([command, "--help"]).output().unwrap();
        assert!(output.status.success(), "{command}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (file, command, options) in [
        ("slurm-array.sh", "sweep", &["--out", "--shard"][..]),
        ("kubernetes-job.yaml", "sweep", &["--out", "--shard"]),
        ("slurm.sh", "resume", &[]),
        ("kubernetes-mpijob.yaml", "denoise", &["--epochs", "--out"]),
        ("kubernetes-mpijob.yaml", "resume", &[]),
    ] {
        let (recipe, help) = (read(&format!("docs/cluster/{file}")), help(command));
        assert!(recipe.contains(&format!("{command} ")), "{file}: no {command}");
        for option in options {
            assert!(recipe.contains(option), "{file}: no {option}");
            assert!(help.contains(option), "{command} has no {option}");
        }
    }
    // A stop by SIGTERM ends with 143, and nothing else is queued again.
    for file in ["slurm.sh", "slurm-array.sh"] {
        let script = read(&format!("docs/cluster/{file}"));
        assert!(script.contains("= 143 ]") && script.contains("scontrol requeue"), "{file}");
        assert!(script.contains("TERM@"), "{file}");
    }
}

fn cluster(nodes: usize) -> Cluster {
    let network = Network { name: "any".into(), latency: 1e-5, bandwidth: 1e9 };
    Cluster { nodes, cores: 4, network }
}

fn job(bytes: f64) -> Job {
    Job { name: "any".into(), bytes, shard: 8.0, image: 1e-4, update: 5e-5, additions: 4e9 }
}

fn close(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
}

#[test]
fn one_node_says_nothing_and_two_are_computed_by_hand() {
    for way in [Way::Chain, Way::Tree] {
        assert_eq!(cluster(1).communication(&job(1e6), 3, way), 0.0);
    }
    // A message of 8,000 bytes takes 10 + 8 us, an addition 2 us, two of them are 4 us.
    close(cluster(2).communication(&job(8e3), 2, Way::Chain), 18e-6 + 4e-6 + 18e-6);
    close(cluster(2).communication(&job(8e3), 2, Way::Tree), 18e-6 + 2e-6 + 18e-6);
    // Seven shards on four cores are two rounds of eight images.
    close(cluster(2).computation(&job(8e3), 7), 2.0 * 8.0 * 1e-4 + 5e-5);
}

/// The chain, played: a node has a segment when the node before it has, and itself the one before.
fn played(cluster: &Cluster, job: &Job, shards: usize) -> f64 {
    let bytes = job.bytes;
    let segments = (bytes / 32_768.0).ceil().clamp(1.0, 16.0) as usize;
    let segment = bytes / segments as f64;
    let add = shards as f64 * segment / job.additions;
    let message = cluster.network.latency + segment / cluster.network.bandwidth;
    let mut done = vec![0.0; segments];
    for node in 0..cluster.nodes {
        let mut free = 0.0;
        for ready in &mut done {
            // The node receives, adds, and passes on, one segment after the other.
            let begin = if node == 0 { free } else { f64::max(*ready, free) };
            *ready = begin + add + if node + 1 < cluster.nodes { message } else { 0.0 };
            free = *ready;
        }
    }
    done[segments - 1] - segments as f64 * add
}

#[test]
fn the_chain_takes_as_long_as_when_it_is_played() {
    for nodes in [2, 3, 17, 256] {
        for bytes in [1e4, 1e5, 1e7] {
            let cluster = cluster(nodes);
            let broadcast = f64::from(nodes.next_power_of_two().ilog2())
                * (cluster.network.latency + bytes / cluster.network.bandwidth);
            let found = cluster.communication(&job(bytes), 3, Way::Chain) - broadcast;
            close(found, played(&cluster, &job(bytes), 3));
        }
    }
}

#[test]
fn the_chain_grows_with_the_nodes_and_the_tree_with_their_logarithm() {
    let of = |nodes, way| cluster(nodes).communication(&job(1e4), 1, way);
    let ratio = |way| of(256, way) / of(16, way);
    // One segment: from 15 to 255 turns, and from 4 to 8 levels of broadcast.
    assert!(ratio(Way::Chain) > 10.0, "{}", ratio(Way::Chain));
    close(ratio(Way::Tree), 2.0);
}

/// The tables of the README, with the columns as its headings say.
#[test]
fn the_batches_in_the_readme_are_those_of_the_model() {
    let inputs = Inputs::parse(&read("benches/cluster.toml")).unwrap();
    let (mut of, mut network, mut nodes, mut found) = (None, None, Vec::new(), 0);
    for line in read("docs/cluster/README.md").lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let numbers = |suffix: &str| -> Vec<Option<f64>> {
            let number = |cell: &&str| cell.strip_suffix(suffix)?.replace(',', "").parse().ok();
            cells.iter().skip(2).map(number).collect()
        };
        let heading = cells[0].replace('`', "");
        if cells.get(1) == Some(&"sum") {
            let jobs = inputs.jobs.iter().filter(|job| heading.starts_with(&job.name));
            of = jobs.max_by_key(|job| job.name.len());
            nodes = numbers(" nodes");
            continue;
        }
        let way = match cells.get(1) {
            Some(&"in-order") => Way::Chain,
            Some(&"pairwise") => Way::Tree,
            _ => continue,
        };
        network = inputs.networks.iter().find(|known| known.name == heading).or(network);
        let (job, network) = (of.expect("a model"), network.expect("a network"));
        let expected = nodes.iter().map(|nodes| {
            let cluster = inputs.cluster(nodes.expect("a number of nodes") as usize, network);
            cluster.smallest_batch(job, 0.1, way)
        });
        assert_eq!(numbers(""), expected.collect::<Vec<_>>(), "{}: {line}", job.name);
        found += nodes.len();
    }
    assert_eq!(found, 60);
}

/// What the README says of numbers that are not in its tables.
#[test]
fn the_sentences_of_the_readme_are_those_of_the_model() {
    let inputs = Inputs::parse(&read("benches/cluster.toml")).unwrap();
    let text = read("docs/cluster/README.md").replace("\n  ", " ");
    let smallest = |job: usize, nodes, network: usize, way| {
        let cluster = inputs.cluster(nodes, &inputs.networks[network]);
        cluster.smallest_batch(&inputs.jobs[job], 0.1, way)
    };
    // The notebook's dense model on two nodes, then on three.
    let [pairwise, in_order] = [Way::Tree, Way::Chain].map(|way| smallest(0, 2, 2, way).unwrap());
    let thousands = |n: f64| match n {
        ..1000.0 => format!("{n:.0}"),
        _ => format!("{},{:03.0}", (n / 1000.0).floor(), n % 1000.0),
    };
    let sentence = format!(
        "batches of {} images with `pairwise`, and of {} with `in-order`",
        thousands(pairwise),
        thousands(in_order)
    );
    assert!(text.contains(&sentence), "expected: {sentence}");
    assert!(text.contains(
        "at 41 nodes with `denoise`, at two with the notebook's dense model and with 10 MB"
    ));
    for network in 0..3 {
        let ends = [(0, 2), (1, 41), (2, 2)].map(|(job, last)| {
            [last, last + 1].map(|nodes| smallest(job, nodes, network, Way::Chain).is_some())
        });
        assert_eq!(ends, [[true, false]; 3]);
        let largest = smallest(3, 2, network, Way::Chain);
        assert_eq!(largest, None, "no batch of the model of 100 MB is enough");
    }
    // A convolutional model on a fast network.
    let busy = [(16, 2), (2, 1)]
        .map(|(nodes, network)| thousands(smallest(1, nodes, network, Way::Tree).unwrap()));
    let [sixteen, two] = busy;
    let sentence = format!("a batch of {sixteen} images, one shard for each core, keeps 16 nodes");
    assert!(text.contains(&sentence), "expected: {sentence}");
    assert!(
        text.contains(&format!("one of {two} keeps two on 10 Gbit/s with `pairwise`")),
        "{two}"
    );
    let [dense, denoise] = [0, 1].map(|job| &inputs.jobs[job]);
    let [shard, in_a_node] = [dense.shard * dense.image * 1e6, denoise.shard * inputs.cores as f64];
    assert!(text.contains(&format!("computes a shard of it in {shard:.0} us")), "{shard}");
    assert!(text.contains(&format!("{in_a_node} images of `denoise` in each node")));
}

#[test]
fn the_smallest_batch_is_the_smallest() {
    let mut found = Vec::new();
    for nodes in [2, 8, 64] {
        for way in [Way::Chain, Way::Tree] {
            let (cluster, job) = (cluster(nodes), job(1e5));
            let Some(batch) = cluster.smallest_batch(&job, 0.1, way) else { continue };
            found.push((nodes, way));
            let shards = (batch / job.shard) as usize / nodes;
            assert!(cluster.share(&job, shards, way) <= 0.1, "{nodes} {way:?}");
            // Every core has the same number of them.
            assert!(shards > 0 && shards.is_multiple_of(cluster.cores), "{nodes} {way:?}");
            let fewer = shards - cluster.cores;
            if fewer > 0 {
                assert!(cluster.share(&job, fewer, way) > 0.1, "{nodes} {way:?}");
            }
        }
    }
    let trees = [8, 64].map(|nodes| (nodes, Way::Tree));
    assert_eq!(found, [&[(2, Way::Chain), (2, Way::Tree)][..], &trees].concat());
    // Where the additions of the chain alone take longer than a tenth, no batch helps.
    let slow = Job { additions: 1e6, ..job(1e5) };
    assert_eq!(cluster(64).smallest_batch(&slow, 0.1, Way::Chain), None);
    assert!(cluster(64).smallest_batch(&slow, 0.1, Way::Tree).is_some());
}

/// A shard of a large batch has the most images that it may have, by the rule of
/// `ae-train/src/shards.rs`. The numbers of that rule are in the lesson of ae-train, and tested
/// there.
#[test]
fn the_models_have_the_weights_and_the_shards_of_the_program() {
    let dense = |layers: &str| format!("input 784; {layers}; dense 784 sigmoid");
    let convolution = "input 28x28x1; conv2d 32 3x3 relu; max_pooling2d 2x2; conv2d 32 3x3 relu; \
                       max_pooling2d 2x2; conv2d 32 3x3 relu; up_sampling2d 2x2; \
                       conv2d 32 3x3 relu; up_sampling2d 2x2; conv2d 1 3x3 sigmoid";
    let words = [
        ("dense", dense("dense 10 relu")),
        ("denoise", convolution.to_owned()),
        ("dense, 10 MB", dense("dense 1600 relu")),
        ("dense, 100 MB", dense("dense 3200 relu; dense 3200 relu; dense 3200 relu")),
    ];
    let inputs = Inputs::parse(&read("benches/cluster.toml")).unwrap();
    for (job, (name, words)) in inputs.jobs.iter().zip(&words) {
        let (model, mut params) = (words.parse::<Architecture>().unwrap(), Params::new());
        let built = Sequential::build(model.input, &model.layers, &mut params, 1).unwrap();
        let (values, weights) = (built.activation_len(), params.element_count());
        let most = match weights {
            ..=0x8000 => ((1 << 15) / values).max(32).min((1 << 19) / values),
            _ => (1 << 19) / values,
        };
        assert_eq!(job.name, *name);
        assert_eq!((job.bytes, job.shard), (4.0 * weights as f64, most as f64), "{name}");
    }
    assert_eq!(inputs.jobs.len(), words.len());
    // A batch in which every core has the same number of whole shards is cut into these shards:
    // their number is a multiple of 8.
    assert!(inputs.cores.is_multiple_of(8));
}

#[test]
fn what_was_measured_can_be_read_and_a_fault_in_it_is_named() {
    let text = read("benches/cluster.toml");
    let inputs = Inputs::parse(&text).unwrap();
    assert_eq!(inputs.networks.len(), 3);
    assert!(inputs.jobs.len() >= 4 && inputs.cores > 1);
    assert!(inputs.jobs.windows(2).all(|pair| pair[0].bytes < pair[1].bytes));
    let gigabit = &inputs.networks[0];
    assert_eq!(gigabit.bandwidth, 125e6);
    let missing = text.replacen("us_per_image", "us_per_picture", 1);
    assert!(Inputs::parse(&missing).unwrap_err().contains("no us_per_image in "));
}
