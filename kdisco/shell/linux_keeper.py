"""The background process that holds a built cluster: it makes the model, builds it, answers, and waits for its end.

Started by ``kdisco linux up``, it writes one line of JSON when all is up or nothing of it could be, and from then on
is found by its record. When it ends, however it ends, the kernel takes the namespaces down.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from kdisco.cluster import Cluster
from kdisco.config import ProxyConfig
from kdisco.errors import KdiscoError
from kdisco.examples import ARTICLE
from kdisco.shell.linux_build import Built, Missing, check_needs
from kdisco.shell.linux_listen import Answering
from kdisco.shell.linux_namespace import inside
from kdisco.shell.linux_plan import planned
from kdisco.shell.linux_record import Record, born, folder
from kdisco.shell.linux_space import name_of
from kdisco.source import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kdisco.shell.linux_space import Space

__all__ = ["cluster_of", "main"]


def cluster_of(files: Sequence[str], *, mode: str, **settings: Any) -> Cluster:
    """The model's cluster: of a dump where a file has Nodes, else a new one with what the files say applied."""
    settings |= {"proxy": ProxyConfig(mode=mode)}
    documents = [found for name in files for found in read(Path(name))]
    if any(found.get("kind") == "Node" for found in documents):
        return Cluster.from_dump(documents, **{name: each for name, each in settings.items() if name != "nodes"})
    cluster = Cluster(**settings)
    for found in documents:
        cluster.apply(found)
    if not files:
        cluster.apply(ARTICLE)
    return cluster.settle()


def main(wanted: dict[str, Any]) -> int:
    """Build a cluster and hold it until a signal comes."""
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGINT, _ended)
    try:
        mode = wanted["mode"]
        check_needs()
        cluster = cluster_of(**wanted)
        spaces = planned(cluster.state)
        with Built(spaces) as built, Answering(cluster, spaces, built):
            _write_files(spaces)
            _record(spaces, built, mode).save()
            try:
                names = _named(built)
                _tell(**_summary(spaces, mode), names=names)
                Event().wait()
            finally:
                _unnamed(built)
    except KdiscoError as problem:
        _tell(error=str(problem), code=2 if isinstance(problem, Missing) else 1)
    return 1


def _ended(*_signal: object) -> None:
    raise SystemExit(0)


def _tell(**words: Any) -> None:
    """The one line to ``up``, which then goes on without us."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _summary(spaces: Sequence[Space], mode: str) -> dict[str, Any]:
    kinds = Counter(space.name.partition("/")[0] for space in spaces)
    return {"mode": mode, "nodes": kinds["node"], "Pods": kinds["pod"]}


def _record(spaces: Sequence[Space], built: Built, mode: str) -> Record:
    return Record(
        pid=os.getpid(),
        born=born(os.getpid()),
        mode=mode,
        spaces=dict(built.descriptors),
        nodes={space.name: space.node for space in spaces},
        addresses={space.name: list(space.addresses) for space in spaces},
    )


def _write_files(spaces: Sequence[Space]) -> None:
    """The files that ``exec`` shows in the place of the host's."""
    for space in spaces:
        for path, text in space.files:
            file = folder() / "files" / name_of(space.name) / Path(path).name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def _named(built: Built) -> bool:
    """Give the namespaces names, where this process is root on the host: ``ip netns attach`` names its own."""
    for space, descriptor in built.descriptors.items():
        with inside(descriptor):
            command = ["ip", "netns", "attach", name_of(space), str(os.getpid())]
            if subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 - iproute2
                return False
    return True


def _unnamed(built: Built) -> None:
    for space in built.descriptors:
        command = ["ip", "netns", "delete", name_of(space)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - iproute2


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
