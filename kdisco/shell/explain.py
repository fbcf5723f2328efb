"""``kdisco explain FILE...``: what is wrong in manifests, or in a dump of a real cluster."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kdisco.errors import KdiscoError

__all__ = ["DESCRIPTION", "explain"]

HEALTHY, FINDINGS, UNREADABLE = 0, 1, 2
DESCRIPTION = """say of every Service in manifests, or in a dump (kubectl get all,ep,endpointslices,netpol,nodes -A -o yaml),
why it does not answer. Exit status 0: no fault found; 1: findings; 2: a file is not Kubernetes."""


def explain(arguments: Sequence[str]) -> int:
    """Read files and print the diagnoses; gives the exit status."""
    parser = argparse.ArgumentParser(prog="kdisco explain", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("files", metavar="FILE", nargs="+", help='YAML or JSON, "-" for standard input')
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    chosen = parser.parse_args(list(arguments))
    try:
        documents = [each for name in chosen.files for each in _documents(name)]
        found = _diagnoses(documents)
    except KdiscoError as problem:
        sys.stderr.write(f"kdisco explain: {str(problem).splitlines()[0].removeprefix('error: ')}\n")
        return UNREADABLE
    faulty = [each for each in found if not each.healthy]
    if chosen.json:
        body = {"healthy": not faulty, "services": [each.to_dict() for each in found]}
        sys.stdout.write(f"{json.dumps(body, indent=2)}\n")
    else:
        sys.stdout.write(_text(found, faulty))
    return FINDINGS if faulty else HEALTHY


def _documents(name: str) -> list[dict[str, Any]]:
    """The documents of one file; raises KdiscoError for what is not Kubernetes."""
    from kdisco.model.manifest import documents, find_resource  # noqa: PLC0415 - not every command reads manifests
    from kdisco.source import read  # noqa: PLC0415 - likewise

    if name == "-":
        found = documents(sys.stdin.read())
    else:
        found = read(Path(name))
    for each in found:
        if not (isinstance(each.get("kind"), str) and isinstance(each.get("apiVersion"), str)):
            find_resource(each, name if name != "-" else "STDIN")
    if not found:
        from kdisco.errors import UsageError  # noqa: PLC0415 - likewise

        msg = f"{name}: no Kubernetes object in it"
        raise UsageError(msg)
    return found


def _diagnoses(documents: list[dict[str, Any]]) -> list[Any]:
    """The diagnosis of every Service, those with findings first."""
    from kdisco.cluster import Cluster  # noqa: PLC0415 - half of the time that another command takes
    from kdisco.collection import collection_paused  # noqa: PLC0415 - likewise
    from kdisco.explain.explain import everything  # noqa: PLC0415 - likewise

    with collection_paused():
        found = list(everything(Cluster.from_dump(documents)))
    return sorted(found, key=lambda each: each.healthy)


def _text(found: list[Any], faulty: list[Any]) -> str:
    """What a person reads: the findings and warnings, then how many Services there are of each sort."""
    told = [str(each) for each in found if each.findings or each.warnings]
    many = f"{len(found)} Service{'s' * (len(found) != 1)}"
    last = f"{many}: {len(faulty)} with findings, {len(found) - len(faulty)} without" if found else "no Service in it"
    return "\n\n".join([*told, last]) + "\n"
