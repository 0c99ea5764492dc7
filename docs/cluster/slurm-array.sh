#!/usr/bin/env bash
# Works through a sweep with a job array of Slurm: many trainings, each on one node.
#
#   sbatch --array=1-16 docs/cluster/slurm-array.sh plan.toml runs/sweep
#
# Task k of n takes every n-th job of the plan. A task that is requeued, or submitted again, skips
# what is done and resumes what was stopped.
#SBATCH --job-name=ae-sweep
#SBATCH --array=1-8
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --time=04:00:00
# B: to this script, which passes it on: the program is its child, not a step of srun.
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A-%a.log
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch --array=1-N $(basename "$0") PLAN.toml FOLDER [OPTION...]" >&2
  exit 2
fi
plan=$1 folder=$2
shift 2
program=${AE_PROGRAM:-ae-app}

# The numbers of an array need not begin at 1: 0-15 are 16 tasks as well.
shard=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))/$SLURM_ARRAY_TASK_COUNT
"$program" sweep "$plan" --out "$folder" --shard "$shard" "$@" &
child=$!
trap 'kill -TERM "$child"' TERM
status=0
wait "$child" || status=$?
# A signal ends the first wait before the program has written its state.
while kill -0 "$child" 2>/dev/null; do
  status=0
  wait "$child" || status=$?
done

if [ "$status" = 143 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$status"
