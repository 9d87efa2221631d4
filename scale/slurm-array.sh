#!/bin/bash
# Runs `tapedeck work` as a Slurm job array. Submit it with:
#   TAPEDECK_SOURCE=s3://market TAPEDECK_STORE=s3://store sbatch --array=1-16 scale/slurm-array.sh --models minilm
# All tasks share only the store. Tasks that start late or again take free units; cancel any of them at any time.
#SBATCH --job-name=tapedeck
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=12:00:00
#SBATCH --output=tapedeck-%A_%a.log
# A task whose node fails, or that is preempted, goes back to the queue.
#SBATCH --requeue
#SBATCH --open-mode=append
# SIGTERM two minutes before the time limit: the worker releases its unit. The default of Slurm leaves it 30 seconds.
#SBATCH --signal=TERM@120
set -u
: "${TAPEDECK_SOURCE:?set it to the market data}" "${TAPEDECK_STORE:?set it to the store}"
for try in 1 2 3 4 5; do
  # Without srun, the signal would end this shell and not the worker.
  srun --ntasks=1 tapedeck work --max-workers "${SLURM_CPUS_PER_TASK:-1}" "$@"
  code=$?
  case $code in
    # All units are published; wrong usage, which running again does not mend.
    0 | 2) exit $code ;;
    # The time is up: the rest is for another turn in the queue. A task must name itself: SLURM_JOB_ID of the last one names all of them.
    143) exec scontrol requeue "${SLURM_ARRAY_JOB_ID:?}_${SLURM_ARRAY_TASK_ID:?}" ;;
  esac
  echo "exit code $code, try $try of 5" >&2
  sleep $((try * 5))
done
exit "$code"
