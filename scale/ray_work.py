#!/usr/bin/env python3
"""Runs `tapedeck work` on the nodes of a Ray cluster until all units of a plan are published.

Each worker is a Ray task that runs one `tapedeck work` process on its node. Workers share only the store: the claims, leases and
publications are tapedeck's own (docs/scale-out.md). Ray places the workers, starts them again on other nodes when a node is lost, and,
with an autoscaler, adds nodes for tasks that wait. This program starts workers again that failed, and reads the progress from the event
logs in the store.

    pip install ray            # and boto3, to follow a store in S3
    python scale/ray_work.py --source s3://market --store s3://store --workers 16 -- --models minilm

Everything after `--` goes to `tapedeck work`. Exit codes: 0 all units are published, 1 workers failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
from collections import deque

import ray

EVENTS = "financial-embeddings/events/"
USAGE_ERROR = 2
"""Exit code of `tapedeck work` for a wrong command line, which no retry mends."""


# --- The event logs of a store -----------------------------------------------------------------------------------------------------


class FolderObjects:
    """The objects of a store in a folder."""

    def __init__(self, root: str):
        self.root = root

    def list(self, prefix: str) -> dict[str, str]:
        """Versions by key."""
        found = {}
        for folder, _, names in os.walk(os.path.join(self.root, prefix)):
            for name in names:
                if name.startswith(".tapedeck-"):
                    continue
                path = os.path.join(folder, name)
                try:
                    status = os.stat(path)
                except FileNotFoundError:
                    continue  # replaced or removed since
                found[os.path.relpath(path, self.root)] = f"{status.st_mtime_ns}-{status.st_size}"
        return found

    def read(self, key: str) -> bytes | None:
        try:
            with open(os.path.join(self.root, key), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None


class BucketObjects:
    """The objects of a store in a bucket; boto3 reads the same variables as tapedeck."""

    def __init__(self, bucket: str, prefix: str):
        import boto3
        from botocore.config import Config

        style = "path" if os.environ.get("TAPEDECK_S3_PATH_STYLE") in ("1", "true") else "auto"
        self.client = boto3.client("s3", config=Config(s3={"addressing_style": style}, retries={"mode": "standard", "max_attempts": 10}))
        self.bucket, self.prefix = bucket, prefix + "/" if prefix else ""

    def list(self, prefix: str) -> dict[str, str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        return {item["Key"][len(self.prefix) :]: item["ETag"] for page in pages for item in page.get("Contents", [])}

    def read(self, key: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None


def objects_of(store: str) -> FolderObjects | BucketObjects:
    """The objects of a store: a folder, file:///path or s3://bucket/prefix."""
    if store.startswith("s3://"):
        bucket, _, prefix = store[len("s3://") :].partition("/")
        return BucketObjects(bucket, prefix.strip("/"))
    if store.startswith("file://"):
        return FolderObjects(urllib.parse.unquote(store[len("file://") :]))
    return FolderObjects(store)


@dataclasses.dataclass
class Progress:
    """What the event logs say of a plan, from the start of this program on."""

    plan: str | None = None
    units: int | None = None
    published_before: int = 0
    published: set[str] = dataclasses.field(default_factory=set)
    lost: int = 0
    rows: int = 0
    working: dict[str, str] = dataclasses.field(default_factory=dict)
    """By run, the unit at work."""
    warnings: list[str] = dataclasses.field(default_factory=list)

    @property
    def done(self) -> int:
        return self.published_before + len(self.published)


class EventLogs:
    """Follows the event logs of the runs that start after this value was made.

    A run rewrites its last segment as it grows, and starts a new one at 64 KiB. A segment is read again when its version has changed, and the
    lines that were read before are skipped. The first line of a later segment repeats the state of the run.
    """

    def __init__(self, store: str):
        self.objects = objects_of(store)
        self.earlier = {key.split("/")[2] for key in self.objects.list(EVENTS) if key.count("/") >= 3}
        self.versions: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.progress = Progress()

    def poll(self) -> Progress:
        """Reads what is new. A store that cannot be reached now is asked again at the next poll."""
        found = self.objects.list(EVENTS)
        for key, version in sorted(found.items()):
            run = key.split("/")[2]
            if run in self.earlier or self.versions.get(key) == version:
                continue
            content = self.objects.read(key)
            if content is None:
                continue
            self.versions[key] = version
            lines = content.decode("utf-8", "replace").splitlines()
            for line in lines[self.lines.get(key, 0) :]:
                self._event(run, line)
            self.lines[key] = len(lines)
        return self.progress

    def _event(self, run: str, line: str) -> None:
        try:
            [(name, members)] = json.loads(line)["event"].items()
        except (ValueError, KeyError, AttributeError):
            return  # a line of a later build
        progress = self.progress
        if name == "plan":
            if progress.plan != members["id"]:
                progress.plan, progress.units = members["id"], members["units"]
                progress.published_before, progress.published = members.get("published", 0), set()
            # The worker that looked first saw what earlier runs had published; later ones saw units of these runs, too.
            progress.published_before = min(progress.published_before, members.get("published", 0))
        elif name == "unitClaimed":
            progress.working[run] = str(members["unit"])
        elif name == "unitPublished":
            progress.published.add(str(members["unit"]))
            progress.rows += members.get("rows", 0)
            progress.working.pop(run, None)
        elif name == "unitLost":
            progress.lost += 1
            progress.working.pop(run, None)
        elif name == "warning":
            progress.warnings.append(members["text"])
        elif name == "ended":
            progress.working.pop(run, None)


# --- Workers -----------------------------------------------------------------------------------------------------------------------


def _die_with_parent() -> None:
    """Ends the worker when its Ray process is killed, as on a node that Ray gives up. Linux only."""
    import ctypes

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclasses.dataclass
class Outcome:
    """How a worker ended."""

    code: int
    host: str
    result: dict | None
    messages: str


@ray.remote(max_retries=-1)
def run_worker(command: list[str], environment: dict[str, str]) -> Outcome:
    """Runs one worker to its end. Ray runs the task again, on another node, if its node is lost: a killed worker does no harm."""
    host = os.uname().nodename
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", env={**os.environ, **environment},
            preexec_fn=_die_with_parent)
    except OSError as error:
        return Outcome(127, host, None, f"{command[0]}: {error.strerror}")
    try:
        output, messages = process.communicate()
    except BaseException:
        # Ray cancels the task: the worker releases its claim and ends within seconds.
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    try:
        result = json.loads(output) if output.strip() else None
    except ValueError:
        result = None
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(code, host, result, "\n".join(messages.splitlines()[-5:]))


class Fleet:
    """Keeps a number of workers at work until one of them finds that the whole plan is published."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        environment = {name: os.environ[name] for name in options.env if name in os.environ}
        command = [options.tapedeck, "work", "--source", options.source, "--store", options.store, "--json"]
        if not any(word == "--max-workers" or word.startswith("--max-workers=") for word in options.work):
            command += ["--max-workers", str(max(1, int(options.cpus_per_worker)))]
        self.arguments = (command + options.work, environment)
        self.task = run_worker.options(
            num_cpus=options.cpus_per_worker, scheduling_strategy="SPREAD", resources=dict(options.resource) or None)
        self.running: dict[ray.ObjectRef, int] = {}
        """The number of each worker."""
        self.failures: dict[int, int] = {}
        """By worker, how often it failed in a row."""
        self.waiting: deque[tuple[float, int]] = deque()
        """Workers to start again, and when."""
        self.outcomes: list[Outcome] = []

    def start(self, number: int) -> None:
        self.running[self.task.remote(*self.arguments)] = number

    def run(self, logs: EventLogs) -> int:
        """Returns the exit code."""
        count = self.options.workers or max(1, int(ray.cluster_resources().get("CPU", 1) // self.options.cpus_per_worker))
        say(f"{count} workers on {nodes()} nodes")
        for number in range(count):
            self.start(number)
        began = shown = time.monotonic()
        while self.running or self.waiting:
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                self.start(self.waiting.popleft()[1])
            ended, _ = ray.wait(list(self.running), timeout=1) if self.running else (time.sleep(1), [])
            for reference in ended or []:
                code = self._ended(reference)
                if code is not None:
                    self.cancel()
                    return code
            if now - shown >= self.options.poll:
                shown = now
                show(logs, began, len(self.running))
        # Every worker has used up its retries.
        return 1

    def _ended(self, reference: ray.ObjectRef) -> int | None:
        """Returns the exit code if that is the end of the run."""
        number = self.running.pop(reference)
        try:
            outcome = ray.get(reference)
        except ray.exceptions.RayError as error:
            outcome = Outcome(1, "?", None, str(error).splitlines()[0])
        self.outcomes.append(outcome)
        if outcome.code == 0:
            # Nothing is left for anyone; workers that are still at it find that out themselves, unless they only wait for a place.
            return 0 if self._drain() else None
        say(f"worker {number} on {outcome.host} exited with {outcome.code}: {outcome.messages}")
        if outcome.code in (USAGE_ERROR, 127):
            return USAGE_ERROR if outcome.code == USAGE_ERROR else 1
        failed = self.failures[number] = self.failures.get(number, 0) + 1
        if failed > self.options.retries:
            say(f"worker {number} is not started again: it failed {failed} times")
            return None
        self.waiting.append((time.monotonic() + min(60, 2**failed), number))
        return None

    def _drain(self) -> bool:
        """Waits for the other workers, a minute at most: all units are published, so that each ends after its look at the plan."""
        self.waiting.clear()
        if self.running:
            ended, rest = ray.wait(list(self.running), num_returns=len(self.running), timeout=60)
            for reference in ended:
                del self.running[reference]
                try:
                    self.outcomes.append(ray.get(reference))
                except ray.exceptions.RayError:
                    pass
        return True

    def cancel(self) -> None:
        for reference in self.running:
            ray.cancel(reference, force=False)
        if self.running:
            ray.wait(list(self.running), num_returns=len(self.running), timeout=45)
        self.running.clear()


# --- What is shown -----------------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def nodes() -> int:
    return sum(1 for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU"))


def show(logs: EventLogs, began: float, running: int) -> None:
    try:
        progress = logs.poll()
    except Exception as error:  # of the store's client, whatever it is: following is not needed for the work
        say(f"the event logs cannot be read now: {error}")
        return
    for warning in progress.warnings:
        say(f"warning: {warning}")
    progress.warnings = []
    if progress.units is None:
        say(f"{running} workers, {nodes()} nodes; no plan yet")
        return
    elapsed = time.monotonic() - began
    here = len(progress.published)
    left = progress.units - progress.done
    rest = f", about {elapsed / here * left / 60:.1f} min left" if here and left else ""
    say(
        f"{progress.done}/{progress.units} units, {progress.rows / elapsed:,.0f} rows/s, {len(progress.working)} units at work, "
        f"{running} workers, {nodes()} nodes{rest}")


def pair(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    return name, float(number or 1)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ray_work.py", description="Run `tapedeck work` on a Ray cluster until all units are published.",
        epilog="Everything after -- goes to `tapedeck work`.")
    parser.add_argument("--source", required=True, help="market data; every node must reach it")
    parser.add_argument("--store", required=True, help="store; every node must reach it")
    parser.add_argument("--workers", type=int, help="number of workers; default: as many as the cluster's CPUs allow now")
    parser.add_argument("--cpus-per-worker", type=float, default=1, help="CPUs that Ray reserves for a worker, and its threads (default 1)")
    parser.add_argument("--resource", type=pair, action="append", default=[], metavar="NAME=N", help="custom resource of the nodes to use")
    parser.add_argument("--retries", type=int, default=5, help="how often a worker that fails is started again (default 5)")
    parser.add_argument("--address", default="auto", help="address of the Ray cluster (default: the one that runs here)")
    parser.add_argument("--tapedeck", default="tapedeck", help="the program on the nodes (default: tapedeck on their PATH)")
    parser.add_argument("--env", action="append", default=[], metavar="NAME", help="variable to pass on from here to the workers")
    parser.add_argument("--poll", type=float, default=5, help="seconds between looks at the event logs (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    own, _, work = (arguments, None, []) if "--" not in arguments else (
        arguments[: arguments.index("--")], None, arguments[arguments.index("--") + 1 :])
    options = parser.parse_args(own)
    options.work = work
    if options.workers is not None and options.workers < 1:
        parser.error("--workers must be at least 1")
    if options.cpus_per_worker <= 0 or options.retries < 0 or options.poll <= 0:
        parser.error("--cpus-per-worker and --poll must be positive, --retries not negative")
    return options


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    # Ray sometimes writes notices to standard output, which is for the result alone.
    result = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    ray.init(address=options.address, log_to_driver=False, logging_level="warning")
    began = time.monotonic()
    logs = EventLogs(options.store)
    fleet = Fleet(options)
    try:
        code = fleet.run(logs)
    except KeyboardInterrupt:
        say("stopping the workers; the same command continues")
        fleet.cancel()
        code = 130
    show(logs, began, 0)
    progress = logs.progress
    failed = sum(1 for outcome in fleet.outcomes if outcome.code != 0)
    summary = {
        "plan": progress.plan, "units": progress.units, "published": progress.done, "lost": progress.lost, "rows": progress.rows,
        "seconds": round(time.monotonic() - began, 3), "workers": len(fleet.outcomes), "failed_workers": failed,
        "hosts": sorted({outcome.host for outcome in fleet.outcomes}), "exit_code": code,
    }
    if options.json:
        print(json.dumps(summary), file=result)
    elif code == 0:
        print(f"all units are published; now run: tapedeck compact --store {options.store}", file=result)
    result.close()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
