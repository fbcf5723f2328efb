"""One resource's objects with their indexes, and a view over several: what a watch cache holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, Object
from kdisco.model.selector import LabelSelector, matches
from kdisco.tree import Tree

__all__ = ["Table", "View"]

LAST = "\U0010ffff"  # sorts behind every name
Index = Callable[[Any], Iterable[tuple[str, ...]]]


def _by_label(found: Object) -> Iterator[tuple[str, ...]]:
    return ((found.namespace, key, value, found.name) for key, value in found.labels.items())


def _by_owner(found: Object) -> Iterator[tuple[str, ...]]:
    return ((ref.uid, *found.key) for ref in found.metadata.owner_references)


def _by_orphan(found: Object) -> Iterator[tuple[str, ...]]:
    if found.owner is None:
        yield found.key


def _by_node(found: Any) -> Iterator[tuple[str, ...]]:
    yield (found.spec.node_name, *found.key)


def _by_node_port(found: Any) -> Iterator[tuple[str, ...]]:
    numbers = {port.node_port for port in found.spec.ports} | {found.spec.health_check_node_port}
    return ((str(number), *found.key) for number in sorted(numbers) if number)


def _by_object(found: Any) -> Iterator[tuple[str, ...]]:
    yield (found.involved_object.uid, found.said, *found.key)


def _by_subject(found: Any) -> Iterator[tuple[str, ...]]:
    return ((found.namespace, *principal, *found.key) for principal in found.principals())


INDEXES: Mapping[str, Mapping[str, Index]] = {
    "services": {"nodeport": _by_node_port},
    "pods": {"label": _by_label, "owner": _by_owner, "orphan": _by_orphan, "node": _by_node},
    "replicasets": {"owner": _by_owner, "orphan": _by_orphan},
    "controllerrevisions": {"owner": _by_owner, "orphan": _by_orphan},
    "endpointslices": {"label": _by_label, "owner": _by_owner},
    "events": {"about": _by_object},
    "rolebindings": {"subject": _by_subject},
    "clusterrolebindings": {"subject": _by_subject},
}


def _nothing(_found: Any) -> Iterable[tuple[str, ...]]:
    return ()


def _on_node(found: Any) -> Iterator[tuple[str, ...]]:
    """A Pod that is not finished counts on its node, and there among those of its owner."""
    if not found.finished:
        yield (found.spec.node_name,)
        if found.owner is not None:
            yield (found.spec.node_name, found.owner.uid)


COUNTED: Mapping[str, Index] = {"pods": _on_node}


@frozen
class Table:
    """The objects of one resource by key, what they can be found by beside it, and how many there are of a sort."""

    objects: Tree[Key, Any] = field(factory=Tree)
    indexes: FrozenMap[str, Tree[tuple[str, ...], None]] = FrozenMap()
    counts: Tree[tuple[str, ...], int] = field(factory=Tree)

    @classmethod
    def of(cls, resource: str, objects: Iterable[Object]) -> Table:
        """A table loaded in one go; much faster than one ``put`` each."""
        listed = list(objects)
        rows = INDEXES.get(resource, {})
        indexes = {
            name: Tree.of((entry, None) for each in listed for entry in index(each)) for name, index in rows.items()
        }
        sorts = COUNTED.get(resource, _nothing)
        counts = Counter(sort for each in listed for sort in sorts(each))
        return cls(Tree.of((each.key, each) for each in listed), FrozenMap(indexes), Tree.of(counts.items()))

    def put(self, resource: str, found: Object) -> Table:
        """This table holding ``found`` at its key."""
        return self._changed(resource, self.objects.get(found.key), found, self.objects.set(found.key, found))

    def without(self, resource: str, key: Key) -> Table:
        """This table without the object at ``key``."""
        return self._changed(resource, self.objects.get(key), None, self.objects.delete(key))

    def _changed(self, resource: str, old: Object | None, new: Object | None, objects: Tree[Key, Any]) -> Table:
        changed: dict[str, Tree[tuple[str, ...], None]] = {}
        for name, index in INDEXES.get(resource, {}).items():
            before = set(index(old)) if old is not None else set()
            after = set(index(new)) if new is not None else set()
            if before != after:
                tree = self.indexes.get(name) or Tree[tuple[str, ...], None]()
                for entry in sorted(before - after):
                    tree = tree.delete(entry)
                for entry in sorted(after - before):
                    tree = tree.set(entry, None)
                changed[name] = tree
        indexes = self.indexes.merged(changed) if changed else self.indexes
        return Table(objects, indexes, self._counted(COUNTED.get(resource, _nothing), old, new))

    def _counted(self, sorts: Index, old: Object | None, new: Object | None) -> Tree[tuple[str, ...], int]:
        before = set(sorts(old)) if old is not None else set()
        after = set(sorts(new)) if new is not None else set()
        counts = self.counts
        for sort, step in [(each, -1) for each in before - after] + [(each, 1) for each in after - before]:
            left = counts.get(sort, 0) + step
            counts = counts.set(sort, left) if left else counts.delete(sort)
        return counts

    def count(self, *sort: str) -> int:
        """How many objects are of a sort: of Pods those on a node, or on a node of an owner's uid."""
        return self.counts.get(sort, 0)

    def find(self, index: str, *prefix: str) -> Iterator[Any]:
        """The objects whose index entries begin with ``prefix``, in key order."""
        tree = self.indexes.get(index) or Tree[tuple[str, ...], None]()
        for entry, _ in tree.range(prefix, (*prefix, LAST)):
            key = (entry[0], entry[-1]) if index == "label" else (entry[-2], entry[-1])
            yield self.objects[key]


@frozen
class View:
    """Everything that one component has seen, as of one revision."""

    revision: int = 0
    tables: FrozenMap[str, Table] = FrozenMap()

    def table(self, resource: str) -> Table:
        """The table of a resource, empty when nothing was ever stored."""
        return self.tables.get(resource) or Table()

    def get(self, resource: str, key: Key) -> Any:
        """The object at ``key`` or None."""
        return self.table(resource).objects.get(key)

    def list(self, resource: str, namespace: str | None = None) -> Iterator[Any]:
        """All objects, or those of one namespace, in key order."""
        objects = self.table(resource).objects
        if namespace is None:
            return objects.values()
        return (found for _, found in objects.range((namespace, ""), (namespace, LAST)))

    def select(self, resource: str, namespace: str, selector: Mapping[str, str] | LabelSelector) -> Iterator[Any]:
        """The objects of a namespace that a selector finds, by the label index where there is one."""
        wanted = selector.match_labels if isinstance(selector, LabelSelector) else selector
        table = self.table(resource)
        if wanted and "label" in INDEXES.get(resource, {}):
            key, value = next(iter(sorted(wanted.items())))
            found = table.find("label", namespace, key, value)
        else:
            found = self.list(resource, namespace)
        fits = selector.selects if isinstance(selector, LabelSelector) else lambda labels: matches(wanted, labels)
        return (each for each in found if fits(each.labels))

    def owned(self, resource: str, owner: Object) -> Iterator[Any]:
        """The objects that ``owner`` controls, in key order."""
        return (each for each in self.table(resource).find("owner", owner.metadata.uid) if each.owned_by(owner))

    def with_tables(self, revision: int, tables: Mapping[str, Table]) -> View:
        """A newer view."""
        return evolve(self, revision=revision, tables=FrozenMap(tables))
