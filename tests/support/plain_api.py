"""The smallest API server that a real kubectl can read from: a cluster's objects as JSON or tables, over plain HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kdisco import Cluster
from kdisco.console.kubectl.columns import layout_of
from kdisco.console.kubectl.resources import SERVED, Served
from kdisco.errors import ApiError

__all__ = ["serving"]


class Handler(BaseHTTPRequestHandler):
    """Answers GET only; ``cluster`` is set on a subclass for each server."""

    cluster: Cluster

    def do_GET(self) -> None:
        """One answer."""
        url = urlsplit(self.path)
        parts, query = url.path.strip("/").split("/"), {key: each[0] for key, each in parse_qs(url.query).items()}
        try:
            self._send(200, self._answer(parts, query))
        except ApiError as problem:
            self._send(problem.status, problem.to_dict())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, parts: list[str], query: dict[str, str]) -> dict[str, Any]:
        groups = sorted({each.group_version for each in SERVED if each.group})
        if parts == ["version"]:
            return {"major": "1", "minor": "36", "gitVersion": self.cluster.config.kubernetes_version}
        if parts == ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        if parts == ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(each) for each in groups]}
        version = parts[1] if parts[0] == "api" else "/".join(parts[1:3])
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        if not rest:
            rows = [_resource(each) for each in SERVED if each.group_version == version]
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": rows}
        space = None
        if rest[0] == "namespaces" and len(rest) > 2:
            space, rest = rest[1], rest[2:]
        served = next((each for each in SERVED if (each.group_version, each.plural) == (version, rest[0])), None)
        return _missing() if served is None else self._objects(served, space, rest[1:], query)

    def _objects(self, served: Served, space: str | None, name: list[str], query: dict[str, str]) -> dict[str, Any]:
        if served.row is None:
            found = []
        elif name:
            found = [self.cluster.get(served.plural, name[0], space or "default").to_dict()]
        else:
            chosen = {"selector": query.get("labelSelector"), "field_selector": query.get("fieldSelector")}
            found = [each.to_dict() for each in self.cluster.list(served.plural, space, **chosen)]
        if "as=Table" in self.headers.get("Accept", ""):
            return self._table(served, found)
        if name:
            return found[0] if found else _missing()
        return {"kind": f"{served.kind}List", "apiVersion": served.group_version, "metadata": {}, "items": found}

    def _table(self, served: Served, found: list[dict[str, Any]]) -> dict[str, Any]:
        layout, state = layout_of(served.plural), self.cluster.state
        columns = [
            {
                "name": name.removeprefix("*"), "type": "string", "format": "name" if name == "Name" else "",
                "priority": int(name.startswith("*")),
            }
            for name in layout.columns
        ]
        rows = [{"cells": layout.cells(each, state.epoch + state.now), "object": each} for each in found]
        return {
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": columns, "rows": rows,
        }


def _group(group_version: str) -> dict[str, Any]:
    group, _, version = group_version.partition("/")
    row = {"groupVersion": group_version, "version": version}
    return {"name": group, "versions": [row], "preferredVersion": row}


def _resource(each: Served) -> dict[str, Any]:
    return {
        "name": each.plural, "singularName": each.kind.lower(), "namespaced": each.namespaced, "kind": each.kind,
        "verbs": list(each.verbs), "shortNames": list(each.short), "categories": list(each.categories),
    }


def _missing() -> dict[str, Any]:
    msg = "the server could not find the requested resource"
    raise ApiError(msg)


@contextmanager
def serving(cluster: Cluster) -> Iterator[str]:
    """The URL at which a cluster can be read."""
    handler = type("ClusterHandler", (Handler,), {"cluster": cluster})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
