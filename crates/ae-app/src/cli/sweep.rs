//! The arguments of `ae-app sweep`.

use super::shared::{DataDirArgs, ThreadsArgs};
use ae_run::sweep::Shard;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app sweep codes.toml                      every run of the plan, then the report
  ae-app sweep codes.toml --shard 2/4          every fourth run from the second on; four machines
                                               that share the folder call it with 1/4 to 4/4
  ae-app sweep runs/sweep-codes                go on with a sweep that was stopped or killed
  ae-app sweep runs/sweep-codes --report       only the report of the runs that are complete

A plan, codes.toml:
  command = \"dense\"                            or denoise, anomaly
  seeds = 3                                    1, 2, 3; or a list
  [options]                                    the same for all runs, by their long names
  classes = [3, 5]
  epochs = 20
  [grid]                                       every combination of these values; without a grid
  latent = [2, 5, 10]                          the runs differ in the seed alone
  lr = [0.001, 0.0003]
";

/// The arguments of `ae-app sweep`.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct SweepArgs {
    /// A plan, as above, or the folder of a sweep that has begun
    #[arg(value_name = "PLAN|FOLDER")]
    pub(crate) plan: PathBuf,

    /// Folder of the sweep; if it holds one of this plan, or of a smaller grid, that one goes on
    /// [default: runs/sweep-PLAN]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) shard: ShardArgs,

    /// Train nothing, and write the report of the runs that are complete
    #[arg(long, conflicts_with_all = ["shard", "keep_going"])]
    pub(crate) report: bool,

    /// Go on with the other runs after every error, not only after a training that diverged
    #[arg(long)]
    pub(crate) keep_going: bool,

    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}

/// Which trainings a process does.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ShardArgs {
    /// Only every N-th training from the K-th on, counted from 1. Any number of processes, also
    /// with equal shards or none, may share a folder: none repeats what another one does
    #[arg(long, value_name = "K/N")]
    pub(crate) shard: Option<Shard>,
}
