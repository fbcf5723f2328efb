"""Stories beside a real kubectl 1.32 that writes over HTTP to a twin of the cluster: the same words, line by line.

``stories/*.txt`` hold command lines; ``< name`` is what ``-f -`` reads (``kubectl_manifests``). Each line is said to
the real kubectl and to ours, and then both clusters settle: so every line finds what those before it have left.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kubectl_manifests import MANIFESTS
from kubectl_scene import scene
from plain_api import serving
from real_kubectl import WANTED, asked, kubectl, words_of

from kdisco.console.kubectl.words import split

pytestmark = pytest.mark.peer("kubectl", packaged=False)
STORIES = sorted(Path(__file__).with_name("stories").glob("*.txt"))
WALKS = re.compile(r"--list$|^(label|annotate) .*(a=1 b=2|a=3 b=4)|^drain ")  # a Go map, or several Pods at a time
AGED = re.compile(r"^events(?!.* -o (?!wide))")  # the real one asks this machine for the time, and sorts unstably
AGE = re.compile(r"\b\d+[smhdy](\d+[smhdy])?\b")


def told(line: str, text: str) -> object:
    """A text as it must be the same: of some lines only its words."""
    if AGED.search(line):
        return words_of(AGE.sub("", text))
    return words_of(text) if WALKS.search(line) else text


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_real_one_says_the_same(story: Path, tmp_path: Path) -> None:
    if not kubectl():
        pytest.skip(f"needs a kubectl {WANTED}")
    ours, twin = scene(), scene()
    differences: list[tuple[Any, ...]] = []
    with serving(twin) as url, ThreadPoolExecutor(1) as beside:
        for row in story.read_text().splitlines():
            line, _, name = row.partition(" < ")
            text = MANIFESTS[name] if name else ""
            asking = beside.submit(asked, url, split(line), tmp_path, text)
            found = ours.kubectl(line, stdin=text)
            real = asking.result()
            ours.settle()
            twin.settle()
            pair = [
                [told(line, out), told(line, err), status]
                for out, err, status in (real, (found.out, found.err, found.exit))
            ]
            if pair[0] != pair[1]:
                differences.append((row, *pair))
            if WALKS.search(line):
                ours = twin.branch()  # Pods that went in another order have made others in another order
            elif ours.revision != twin.revision:
                differences.append((row, "revision", twin.revision, ours.revision))
                ours = twin.branch()
    assert differences == []
