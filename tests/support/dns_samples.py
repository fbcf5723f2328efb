"""Sample cases and the views made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdisco.config import ClusterConfig, DnsConfig
from kdisco.dns.server import Server
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import resource
from kdisco.model.manifest import documents, to_object
from kdisco.store.table import Table, View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.model.meta import Object

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "dns"
SERIAL = 1700000000


def sample(name: str) -> Any:
    """One file of sample cases, None where the folder is absent."""
    path = SAMPLES / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def samples(pattern: str) -> list[tuple[str, Any]]:
    """All files of sample cases that fit, by stem."""
    return [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(SAMPLES.glob(pattern))]


def view_of(manifests: str) -> View:
    """What a component has seen once these objects are stored as they are."""
    found: dict[str, list[Object]] = {}
    for document in documents(manifests):
        stored = to_object(document)
        found.setdefault(resource(type(stored)).plural, []).append(stored)
    return View(1, FrozenMap({plural: Table.of(plural, objects) for plural, objects in found.items()}))


def server_of(manifests: str, upstream: Iterable[dict[str, Any]] = (), **options: Any) -> Server:
    """CoreDNS over these objects with these Corefile options; ``upstream`` as the samples write records."""
    lines = tuple(f"{row['name']} {row['ttl']} IN {row['type']} {row['data']}" for row in upstream)
    config = ClusterConfig(dns=DnsConfig(**options), upstream=lines)
    return Server(view=view_of(manifests), config=config, now=SERIAL, serial=SERIAL)


def shop() -> Server:
    """A small cluster: a ClusterIP Service with one ready endpoint, a headless one, an ExternalName."""
    return server_of(SHOP, [{"name": "www.site.example.", "type": "A", "ttl": 300, "data": "203.0.113.9"}])


SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  clusterIP: 10.96.10.11
  clusterIPs: [10.96.10.11]
  ports: [{name: http, protocol: TCP, port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, protocol: TCP, port: 8080}]
endpoints:
- {addresses: [10.244.1.5], conditions: {ready: true}}
- {addresses: [10.244.1.6], conditions: {ready: false}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  clusterIP: None
  clusterIPs: [None]
  ports: [{name: pg, protocol: TCP, port: 5432}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{name: pg, protocol: TCP, port: 5432}]
endpoints:
- {addresses: [10.244.2.1], hostname: db-0}
- {addresses: [10.244.2.2], hostname: db-1}
---
apiVersion: v1
kind: Service
metadata: {name: docs, namespace: shop}
spec: {type: ExternalName, externalName: www.site.example}
"""
