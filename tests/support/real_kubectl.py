"""The real kubectl of the version that is imitated: where it is, and what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

__all__ = ["WANTED", "asked", "kubectl", "words_of"]

WANTED = "v1.32"


@cache
def kubectl() -> str:
    """A kubectl of the version that is imitated: itself, or beside a dispatcher of several; "" for none."""
    found = shutil.which("kubectl")
    for path in (found, *(Path(found).resolve().parent.glob("kubectl.1.32") if found else ())):
        if path is not None:
            told = subprocess.run([str(path), "version", "--client"], capture_output=True, text=True, check=False)
            if re.search(rf"{re.escape(WANTED)}\.\d+$", told.stdout, re.MULTILINE):
                return str(path)
    return ""


def asked(url: str, words: Sequence[str], home: Path, stdin: str = "") -> tuple[str, str, int]:
    """What the real one writes to its two streams, and its status."""
    command = [kubectl(), "-s", url, f"--cache-dir={home}", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, input=stdin, timeout=60,
        env={"HOME": str(home), "KUBECONFIG": str(home / "none")},
    )
    program = Path(kubectl()).name
    return done.stdout, done.stderr.replace(f"'{program} ", "'kubectl "), done.returncode


def words_of(text: str) -> list[str]:
    """The words of a text, whatever their order."""
    return sorted(re.split(r"[\s,;\[\]]+", text))
