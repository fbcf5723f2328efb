"""What every object carries: its name, its age, its owners; and how times are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from attrs import evolve, field, frozen

from kdisco.model.codec import encode
from kdisco.model.frozen import FrozenMap
from kdisco.model.value import Value

__all__ = ["Key", "Labels", "Object", "ObjectMeta", "ObjectReference", "OwnerReference", "seconds", "stamp"]

Labels = FrozenMap[str, str]
Key = tuple[str, str]  # (namespace, name); the namespace of cluster-scoped kinds is ""


@frozen(kw_only=True, repr=False)
class OwnerReference(Value):
    """Who made this object and takes it along when it goes. Source: meta/v1 OwnerReference."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None
    block_owner_deletion: bool | None = None


@frozen(kw_only=True, repr=False)
class ObjectReference(Value):
    """A pointer from one object to another. Source: core/v1 ObjectReference."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    resource_version: str = ""
    field_path: str = ""


@frozen(kw_only=True, repr=False)
class ObjectMeta(Value):
    """Metadata of an object. Times are RFC 3339 text in UTC. Source: meta/v1 ObjectMeta."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: int | None = None
    labels: FrozenMap[str, str] = FrozenMap()
    annotations: FrozenMap[str, str] = FrozenMap()
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"managedFields", "selfLink"})


@frozen(kw_only=True, repr=False)
class Object(Value):
    """What all kinds share. Subclasses set ``KIND`` and ``API_VERSION``."""

    metadata: ObjectMeta = field(factory=ObjectMeta)
    KIND: ClassVar[str]
    API_VERSION: ClassVar[str]

    @property
    def key(self) -> Key:
        """(namespace, name), the object's place in its resource."""
        return self.metadata.namespace, self.metadata.name

    @property
    def name(self) -> str:
        """metadata.name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """metadata.namespace, "" for cluster-scoped kinds."""
        return self.metadata.namespace

    @property
    def labels(self) -> Labels:
        """metadata.labels."""
        return self.metadata.labels

    @property
    def deleting(self) -> bool:
        """Whether a deletion was asked for: metadata.deletionTimestamp is set."""
        return self.metadata.deletion_timestamp is not None

    @property
    def owner(self) -> OwnerReference | None:
        """The owner that controls this object, if any."""
        return next((ref for ref in self.metadata.owner_references if ref.controller), None)

    def owned_by(self, other: Object) -> bool:
        """Whether ``other`` controls this object (same uid)."""
        owner = self.owner
        return owner is not None and owner.uid == other.metadata.uid

    def reference(self) -> OwnerReference:
        """The controller reference that this object puts on what it makes."""
        return OwnerReference(
            api_version=self.API_VERSION,
            kind=self.KIND,
            name=self.name,
            uid=self.metadata.uid,
            controller=True,
            block_owner_deletion=True,
        )

    def with_meta(self, **changes: Any) -> Self:
        """A copy whose metadata has ``changes``."""
        return evolve(self, metadata=evolve(self.metadata, **changes))

    def to_dict(self) -> dict[str, Any]:
        """The API's JSON form, a fresh dict."""
        return encode(self)

    def __repr__(self) -> str:
        """``<Pod default/web-1, revision 54>``: short, because notebooks show it; ``to_dict`` has it all."""
        return f"<{self.KIND} {'/'.join(part for part in self.key if part)}, revision {self.metadata.resource_version}>"

    def __str__(self) -> str:
        """``kind/namespace/name``, as findings and labels name things."""
        return "/".join(part for part in (self.KIND.lower(), *self.key) if part)


def stamp(moment: float) -> str:
    """Unix seconds as the API writes times: second precision, UTC, ``Z``."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> float:
    """The Unix seconds of an API time; raises ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
