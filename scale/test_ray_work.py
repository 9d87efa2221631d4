"""Tests of ray_work.py on a cluster of two Ray nodes on this machine; scripts/test-ray runs them.

With TAPEDECK_BIN, the last test runs the program itself; the others run a stand-in that follows the contract of `tapedeck work` (exit codes,
event log, claims) and fails where a test wants it to.
"""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import unittest.mock

import ray
from ray.cluster_utils import Cluster

import ray_work

STAND_IN = textwrap.dedent(
    """\
    #!{python}
    import json, os, pathlib, signal, sys, time, uuid
    # Units are files: claiming one is an exclusive creation, as a conditional write is.
    flags = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    if sys.argv[1] != "work" or "--wrong" in sys.argv: sys.exit(2)
    store = pathlib.Path(flags["--store"]); state = store / "financial-embeddings"
    run = time.strftime("%Y%m%dT%H%M%S000-") + uuid.uuid4().hex[:8]
    log = state / "events" / run / "000000.jsonl"; log.parent.mkdir(parents=True)
    unit = None
    def event(name, **members):
        with open(log, "a") as file: file.write(json.dumps({{"time": "t", "run": run, "pid": os.getpid(), "host": "h", "event": {{name: members}}}}) + "\\n")
    def stop(*_):
        if unit is not None: (state / "claims" / unit).unlink(missing_ok=True)
        event("ended", outcome="stopped"); sys.exit(143)
    signal.signal(signal.SIGTERM, stop)
    script = json.loads((store / "script.json").read_text())
    (state / "claims").mkdir(exist_ok=True); (state / "published").mkdir(exist_ok=True)
    event("started", run={{}})
    event("plan", id="p", units=script["units"], bytes=1, published=len(list((state / "published").iterdir())))
    def first(name):  # whether this is the first process to come here
        try: os.close(os.open(store / name, os.O_CREAT | os.O_EXCL)); return True
        except FileExistsError: return False
    done = 0
    while len(list((state / "published").iterdir())) < script["units"]:
        for number in range(script["units"]):
            unit = "%06d" % number
            if (state / "published" / unit).exists(): continue
            claim = state / "claims" / unit
            try:
                with open(claim, "x") as file: file.write(str(os.getpid()))
            except FileExistsError:
                # A claim of a dead process is free again.
                try: os.kill(int(claim.read_text() or 0), 0)
                except (ProcessLookupError, OSError): claim.unlink(missing_ok=True)
                except ValueError: pass
                continue
            event("unitClaimed", unit=unit, year=2014, kind="options", files=1, bytes=1)
            if script.get("fail") and first("failed"): claim.unlink(); print("error: the store cannot be reached", file=sys.stderr); sys.exit(1)
            if script.get("kill") and first("killed"): os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(script["seconds"])
            (state / "published" / unit).touch(); done += 1
            event("unitPublished", unit=unit, rows=1000, bytes=1, seconds=script["seconds"])
            unit = None
        time.sleep(0.05)
    event("ended", outcome="finished", message="")
    print(json.dumps({{"plan": "p", "worker": run, "units": done, "units_in_plan": script["units"], "rows": 1000 * done, "lost": 0, "seconds": 1}}))
    """
)


class RayWork(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "object_store_memory": 100_000_000, "include_dashboard": False})
        cls.second = cls.cluster.add_node(num_cpus=2, object_store_memory=100_000_000)
        cls.cluster.wait_for_nodes()

    @classmethod
    def tearDownClass(cls):
        if ray.is_initialized():
            ray.shutdown()
        cls.cluster.shutdown()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.program = self.root / "tapedeck"
        self.program.write_text(STAND_IN.format(python=sys.executable))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    def store(self, **script) -> pathlib.Path:
        store = self.root / "store"
        store.mkdir()
        (store / "script.json").write_text(json.dumps({"units": 12, "seconds": 0.2} | script))
        return store

    def command(self, store, *flags, work=()):
        return [
            sys.executable, ray_work.__file__, "--address", self.cluster.address, "--tapedeck", str(self.program), "--source", "market",
            "--store", str(store), "--poll", "0.5", "--json", *flags, *(["--", *work] if work else [])]

    def run_fleet(self, store, *flags, work=()):
        done = subprocess.run(self.command(store, *flags, work=work), capture_output=True, text=True, timeout=240)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    def published(self, store):
        return sorted(path.name for path in (store / "financial-embeddings" / "published").iterdir())

    def test_all_units_on_both_nodes(self):
        store = self.store()
        code, summary, messages = self.run_fleet(store, "--workers", "4")
        self.assertEqual(code, 0, messages)
        self.assertEqual(len(self.published(store)), 12)
        self.assertEqual((summary["plan"], summary["units"], summary["published"], summary["rows"]), ("p", 12, 12, 12_000))
        self.assertEqual(summary["failed_workers"], 0)
        # A node that another test took away may still be listed.
        self.assertRegex(messages, r"4 workers on [23] nodes")
        self.assertRegex(messages, r"\d+/12 units, [\d,]+ rows/s")
        # Nothing is left: one look and the end.
        code, summary, messages = self.run_fleet(store)
        self.assertEqual((code, summary["published"], summary["rows"]), (0, 12, 0), messages)

    def test_failed_and_killed_workers_start_again(self):
        store = self.store(fail=True, kill=True)
        code, summary, messages = self.run_fleet(store, "--workers", "3")
        self.assertEqual(code, 0, messages)
        self.assertEqual(len(self.published(store)), 12)
        self.assertIn("exited with 1: error: the store cannot be reached", messages)
        self.assertIn("exited with 137", messages)

    def test_wrong_usage_is_not_retried(self):
        code, summary, messages = self.run_fleet(self.store(), "--workers", "2", work=["--wrong"])
        self.assertEqual(code, 2, messages)
        self.assertLess(summary["workers"], 3)

    def test_a_program_that_is_missing_is_named(self):
        self.program.unlink()
        code, _, messages = self.run_fleet(self.store(), "--workers", "1")
        self.assertEqual(code, 1)
        self.assertIn("No such file", messages)

    def test_workers_that_keep_failing_end_the_run(self):
        self.program.write_text("#!/bin/sh\necho error: no >&2\nexit 1\n")
        code, summary, messages = self.run_fleet(self.store(), "--workers", "2", "--retries", "1")
        self.assertEqual((code, summary["failed_workers"]), (1, 4), messages)

    def test_more_workers_than_places(self):
        code, summary, messages = self.run_fleet(self.store(units=6), "--workers", "9")
        self.assertEqual((code, summary["published"]), (0, 6), messages)

    def test_a_lost_node(self):
        """The tasks of a node that is gone run again on the other one."""
        store = self.store(units=16, seconds=1)
        process = subprocess.Popen(self.command(store, "--workers", "4"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        claims = store / "financial-embeddings" / "claims"
        while not claims.is_dir() or len(list(claims.iterdir())) < 4:
            self.assertIsNone(process.poll())
            time.sleep(0.1)
        type(self).cluster.remove_node(type(self).second, allow_graceful=False)
        output, messages = process.communicate(timeout=240)
        type(self).second = type(self).cluster.add_node(num_cpus=2, object_store_memory=100_000_000)
        self.assertEqual(process.returncode, 0, messages)
        self.assertEqual(len(self.published(store)), 16)

    def test_an_interruption_releases_the_units(self):
        store = self.store(units=40, seconds=0.5)
        # A shell's background jobs ignore interruptions, and so would what they start.
        process = subprocess.Popen(
            self.command(store, "--workers", "4"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        claims = store / "financial-embeddings" / "claims"
        while not claims.is_dir() or len(list(claims.iterdir())) < 4:
            self.assertIsNone(process.poll())
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, messages = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, messages)
        left = {path.name for path in claims.iterdir()} - set(self.published(store))
        self.assertEqual(left, set(), messages)

    def test_segments_of_an_event_log(self):
        """A log that grows while it is read, in several segments, with a line of a later build."""
        store = self.root / "log"
        logs = ray_work.EventLogs(str(store))
        folder = store / "financial-embeddings" / "events" / "r"
        folder.mkdir(parents=True)
        line = lambda name, **members: json.dumps({"run": "r", "event": {name: members}}) + "\n"
        text = line("plan", id="p", units=3, bytes=1, published=1) + line("unitClaimed", unit="000001") + "not json\n"
        (folder / "000000.jsonl").write_text(text)
        self.assertEqual((logs.poll().done, logs.progress.working), (1, {"r": "000001"}))
        (folder / "000000.jsonl").write_text(text + line("unitPublished", unit="000001", rows=5, bytes=1, seconds=1))
        (folder / "000001.jsonl").write_text(line("snapshot", state={}) + line("unitLost", unit="000002", reason="x"))
        progress = logs.poll()
        self.assertEqual((progress.done, progress.rows, progress.lost, progress.working), (2, 5, 1, {}))
        self.assertEqual(logs.poll().rows, 5)
        # Runs that were there before do not count.
        self.assertIsNone(ray_work.EventLogs(str(store)).poll().units)

    def test_an_event_log_in_a_bucket(self):
        try:
            import boto3
            from moto.server import ThreadedMotoServer
        except ImportError:
            self.skipTest("no boto3 or no moto")
        server = ThreadedMotoServer(port=0)
        server.start()
        self.addCleanup(server.stop)
        host, port = server.get_host_and_port()
        values = {
            "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1"}
        with unittest.mock.patch.dict(os.environ, values):
            client = boto3.client("s3")
            client.create_bucket(Bucket="bucket")
            key = "some/store/financial-embeddings/events/{}/000000.jsonl"
            plan = json.dumps({"event": {"plan": {"id": "p", "units": 7, "published": 2}}}).encode()
            client.put_object(Bucket="bucket", Key=key.format("old"), Body=plan)
            logs = ray_work.EventLogs("s3://bucket/some/store")
            self.assertIsNone(logs.poll().units)
            client.put_object(Bucket="bucket", Key=key.format("new"), Body=plan)
            self.assertEqual((logs.poll().units, logs.progress.done), (7, 2))
            self.assertIsNone(logs.objects.read("financial-embeddings/none"))

    @unittest.skipUnless(os.environ.get("TAPEDECK_BIN"), "TAPEDECK_BIN names no program with `tapedeck work`")
    def test_the_program_itself(self):
        """A small market, made by four workers on two nodes, compacted: byte for byte what one run makes."""
        program = os.environ["TAPEDECK_BIN"]
        market = self.root / "market"
        run = lambda *words: subprocess.run([program, *words], check=True, capture_output=True, text=True)
        run("simulate", "market", "--out", str(market), "--underlyings", "3", "--rows-per-day", "200")
        settings = ["--unit-size", "200KB", *os.environ.get("TAPEDECK_WORK_FLAGS", "").split()]
        self.program.unlink()
        self.program.symlink_to(program)
        command = self.command(self.root / "many", "--workers", "4", work=settings)
        command[command.index("market")] = str(market)
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        summary = json.loads(done.stdout)
        self.assertEqual(summary["published"], summary["units"], done.stderr)
        self.assertGreater(summary["units"], 3)
        run("compact", "--store", str(self.root / "many"))
        run("generate", "--source", str(market), "--store", str(self.root / "one"), *settings[2:])

        def objects(store):
            root = store / "financial-embeddings"
            return {
                str(path.relative_to(root)): path.read_bytes()
                for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] not in ("events", "control", "segments")}

        many, one = objects(self.root / "many"), objects(self.root / "one")
        self.assertEqual(sorted(many), sorted(one))
        self.assertEqual([key for key in one if many[key] != one[key]], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
