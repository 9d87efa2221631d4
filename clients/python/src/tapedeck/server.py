"""A server that the client starts and ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import weakref

from .errors import ServerNotFound


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class LocalServer:
    """``tapedeck serve`` on a free port of loopback. It ends with the object, or with the program."""

    def __init__(self, store: str, program: str | None = None) -> None:
        path = program or os.environ.get("TAPEDECK_PROGRAM") or shutil.which("tapedeck")
        if not path:
            raise ServerNotFound("there is no program 'tapedeck' in PATH; install it, or name it with program= or TAPEDECK_PROGRAM")
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")
        try:
            self._process = subprocess.Popen(
                [path, "serve", "--store", store, "--port", "0", "--log-level", "warning"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, text=True,
            )
        except OSError as error:
            raise ServerNotFound(f"cannot start {path}: {error.strerror}") from error
        self._finalizer = weakref.finalize(self, _end, self._process)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self._process.wait()
            self._log.seek(0)
            raise ServerNotFound(f"tapedeck serve did not start: {self._log.read().strip()}")

    def close(self) -> None:
        """Ends the server and waits until it has ended."""
        self._finalizer()
        if self._process.stdout:
            self._process.stdout.close()
        self._log.close()
