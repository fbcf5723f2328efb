"""A bare API server to write to: namespaces and Service ranges stand, no controller reacts."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field

from kdisco.config import ClusterConfig
from kdisco.model.cidr import ServiceCIDR, ServiceCIDRSpec
from kdisco.model.kinds import resource
from kdisco.model.meta import ObjectMeta
from kdisco.model.node import Namespace
from kdisco.store.apiserver import serve
from kdisco.store.events import Fact, Request, StagePassed
from kdisco.store.history import Timeline
from kdisco.store.roles import first_roles
from kdisco.store.state import State
from kdisco.store.transaction import Transaction

__all__ = ["Api", "deployment", "pod", "service"]


@define
class Api:
    """One API server. A refused write raises and leaves ``state`` as it was; ``facts`` tell of the last write."""

    state: State
    facts: list[Fact] = field(factory=list)
    history: Timeline = field(init=False)

    def __attrs_post_init__(self) -> None:
        """The past begins with how things stand."""
        self.history = Timeline(self.state)

    @classmethod
    def made(cls, service_cidr: str = "10.96.0.0/12", seed: int = 1) -> Api:
        """A server with the namespaces default and other."""
        api = cls(State(config=ClusterConfig(service_cidr=service_cidr, addons=False, seed=seed)))
        txn = Transaction(api.state)
        for role in first_roles(seed, addons=False):
            txn.put(resource(role.KIND).plural, role)
        api.state = evolve(txn.commit(), changes=())
        api.history = Timeline(api.state)
        for name in ("default", "other"):
            api.send("create", Namespace(metadata=ObjectMeta(name=name)))
        spec = ServiceCIDRSpec(cidrs=api.state.config.service_cidrs)
        api.send("create", ServiceCIDR(metadata=ObjectMeta(name="kubernetes"), spec=spec))
        return api

    def send(self, verb: str, body: Any, **more: Any) -> Any:
        """POST or PUT: the resource, namespace and name are those of the body unless given."""
        plain = body if isinstance(body, dict) else body.to_dict()
        row, meta = resource(more.pop("kind", plain.get("kind"))), plain.get("metadata") or {}
        space = more.pop("namespace", meta.get("namespace", "default")) if row.namespaced else ""
        name = more.pop("name", "" if verb == "create" else meta.get("name", ""))
        return self.ask(Request(verb=verb, resource=row.plural, namespace=space, name=name, body=body, **more))

    def create(self, body: Any, **more: Any) -> Any:
        """POST."""
        return self.send("create", body, **more)

    def update(self, body: Any, **more: Any) -> Any:
        """PUT."""
        return self.send("update", body, **more)

    def patch(self, kind: str, name: str, patch: Any, patch_type: str = "merge", **more: Any) -> Any:
        """PATCH."""
        row = resource(kind)
        space = more.pop("namespace", "default") if row.namespaced else ""
        return self.ask(
            Request(
                verb="patch",
                resource=row.plural,
                namespace=space,
                name=name,
                body=patch,
                patch_type=patch_type,
                **more,
            )
        )

    def delete(self, kind: str, name: str, **more: Any) -> Any:
        """DELETE."""
        row = resource(kind)
        space = more.pop("namespace", "default") if row.namespaced else ""
        return self.ask(Request(verb="delete", resource=row.plural, namespace=space, name=name, **more))

    def ask(self, request: Request) -> Any:
        """Any request, as the machine carries it out."""
        txn = Transaction(self.state)
        self.facts = txn.facts
        result = serve(txn, request)
        if not request.dry_run:
            self.state = txn.commit()
            self.history.add(self.state, request, tuple(txn.facts))
        return result

    def get(self, kind: str, name: str, namespace: str = "default") -> Any:
        """What is stored, None when nothing is."""
        row = resource(kind)
        return self.state.view.get(row.plural, (namespace if row.namespaced else "", name))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        txn = Transaction(self.state)
        txn.now += seconds
        self.state = txn.commit()
        self.history.add(self.state, None, ())

    def stages(self) -> dict[str, str]:
        """What each stage of the last write noted."""
        return {fact.stage: fact.note for fact in self.facts if isinstance(fact, StagePassed)}

    def addresses(self) -> set[str]:
        """The names of the IPAddress objects."""
        return {found.name for found in self.state.view.list("ipaddresses")}


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    """A Service with port 80 unless ``ports`` says otherwise."""
    body = {"ports": [{"port": 80}]} | spec
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": body}


def pod(name: str = "web", node: str = "", **spec: Any) -> dict[str, Any]:
    """A Pod with one container."""
    body = {"containers": [{"name": "web", "image": "registry.test/web:1"}]} | ({"nodeName": node} if node else {})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": body | spec}


def deployment(name: str = "web", **spec: Any) -> dict[str, Any]:
    """A Deployment of such Pods with the label app."""
    template = {"metadata": {"labels": {"app": name}}, "spec": pod(name)["spec"]}
    body = {"selector": {"matchLabels": {"app": name}}, "template": template} | spec
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": body}
