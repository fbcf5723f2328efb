"""What the model's containers print: the ports they listen on, what a script echoes, how a crashing program ends."""

from __future__ import annotations

import re
import shlex
from typing import Any

from kdisco.control.listen import answering
from kdisco.control.program import CRASHES, SHELLS, ending

__all__ = ["lines_of"]

Line = tuple[float, str]  # seconds of cluster time, and the text
DNS_IMAGE = "coredns"
STATEMENT = re.compile(r";|\n|&&")


def lines_of(cluster: Any, pod: Any, name: str, *, previous: bool = False) -> list[Line]:
    """The log of a container's newest run, or of the run before."""
    sandbox = cluster.state.sandboxes.get(pod.key)
    listed = [*pod.spec.init_containers, *pod.spec.containers]
    place = next(at for at, each in enumerate(listed) if each.name == name)
    container, init = listed[place], place < len(pod.spec.init_containers)
    process = sandbox.processes[place] if sandbox is not None and place < len(sandbox.processes) else None
    run = process.last if process is not None and previous and process.last is not None else process
    if run is None or run.started is None:
        return []
    lines = [(run.started, text) for text in _echoed(container)]
    if not container.command:
        ports = sorted(answering(pod, sandbox)) if not init and sandbox is not None else []
        mine = {port.container_port for port in container.ports}
        lines += [(run.started, f"listening on {port}/{kind.lower()}") for port, kind in ports if port in mine]
    if DNS_IMAGE in container.image:
        lines += [(run.started, text) for text in cluster.dns.log("/".join(pod.key))]
    end = ending(pod, container, init=init)
    if run.ended is not None and end is not None and CRASHES in pod.metadata.annotations:
        lines.append((run.ended, f"exit status {run.code}, as the annotation {CRASHES} says"))
    return lines


def _echoed(container: Any) -> list[str]:
    """What the ``echo`` statements of a container's own script print, up to its ``exit``."""
    words = [*container.command, *container.args]
    if not words:
        return []
    if words[0].rpartition("/")[2] == "echo":
        return [" ".join(words[1:])]
    if words[0].rpartition("/")[2] not in SHELLS or words[1:2] != ["-c"]:
        return []
    lines = []
    for statement in STATEMENT.split(words[2] if len(words) > 2 else ""):  # noqa: PLR2004 - sh, -c and the script
        try:
            parts = shlex.split(statement)
        except ValueError:
            break
        if parts[:1] == ["exit"]:
            break
        if parts[:1] == ["echo"]:
            lines.append(" ".join(parts[1:]))
    return lines
