"""``kdisco explain FILE...``: what is wrong in manifests, or in a dump of a real cluster."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kdisco.collection import collection_paused
from kdisco.errors import KdiscoError, UsageError

__all__ = ["DESCRIPTION", "explain"]

HEALTHY, FINDINGS, UNREADABLE = 0, 1, 2
DESCRIPTION = """say of every Service in manifests, or in a dump, why it does not answer. A dump is what
kubectl get all,endpointslices,endpoints,networkpolicies,configmaps,nodes -A -o yaml gives.
Exit status 0: no fault found; 1: findings; 2: a file is not Kubernetes."""


def explain(arguments: Sequence[str]) -> int:
    """Read files and print the diagnoses; gives the exit status."""
    parser = argparse.ArgumentParser(prog="kdisco explain", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("files", metavar="FILE", nargs="+", help='YAML or JSON, "-" for standard input')
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    chosen = parser.parse_args(list(arguments))
    try:
        with collection_paused():
            found = _diagnoses([each for name in chosen.files for each in _documents(name)])
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
    from kdisco.model.manifest import documents  # noqa: PLC0415 - not every command reads manifests
    from kdisco.source import read  # noqa: PLC0415 - likewise

    found = documents(_typed()) if name == "-" else read(Path(name))
    for each in found:
        missing = [part for part in ("kind", "apiVersion") if not isinstance(each.get(part), str)]
        if missing:
            msg = f"{name}: no Kubernetes object: {' and '.join(missing)} not set"
            raise UsageError(msg)
    if not found:
        msg = f"{name}: no Kubernetes object in it"
        raise UsageError(msg)
    return found


def _typed() -> str:
    """The text of the standard input; raises UsageError where there is none, or it is no text."""
    if sys.stdin is None:  # closed by who started the command
        msg = "-: the standard input is closed"
        raise UsageError(msg)
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as problem:
        msg = f"error reading STDIN: not UTF-8 text at byte {problem.start}"
        raise UsageError(msg) from None


def _diagnoses(documents: list[dict[str, Any]]) -> list[Any]:
    """The diagnosis of every Service, those with findings first."""
    from kdisco.cluster import Cluster  # noqa: PLC0415 - half of the time that another command takes
    from kdisco.explain.explain import everything  # noqa: PLC0415 - likewise

    return sorted(everything(Cluster.from_dump(documents)), key=lambda each: each.healthy)


def _text(found: list[Any], faulty: list[Any]) -> str:
    """What a person reads: the findings and warnings, then how many Services there are of each sort."""
    told = [str(each) for each in found if each.findings or each.warnings]
    many = f"{len(found)} Service{'s' * (len(found) != 1)}"
    last = f"{many}: {len(faulty)} with findings, {len(found) - len(faulty)} without" if found else "no Service in it"
    return "\n\n".join([*told, last]) + "\n"
