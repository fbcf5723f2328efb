"""The rollout commands: what a workload has been, how far it has come, and how to take it back.

Each kind's own ways stand in one table. Upstream: kubectl pkg/cmd/rollout, pkg/polymorphichelpers/{history,
rollback,objectpauser,objectresumer,objectrestarter}.go, pkg/util/deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from attrs import frozen

from kdisco import client
from kdisco.control.revision import REVISION, number, rolled_back, same_template
from kdisco.errors import UsageError
from kdisco.model.codec import decode, encode
from kdisco.model.frozen import thaw
from kdisco.model.kinds import Resource
from kdisco.model.meta import Object
from kdisco.model.pod import PodTemplateSpec
from kdisco.model.sets import ControllerRevision, DaemonSet, StatefulSet
from kdisco.model.workload import Deployment, ReplicaSet
from kdisco.objects import Objects
from kdisco.progress import Progress, daemon_progress, deployment_progress, stateful_progress

__all__ = ["Revision", "Rollout"]

CHANGE_CAUSE = "kubernetes.io/change-cause"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
Patch = tuple[str, Any]  # its type and its body


@frozen
class Revision:
    """One template that a workload has had, and why, where somebody noted it."""

    number: int
    template: PodTemplateSpec
    change_cause: str = ""


@frozen
class Ways:
    """How the rollout commands see one kind."""

    holder: str  # the resource whose objects hold the past
    revision: Callable[[Any], Revision | None]
    patch: Callable[[Any, Any], Patch | None]  # from the object and the holder to go back to; None: it is there
    progress: Callable[[Any], Progress]
    missing: str  # when there is nothing to go back to


class Rollout:
    """What ``kubectl rollout`` does with one workload, in the hands of a cluster's user."""

    def __init__(self, cluster: Objects, target: str, namespace: str = "default") -> None:
        self._cluster = cluster
        self._row: Resource
        self._row, (self._namespace, self._name) = client.target(target, namespace)

    def history(self, revision: int | None = None) -> Any:
        """All revisions, oldest first, or one of them; raises UsageError for one that there is not."""
        ways = self._ways("history viewer")
        if revision is not None and _whole(revision) < 0:
            _refuse(f"revision must be a positive integer: {revision}")
        found = tuple(each for each, _ in self._past(self._found(), ways))
        chosen = [each for each in found if each.number == revision]
        if revision and not chosen:
            _refuse("unable to find the specified revision")
        return chosen[0] if revision else found

    def status(self, revision: int | None = None) -> Progress:
        """How far the rollout has come; raises UsageError when it was given up, or is of another ``revision``."""
        ways, found = self._ways("status viewer", quoted=False), self._found()
        running = number(found, REVISION)
        if isinstance(found, Deployment) and revision and revision != running:
            _refuse(f"desired revision ({revision}) is different from the running revision ({running})")
        return ways.progress(found)

    def undo(self, to_revision: int | None = None, *, dry_run: bool = False) -> str:
        """Go back to the revision before (None), or to one of the past; gives what kubectl prints."""
        ways = self._ways("rollbacker")
        wanted, found = _whole(to_revision or 0), self._found()
        holder = self._chosen(found, ways, wanted)[1]
        if isinstance(found, Deployment) and found.spec.paused:
            resume = "'kubectl rollout resume'"
            _refuse(f"you cannot rollback a paused deployment; resume it first with {resume} and try again")
        patch = ways.patch(found, holder)
        if patch is None:
            return self._said(f"skipped rollback (current template already matches revision {wanted})")
        self._patch(patch, dry_run=dry_run)
        return self._said("rolled back", dry_run=dry_run)

    def earlier(self, to_revision: int | None = None) -> Revision:
        """The revision that ``undo`` goes back to; raises UsageError where there is none."""
        return self._chosen(self._found(), self._ways("rollbacker"), _whole(to_revision or 0))[0]

    def _chosen(self, found: Any, ways: Ways, wanted: int) -> tuple[Revision, Any]:
        """The revision to go back to, and what holds it; 0 is the one before."""
        past = self._past(found, ways) if wanted >= 0 else []
        chosen = past[-2:-1] if not wanted else [each for each in past if each[0].number == wanted]
        if not chosen:
            lacking = ways.missing.format(found.name) if not wanted else ""
            _refuse(lacking or f"unable to find specified revision {wanted} in history")
        return chosen[0]

    def documents(self, revision: int | None = None) -> list[dict[str, Any]]:
        """The past as objects: a Deployment's ReplicaSets, of others the workload as it was; oldest first.

        Raises UsageError for a revision that there is not.
        """
        owner = self._found()
        held = [each for each in self._past(owner, self._ways("history viewer")) if revision in (None, each[0].number)]
        if revision and not held:
            _refuse("unable to find the specified revision")
        if isinstance(owner, Deployment):
            return [holder.to_dict() for _, holder in held]
        plain = owner.to_dict()
        return [{**plain, "spec": {**plain["spec"], "template": encode(each.template)}} for each, _ in held]

    def pause(self) -> str:
        """Leave a Deployment's new templates alone from now on; gives what kubectl prints."""
        return self._pause("paus", paused=True, else_said="is already paused")

    def resume(self) -> str:
        """Go on with a paused Deployment; gives what kubectl prints."""
        return self._pause("resum", paused=False, else_said="is not paused")

    def restart(self) -> str:
        """Replace all Pods, by an annotation of the template that says when; gives what kubectl prints."""
        found = self._found()
        if found.KIND not in KINDS:
            self._refuse("restarting is not supported")
        if isinstance(found, Deployment) and found.spec.paused:
            self._refuse("can't restart paused deployment (run rollout resume first)")
        now = self._cluster.state.time()
        if found.spec.template.metadata.annotations.get(RESTARTED) == now:
            words = "if restart has already been triggered within the past second"
            again = "please wait before attempting to trigger another"
            _refuse(f"failed to create patch for {found.name}: {words}, {again}")
        self._patch(("strategic", {"spec": {"template": {"metadata": {"annotations": {RESTARTED: now}}}}}))
        return self._said("restarted")

    def _pause(self, stem: str, *, paused: bool, else_said: str) -> str:
        found = self._found()
        if not isinstance(found, Deployment):
            self._refuse(f"{stem}ing is not supported")
        if found.spec.paused == paused:
            self._refuse(else_said)
        self._patch(("strategic", {"spec": {"paused": paused or None}}))
        return self._said(f"{stem}ed")

    def _found(self) -> Any:
        return self._cluster.get(self._row.plural, self._name, self._namespace)

    def _past(self, owner: Object, ways: Ways) -> list[tuple[Revision, Any]]:
        """The revisions and what holds each, oldest first."""
        held = [each for each in self._cluster.list(ways.holder, self._namespace) if each.owned_by(owner)]
        found = [(revision, each) for each in held if (revision := ways.revision(each)) is not None]
        return sorted(found, key=lambda pair: pair[0].number)

    def _patch(self, patch: Patch, *, dry_run: bool = False) -> None:
        kind, body = patch
        self._cluster.patch(self._row.plural, self._name, body, self._namespace, kind, dry_run=dry_run)

    def _ways(self, what: str, *, quoted: bool = True) -> Ways:
        ways = KINDS.get(self._row.kind)
        if ways is None:
            kind = f"{self._row.kind}.{self._row.group}".rstrip(".")
            named = f'"{kind}"' if quoted else kind
            _refuse(f"no {what} has been implemented for {named}")
        return ways

    def _said(self, words: str, *, dry_run: bool = False) -> str:
        group = f".{self._row.group}" if self._row.group else ""
        return f"{self._row.kind.lower()}{group}/{self._name} {words}{' (server dry run)' if dry_run else ''}"

    def _refuse(self, words: str) -> NoReturn:
        _refuse(f'{self._row.qualified} "{self._name}" {words}')


def _refuse(words: str) -> NoReturn:
    msg = f"error: {words}"
    raise UsageError(msg)


def _whole(value: Any) -> int:
    if type(value) is not int:
        msg = f"revision: {value!r} is not a whole number"
        raise UsageError(msg)
    return value


# Deployments: the past is in ReplicaSets


def _of_replica_set(found: ReplicaSet) -> Revision | None:
    revision = number(found, REVISION)
    if revision is None and REVISION in found.metadata.annotations:
        return None
    return Revision(revision or 0, found.spec.template, found.metadata.annotations.get(CHANGE_CAUSE, ""))


def _back_to_replica_set(found: Deployment, to: ReplicaSet) -> Patch | None:
    if same_template(to, found.spec.template):
        return None
    wanted = rolled_back(found, to).to_dict()
    parts = {"/spec/template": wanted["spec"]["template"], "/metadata/annotations": wanted["metadata"]["annotations"]}
    return "json", [{"op": "replace", "path": path, "value": value} for path, value in parts.items()]


# StatefulSets and DaemonSets: the past is in ControllerRevisions


def _of_revision(found: ControllerRevision) -> Revision:
    return Revision(found.revision, _template(found), found.metadata.annotations.get(CHANGE_CAUSE, ""))


def _template(found: ControllerRevision) -> PodTemplateSpec:
    plain: Mapping[str, Any] = thaw(found.data)["spec"]["template"]
    return decode(PodTemplateSpec, {name: value for name, value in plain.items() if name != "$patch"}, strict=False)


def _back_to_revision(found: StatefulSet | DaemonSet, to: ControllerRevision) -> Patch | None:
    return None if _template(to) == found.spec.template else ("strategic", thaw(to.data))


NO_HISTORY, NO_LAST = 'no rollout history found for deployment "{}"', "no last revision to roll back to"
KINDS: Mapping[str, Ways] = {
    "Deployment": Ways("replicasets", _of_replica_set, _back_to_replica_set, deployment_progress, NO_HISTORY),
    "StatefulSet": Ways("controllerrevisions", _of_revision, _back_to_revision, stateful_progress, NO_LAST),
    "DaemonSet": Ways("controllerrevisions", _of_revision, _back_to_revision, daemon_progress, NO_LAST),
}
