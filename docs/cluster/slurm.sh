#!/usr/bin/env bash
# Trains one model on the nodes of a Slurm cluster, and goes on after a time limit by itself.
#
#   sbatch docs/cluster/slurm.sh runs/denoise denoise --epochs 50
#   sbatch --nodes=4 --time=02:00:00 docs/cluster/slurm.sh runs/fives dense --classes 5
#
# The first word is the run's folder, on a file system that all nodes see. The others are those of
# ae-app, without --out. Options of sbatch before the script's name override the lines below.
#SBATCH --job-name=ae-train
#SBATCH --nodes=2
# One process for each node, whose threads use all of its cores.
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=01:00:00
# SIGTERM to all processes two minutes before the limit: they stop after the same batch, and the
# first one writes the state of the training.
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch $(basename "$0") RUN COMMAND [OPTION...]" >&2
  exit 2
fi
run=$1
shift
program=${AE_PROGRAM:-ae-app-mpi}

# A run that was begun goes on. The folder is not there if the job waited and never started.
if [ -e "$run/config.toml" ]; then
  words=(resume "$run")
else
  words=("$@" --out "$run")
fi
status=0
srun --mpi=pmix --cpus-per-task="$SLURM_CPUS_ON_NODE" --kill-on-bad-exit=1 "$program" "${words[@]}" || status=$?

# 143: SIGTERM came, and all is written. The job goes to the end of the queue under its own number.
if [ "$status" = 143 ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
