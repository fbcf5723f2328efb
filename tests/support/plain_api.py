"""The smallest API server that a real kubectl can work with: a cluster over plain HTTP.

Reads are JSON, tables or watches; writes go to the cluster's own API server (``plain_writes``). Time moves only where
a client waits: a watch, or a look at what is terminating, lets the cluster settle first.
"""

from __future__ import annotations

import json
import select
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import frozen
from plain_discovery import DISCOVERY, discovery, openapi, resources
from plain_protobuf import MAGIC, from_protobuf
from plain_writes import REVIEWS, written

from kdisco import Cluster
from kdisco.console.kubectl.columns import layout_of
from kdisco.console.kubectl.container_logs import lines_of
from kdisco.console.kubectl.resources import SERVED, Served
from kdisco.console.kubectl.syntax import broken
from kdisco.errors import ApiError, BadRequest, NotFound
from kdisco.store.scale import SCALABLE, scale_of

__all__ = ["serving"]

OPEN = 2.0  # seconds for which a watch stays open
OPENAPI = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


@frozen
class Typed:
    """An answer with a content type of its own."""

    type: str
    content: Any


class Handler(BaseHTTPRequestHandler):
    """``cluster`` is set on a subclass for each server, ``guard`` lets one request in at a time."""

    cluster: Cluster
    guard: threading.Lock

    def answer(self) -> None:
        """One request."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with self.guard:
            self._answer(urlsplit(self.path).path, body)
        if "watch=" in self.path:
            select.select([self.connection], [], [], OPEN)  # until the client has seen enough

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def _answer(self, path: str, body: bytes) -> None:
        query = {key: each[0] for key, each in parse_qs(urlsplit(self.path).query).items()}
        user = self.headers.get("Impersonate-User")
        cluster = self.cluster.as_user(user, self.headers.get_all("Impersonate-Group") or ()) if user else self.cluster
        cluster.warnings = ()
        try:
            if self.command == "GET":
                found: Any = _read(cluster, path, query, table="as=Table" in self.headers.get("Accept", ""))
            else:
                sent = from_protobuf(body) if body.startswith(MAGIC) else _json(body, self.headers)
                where = _place(path)
                found = written(cluster, self.command, where, query, sent, self.headers.get("Content-Type", ""))
            self._send(201 if self.command == "POST" else 200, found, cluster.warnings)
        except ApiError as problem:
            self._send(problem.status, problem.to_dict(), cluster.warnings)

    def _send(self, status: int, found: Any, warnings: tuple[str, ...]) -> None:
        sort, content = (found.type, found.content) if isinstance(found, Typed) else ("application/json", found)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", sort)
        if "watch=" not in self.path:
            self.send_header("Content-Length", str(len(data)))
        for text in warnings:
            words = text.replace("\\", "\\\\").replace('"', '\\"')
            self.send_header("Warning", f'299 - "{words}"')
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()


def _json(body: bytes, headers: Message) -> Any:
    """What a body says; what is wrong with a patch is told as the API server tells it."""
    if problem := broken(body.decode() or "{}"):
        strategic = "strategic" in headers.get("Content-Type", "")
        raise BadRequest(problem if strategic else f"error decoding patch: {problem}")
    return json.loads(body or b"{}")


@frozen
class Place:
    """What a path is of: a resource, a namespace (None: all of them), a name and a subresource."""

    served: Served
    namespace: str | None
    name: str
    part: str


def _place(path: str) -> Place:
    parts = path.strip("/").split("/")
    version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
    space = None
    if rest[0] == "namespaces" and len(rest) > 2:
        space, rest = rest[1], rest[2:]
    served = next((each for each in SERVED if (each.group_version, each.plural) == (version, rest[0])), None)
    if served is None and version.partition("/")[0] in REVIEWS:
        served = Served(rest[0], "Review", version)
    name, part = [*rest[1:], "", ""][:2]
    return _missing() if served is None else Place(served, space, name, part)


def _read(cluster: Cluster, path: str, query: Mapping[str, str], *, table: bool) -> Any:
    parts = path.strip("/").split("/")
    if parts == ["version"]:
        return {"major": "1", "minor": "36", "gitVersion": cluster.config.kubernetes_version}
    if parts[:2] == ["openapi", "v3"]:
        return openapi("/".join(parts[2:]))
    if parts == ["openapi", "v2"]:
        return Typed(OPENAPI, b"")  # nothing that the client could check
    if parts in (["api"], ["apis"]):
        return Typed(DISCOVERY, discovery(parts[0]))
    if len(parts) == (2 if parts[0] == "api" else 3):
        return resources("/".join(parts[1:]))
    return _objects(cluster, _place(path), query, table=table)


def _objects(cluster: Cluster, place: Place, query: Mapping[str, str], *, table: bool) -> Any:
    served, state = place.served, cluster.state
    if "watch" in query:
        cluster.settle()
        return _watched(cluster, place, query)
    found: list[dict[str, Any]] = []
    if served.row is not None and place.name:
        one = cluster.get(served.plural, place.name, place.namespace or "default")
        if one.deleting:
            cluster.settle()
            one = cluster.get(served.plural, place.name, place.namespace or "default")
        if place.part not in ("", "log", "status", *(["scale"] if served.plural in SCALABLE else [])):
            return _missing()
        if place.part == "log":
            lines = lines_of(cluster, one, query.get("container", ""))
            return Typed("text/plain", "".join(f"{text}\n" for _, text in lines).encode())
        found = [scale_of(one) if place.part == "scale" else one.to_dict()]
    elif served.row is not None:
        chosen = {"selector": query.get("labelSelector"), "field_selector": query.get("fieldSelector")}
        found = [each.to_dict() for each in cluster.list(served.plural, place.namespace, **chosen)]
    if table:
        return _table(served, found, state.epoch + state.now)
    if place.name and not found:
        msg = f'{served.qualified} "{place.name}" not found'
        raise NotFound(msg)
    if place.name:
        return found[0]
    found = [{key: each[key] for key in each if key not in ("kind", "apiVersion")} for each in found]
    meta = {"resourceVersion": str(cluster.revision)}
    return {"kind": f"{served.kind}List", "apiVersion": served.group_version, "metadata": meta, "items": found}


def _watched(cluster: Cluster, place: Place, query: Mapping[str, str]) -> Typed:
    """What has happened since, a line each."""
    found = cluster.watch(
        place.served.plural, place.namespace, query.get("labelSelector"), int(query.get("resourceVersion") or 0),
        field_selector=query.get("fieldSelector"),
    )
    lines = [{"type": each.type, "object": each.object.to_dict()} for each in found]
    return Typed("application/json", "".join(json.dumps(line) + "\n" for line in lines).encode())


def _table(served: Served, found: list[dict[str, Any]], now: float) -> dict[str, Any]:
    layout = layout_of(served.plural)
    columns = [
        {
            "name": name.removeprefix("*"), "type": "string", "format": "name" if name == "Name" else "",
            "priority": int(name.startswith("*")),
        }
        for name in layout.columns
    ]
    rows = [{"cells": layout.cells(each, now), "object": each} for each in found]
    return {
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": columns, "rows": rows,
    }


def _missing() -> Any:
    msg = "the server could not find the requested resource"
    raise NotFound(msg)


@contextmanager
def serving(cluster: Cluster) -> Iterator[str]:
    """The URL at which a cluster can be read and written."""
    handler = type("ClusterHandler", (Handler,), {"cluster": cluster, "guard": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
