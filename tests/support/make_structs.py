"""Make ``structs.json.gz``: in which order kubectl 1.32 writes the fields of the kinds that it knows as Go structs.

    PYTHONPATH=.:tests/support python tests/support/make_structs.py /path/to/kubectl

A server answers with an object of every field that there is, and then, for each type, with one of no field at all:
what the real kubectl prints of them gives the fields that it knows, their order, and those that it always writes.
"""

from __future__ import annotations

import copy
import gzip
import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from plain_discovery import DISCOVERY, discovery

import kdisco.console.kubectl.data as place
from kdisco.console.kubectl.explain import _schemas

LINES = {  # a command that prints the object that the server gives
    "Pod": "set image pod/x *=y --dry-run=client", "Deployment": "set image deploy/x *=y --dry-run=client",
    "ReplicaSet": "set image rs/x *=y --dry-run=client", "DaemonSet": "set image ds/x *=y --dry-run=client",
    "StatefulSet": "set image sts/x *=y --dry-run=client", "Service": "create service clusterip x --tcp=80",
    "Namespace": "create namespace x", "ConfigMap": "create configmap x", "Node": "taint nodes x a=b:NoSchedule",
    "Role": "create role x --verb=get --resource=pods", "RoleBinding": "create rolebinding x --role=x",
    "ClusterRole": "create clusterrole x --verb=get --resource=pods",
    "ClusterRoleBinding": "create clusterrolebinding x --clusterrole=x", "Event": "events",
}
TYPES = _schemas()["types"]
LEAVES = {"string": "eA==", "integer": 1, "boolean": True, "number": 1, "Object": {}}
SPECIAL = {
    "IntOrString": 1, "Quantity": "1", "Time": "2026-01-01T00:00:00Z", "MicroTime": "2026-01-01T00:00:00.000000Z",
    "FieldsV1": {}, "RawExtension": {},
}
Path_ = tuple[Any, ...]


def full(kind: str, path: Path_, found: dict[str, Path_], seen: tuple[str, ...] = ()) -> Any:
    """A value of a type with every field; ``found`` gathers where each type occurs first."""
    for prefix, wrap in (("[]", lambda value: [value]), ("map[string]", lambda value: {"a": value})):
        if kind.startswith(prefix):
            step = 0 if prefix == "[]" else "a"
            return wrap(full(kind.removeprefix(prefix), (*path, step), found, seen))
    if not kind.startswith("#"):
        return LEAVES[kind]
    name = kind[1:]
    short = name.rpartition(".")[2]
    if short in SPECIAL:
        return SPECIAL[short]
    if name in seen:
        return {}
    found.setdefault(name, path)
    fields = TYPES[name]["f"]
    return {key: full(each, (*path, key), found, (*seen, name)) for key, (each, _) in fields.items()}


class Handler(BaseHTTPRequestHandler):
    """Gives ``answer`` whatever is asked, but for what is served at all."""

    answer: Any

    def say(self) -> None:
        """One answer."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0].strip("/")
        known = path in ("api", "apis")
        data = json.dumps(discovery(path) if known else type(self).answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", DISCOVERY if known else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = say  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def printed(kubectl: str, url: str, line: str, answer: Any) -> Any:
    """What kubectl prints of an object."""
    Handler.answer = answer
    listed = line == "events"
    if listed:
        Handler.answer = {"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": [answer]}
    command = [kubectl, "-s", url, f"--cache-dir={HOME}", *line.split(), "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"{line}: {done.stderr}"
        raise SystemExit(msg)
    found = json.loads(done.stdout)
    return found["items"][0] if listed else found


def at(value: Any, path: Path_) -> Any:
    """What stands at a path, None for nothing."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


HOME = tempfile.mkdtemp()


def known(kubectl: str, url: str, kind: str) -> dict[str, dict[str, Any]]:
    """The types that one kind is made of: their fields with types of their own, and what is always written."""
    key, root = next(pair for pair in _schemas()["roots"].items() if pair[1].endswith(f".{kind}"))
    group = key.partition(".")[2]
    head = {"kind": kind, "apiVersion": f"{group}/v1" if group else "v1"}
    places: dict[str, Path_] = {}
    whole = {**full(f"#{root}", (), places), **head}
    shown = printed(kubectl, url, LINES[kind], whole)
    types: dict[str, dict[str, Any]] = {}
    for name, path in places.items():
        part = at(shown, path)
        if not isinstance(part, dict):
            continue  # a type that this kubectl does not know yet
        kinds = {each: TYPES[name]["f"][each][0] for each in part}
        bare: Any = dict(head)
        if path:
            bare = copy.deepcopy(whole)
            at(bare, path[:-1])[path[-1]] = {}
        line = BARE.get(name.rpartition(".")[2], LINES[kind])
        least = at(printed(kubectl, url, line, bare), path) if line else {}
        types[name] = {
            "fields": {each: sort if "#" in sort else "" for each, sort in kinds.items()},
            "always": {each: value for each, value in (least or {}).items() if each not in head or path},
        }
    return types


BARE = {  # commands that print what has no containers too; "" for what nobody makes without its fields
    "Pod": "run x --image=a", "PodSpec": "run x --image=a", "Container": "run x --image=a",
    "LocalObjectReference": "run x --image=a", "Deployment": "create deployment x --image=a",
    "DeploymentSpec": "create deployment x --image=a", "PodTemplateSpec": "create deployment x --image=a",
    "ReplicaSet": "", "ReplicaSetSpec": "",
    "DaemonSet": "rollout restart ds/x", "DaemonSetSpec": "rollout restart ds/x",
    "StatefulSet": "rollout restart sts/x", "StatefulSetSpec": "rollout restart sts/x",
}


def main(kubectl: str) -> None:
    """Write the file."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    types: dict[str, dict[str, Any]] = {}
    for kind in LINES:
        types = {**known(kubectl, url, kind), **types}
    text = json.dumps({"roots": _schemas()["roots"], "types": types}, separators=(",", ":"))
    target = Path(place.__file__).with_name("structs.json.gz")
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
