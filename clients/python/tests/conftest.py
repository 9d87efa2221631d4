"""A small simulated store of six years with two models of random weights, made once."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from tiny_model import write_model

@pytest.fixture(scope="session")
def program() -> str:
    path = os.environ.get("TAPEDECK_PROGRAM") or shutil.which("tapedeck")
    if not path:
        pytest.skip("set TAPEDECK_PROGRAM to the built program")
    return os.path.abspath(path)


@pytest.fixture(scope="session")
def store(program: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("market")
    for seed, key in enumerate(["minilm", "bge-base"], start=1):
        write_model(folder / "models" / key, seed)
    os.environ["TAPEDECK_MODELS"] = str(folder / "models")
    os.environ.pop("TAPEDECK_TOKEN", None)

    def run(*arguments: str) -> None:
        made = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr

    run("simulate", "--out", "market", "--underlyings", "3", "--rows-per-day", "20", "--seed", "7", "--start-year", "2019", "--end-year", "2024", "--quirks", "0")
    run("generate", "--source", "market", "--store", "store", "--models", "minilm,bge-base", "--precision", "f32")
    return str(folder / "store")
