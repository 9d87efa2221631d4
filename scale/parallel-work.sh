#!/bin/bash
# Runs `tapedeck work` with GNU parallel: on this machine, or over ssh on those of a file.
#   TAPEDECK_SOURCE=market TAPEDECK_STORE=store scale/parallel-work.sh 2 --models minilm
#   TAPEDECK_SOURCE=s3://market TAPEDECK_STORE=s3://store HOSTS=hosts.txt scale/parallel-work.sh 16 --models minilm
# The first argument is the number of workers; the others go to `tapedeck work`. HOSTS names a file of GNU parallel's --sshloginfile, one
# "WORKERS/user@host" a line. Workers share only the store; a worker that fails starts again, three times.
set -euo pipefail
: "${TAPEDECK_SOURCE:?set it to the market data}" "${TAPEDECK_STORE:?set it to the store}"
workers=${1:?the number of workers}
shift
export TAPEDECK_SOURCE TAPEDECK_STORE
options=(--jobs "$workers")
# Over ssh, parallel passes on what it is told to. Credentials belong on the hosts: parallel would show them in lists of processes.
if [ -n "${HOSTS:-}" ]; then
  options=(--sshloginfile "$HOSTS" --env TAPEDECK_SOURCE --env TAPEDECK_STORE)
  for name in AWS_PROFILE AWS_ENDPOINT_URL_S3 AWS_REGION TAPEDECK_MODELS TAPEDECK_S3_PATH_STYLE; do
    if [ -n "${!name:-}" ]; then options+=(--env "$name"); fi
  done
fi
# -N0: the numbers are only a count. SIGTERM, then a minute to release the unit. Arguments are quoted once for the shell that runs them.
seq "$workers" | parallel -N0 --line-buffer --tagstring 'worker {#}' --retries 4 --termseq TERM,60000,KILL,25 "${options[@]}" \
  "$(printf '%q ' "${TAPEDECK:-tapedeck}" work --max-workers "${THREADS:-1}" "$@")"
