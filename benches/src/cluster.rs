//! What a training step takes on several machines: a model of computation and messages.
//!
//! Each of p nodes computes the shards that are its part of a batch of S, on c cores. Nothing
//! overlaps: the nodes compute, then they add their gradients, then each updates its weights. A
//! message of m bytes takes a + m / b: a latency and a bandwidth, as in R. W. Hockney, "The
//! communication challenge for MPP", 1994. The tests of this model are in `tests/tests/cluster.rs`.

use toml::{Table, Value};

/// The number of pieces in which the chain sends a sum, and the least that a piece has, in bytes
/// (`ae-train/src/team/sum.rs`).
const SEGMENTS: f64 = 16.0;
const SEGMENT: f64 = 32_768.0;

/// A network between nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// As it is called.
    pub name: String,
    /// The time of a message without content, in seconds.
    pub latency: f64,
    /// Bytes per second.
    pub bandwidth: f64,
}

/// A model, as training sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// As it is called.
    pub name: String,
    /// The size of its weights, and so of its gradient, in bytes.
    pub bytes: f64,
    /// The number of images in a shard: the most that it may have (`ae-train/src/shards.rs`). A
    /// large batch has as few shards as that allows.
    pub shard: f64,
    /// The seconds that a core takes for an image.
    pub image: f64,
    /// The seconds of the rest of a step, above all the update of the weights.
    pub update: f64,
    /// Bytes of gradients that a core adds per second: more if they fit in its cache.
    pub additions: f64,
}

/// The order in which gradients are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In the order of the shards, along a chain of nodes.
    Chain,
    /// In pairs, along a binary tree of nodes.
    Tree,
}

/// Nodes that are alike, and the network between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The number of nodes.
    pub nodes: usize,
    /// The number of cores of each.
    pub cores: usize,
    /// Between them.
    pub network: Network,
}

impl Cluster {
    /// The seconds from the gradients of `shards` shards in each node to their sum in every node.
    #[must_use]
    pub fn communication(&self, job: &Job, shards: usize, way: Way) -> f64 {
        if self.nodes == 1 {
            return 0.0;
        }
        self.reduction(job, shards, way) + self.broadcast(job.bytes)
    }

    /// The seconds until one node has the sum, without the additions that a node has to do anyway.
    fn reduction(&self, job: &Job, shards: usize, way: Way) -> f64 {
        let bytes = job.bytes;
        match way {
            // A pipeline. The last node begins when the first segment has passed the others; then a
            // segment follows at each turn.
            Way::Chain => {
                let segments = (bytes / SEGMENT).ceil().clamp(1.0, SEGMENTS);
                let segment = bytes / segments;
                let add = shards as f64 * segment / job.additions;
                let turn = self.message(segment) + add;
                (segments + self.nodes as f64 - 2.0) * turn + add - segments * add
            }
            // At each level half of the nodes that are left send their sum to the others.
            Way::Tree => self.levels() * (self.message(bytes) + bytes / job.additions),
        }
    }

    /// The seconds until all have what one has: in each round, every node that has it sends it on.
    fn broadcast(&self, bytes: f64) -> f64 {
        self.levels() * self.message(bytes)
    }

    fn message(&self, bytes: f64) -> f64 {
        self.network.latency + bytes / self.network.bandwidth
    }

    /// The number of levels of a binary tree with a leaf for each node.
    fn levels(&self) -> f64 {
        f64::from(self.nodes.next_power_of_two().ilog2())
    }

    /// The seconds in which each node computes: its shards, on all cores, and the update.
    #[must_use]
    pub fn computation(&self, job: &Job, shards: usize) -> f64 {
        shards.div_ceil(self.cores) as f64 * job.shard * job.image + job.update
    }

    /// The share of communication in a step.
    #[must_use]
    pub fn share(&self, job: &Job, shards: usize, way: Way) -> f64 {
        let (told, computed) =
            (self.communication(job, shards, way), self.computation(job, shards));
        told / (told + computed)
    }

    /// The smallest batch, in images, of whose steps communication takes at most this share, or
    /// `None` if no batch up to 2^30 images is large enough. Every core has the same number of
    /// whole shards, so none is idle: a batch between two such ones takes as long as the larger
    /// one.
    #[must_use]
    pub fn smallest_batch(&self, job: &Job, share: f64, way: Way) -> Option<f64> {
        let images = |shards: usize| (shards * self.nodes) as f64 * job.shard;
        let fits = |shards: usize| self.share(job, shards, way) <= share;
        if fits(self.cores) {
            return Some(images(self.cores));
        }
        // The share of r rounds of shards is a quotient of two linear functions of r: it falls with
        // r, or it rises, and then one round was too much already.
        let most = (f64::from(1 << 30) / images(self.cores)) as usize;
        if most == 0 || !fits(most * self.cores) {
            return None;
        }
        let (mut too_few, mut enough) = (1, most);
        while enough - too_few > 1 {
            let middle = too_few.midpoint(enough);
            if fits(middle * self.cores) { enough = middle } else { too_few = middle }
        }
        Some(images(enough * self.cores))
    }
}

/// What was measured, and what is assumed of networks: `benches/cluster.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// The cores of a node.
    pub cores: usize,
    /// From the slowest to the fastest.
    pub networks: Vec<Network>,
    /// From the smallest to the largest.
    pub jobs: Vec<Job>,
}

impl Inputs {
    /// Reads the file's text.
    ///
    /// # Errors
    /// A line that names the key that is missing or is not what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let node = Value::Table(table.clone());
        let node = node.get("node").ok_or("no table [node]")?;
        let network = |entry: &Value| {
            Ok(Network {
                name: name(entry)?,
                latency: 1e-6 * number(entry, "latency_us")?,
                bandwidth: 1e9 / 8.0 * number(entry, "gigabits_per_second")?,
            })
        };
        let job = |entry: &Value| {
            Ok(Job {
                name: name(entry)?,
                bytes: 4.0 * number(entry, "weights")?,
                shard: number(entry, "images_in_a_shard")?,
                image: 1e-6 * number(entry, "us_per_image")?,
                update: 1e-6 * number(entry, "us_per_update")?,
                additions: 1e9 * number(entry, "gigabytes_added_per_second")?,
            })
        };
        Ok(Self {
            cores: number(node, "cores")? as usize,
            networks: list(&table, "network")?
                .iter()
                .map(network)
                .collect::<Result<_, String>>()?,
            jobs: list(&table, "model")?.iter().map(job).collect::<Result<_, String>>()?,
        })
    }

    /// A cluster of these nodes.
    #[must_use]
    pub fn cluster(&self, nodes: usize, network: &Network) -> Cluster {
        Cluster { nodes, cores: self.cores, network: network.clone() }
    }
}

fn list<'a>(table: &'a Table, key: &str) -> Result<&'a [Value], String> {
    let entries = table.get(key).and_then(Value::as_array);
    entries.map(Vec::as_slice).ok_or_else(|| format!("no tables [[{key}]]"))
}

fn name(entry: &Value) -> Result<String, String> {
    let name = entry.get("name").and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| "a table without a name".to_owned())
}

fn number(entry: &Value, key: &str) -> Result<f64, String> {
    let found = entry.get(key).ok_or_else(|| format!("no {key} in {entry}"))?;
    let number = found.as_float().or(found.as_integer().map(|i| i as f64));
    number.filter(|n| *n > 0.0).ok_or_else(|| format!("{key} = {found}: expected a number above 0"))
}
