"""The API as Python, in the hands of several users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from api import deployment, pod, service
from roles import bind, role, rule

from kdisco import Cluster
from kdisco.errors import ApiError, Forbidden, NotFound, Unauthorized, UsageError
from kdisco.store.events import StagePassed

if TYPE_CHECKING:
    from collections.abc import Callable

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
EDITOR = bind("editor", "ClusterRole/edit", "User/jane", namespace="default")
VIEWER = bind("viewer", "ClusterRole/view", "User/vera", namespace="default")


def shop() -> Cluster:
    """A cluster with a Deployment and a Service; jane may edit, vera may look."""
    cluster = Cluster(nodes=1, addons=False)
    cluster.create([deployment(replicas=1), service(selector={"app": "web"}), EDITOR, VIEWER])
    return cluster.settle()


BASE = shop()
DOES: dict[str, tuple[Callable[[Cluster], object], str]] = {  # what is done, and who may: vera, jane or nobody else
    "get": (lambda c: c.get("service", "web"), "vera jane"),
    "list": (lambda c: c.list("pods", namespace="default"), "vera jane"),
    "list of all namespaces": (lambda c: c.list("pods"), ""),
    "list of another namespace": (lambda c: c.list("pods", namespace="kube-system"), ""),
    "watch": (lambda c: c.watch("endpointslices", namespace="default"), "vera jane"),
    "watch of all namespaces": (lambda c: c.watch("services"), ""),
    "get of a node": (lambda c: c.get("node", "node-1"), ""),
    "get of the namespace": (lambda c: c.get("namespace", "default"), "vera jane"),
    "get of another namespace": (lambda c: c.get("namespace", "kube-system"), ""),
    "create": (lambda c: c.create(service("new")), "jane"),
    "create, only to try": (lambda c: c.create(service("new"), dry_run=True), "jane"),
    "create elsewhere": (lambda c: c.create(service("new"), namespace="kube-system"), ""),
    "apply of a new one": (lambda c: c.apply(service("new")), "jane"),
    "apply": (lambda c: c.apply(service(selector={"app": "other"})), "jane"),
    "replace": (lambda c: c.replace(service(selector={"app": "other"})), "jane"),
    "patch": (lambda c: c.patch("service", "web", {"metadata": {"labels": {"a": "b"}}}), "jane"),
    "patch of a status": (
        lambda c: c.patch("service", "web", {"status": {"loadBalancer": {}}}, subresource="status"),
        "",
    ),
    "scale": (lambda c: c.scale("deployment/web", 2), "jane"),
    "delete": (lambda c: c.delete("deployment", "web"), "jane"),
    "create of endpoints": (
        lambda c: c.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "x"}}),
        "",
    ),
    "create of a binding": (lambda c: c.create(bind("x", "ClusterRole/view", "User/x", namespace="default")), ""),
    "create of a node": (lambda c: c.create(NODE), ""),
}


@pytest.mark.parametrize("user", ["vera", "jane", "stranger", "system:anonymous"])
@pytest.mark.parametrize(("act", "who"), DOES.values(), ids=DOES)
def test_roles_decide_what_a_user_reads_and_writes(act: Callable[[Cluster], object], who: str, user: str) -> None:
    cluster = BASE.branch()
    handle, before = cluster.as_user(user), cluster.state.tables
    if user in who.split():
        act(handle)
        return
    with pytest.raises(Forbidden) as caught:
        act(handle)
    assert f'User "{user}" cannot ' in caught.value.message
    assert cluster.state.tables == before


@pytest.mark.parametrize("name", [None, ""])
@pytest.mark.parametrize("act", [act for act, _ in DOES.values()], ids=DOES)
def test_nobody_is_turned_away_whatever_is_asked(act: Callable[[Cluster], object], name: str | None) -> None:
    with pytest.raises(Unauthorized) as caught:
        act(BASE.branch().as_user(name))
    assert caught.value.message == "Unauthorized"
    with pytest.raises(Unauthorized):
        BASE.as_user(name).can_i("get", "pods")


@pytest.mark.parametrize("act", [act for act, _ in DOES.values()], ids=DOES)
def test_the_administrator_may_do_all_of_it(act: Callable[[Cluster], object]) -> None:
    act(BASE.branch())
    act(BASE.branch().as_user("x", groups=["system:masters"]))
    act(BASE.branch().as_user("kubernetes-admin"))


def test_a_handle_is_the_same_cluster() -> None:
    cluster, told = BASE.branch(), []
    jane = cluster.as_user("jane")
    cluster.observe(lambda state: told.append(state.revision))
    made = jane.create(service("new"))
    assert cluster.get("service", "new") == made
    assert cluster.revision == jane.revision == told[-1]
    assert cluster.history is jane.history
    cluster.undo()
    with pytest.raises(NotFound):
        jane.get("service", "new")
    jane.create(service("new"))
    jane.settle()
    assert cluster.now == jane.now > BASE.now
    jane.undo()
    assert cluster.now == BASE.now
    assert repr(jane) == repr(cluster)


def test_each_handle_hears_its_own_warnings_and_knows_its_user() -> None:
    cluster = BASE.branch()
    jane = cluster.as_user("jane", ["dev"])
    assert (cluster.user, cluster.groups) == ("kubernetes-admin", ())
    assert (jane.user, jane.groups, jane.warnings) == ("jane", ("dev",), ())
    assert (jane.branch().user, jane.at(jane.revision).groups) == ("jane", ("dev",))
    assert jane.as_user("vera").user == "vera"


def test_the_past_of_a_handle_is_independent_after_a_branch() -> None:
    cluster = BASE.branch()
    other = cluster.as_user("jane").branch()
    other.create(service("new"))
    with pytest.raises(NotFound):
        cluster.get("service", "new")


def test_who_asked_is_told_in_the_past() -> None:
    cluster = BASE.branch()
    cluster.as_user("jane", ["dev"]).create(service("new"))
    moment = cluster.history[-1]
    stages = {fact.stage: fact.note for fact in moment.facts if isinstance(fact, StagePassed)}
    assert stages["authentication"] == "user jane of dev"
    assert stages["authorization"] == "RBAC: allowed by ClusterRole edit, bound by RoleBinding editor to User jane"


def test_a_write_that_is_forbidden_is_told_in_the_past_too() -> None:
    cluster = BASE.branch()
    with pytest.raises(Forbidden):
        cluster.as_user("vera").delete("service", "web")
    stages = [fact for fact in cluster.history[-1].facts if isinstance(fact, StagePassed)]
    assert [(fact.stage, fact.passed) for fact in stages] == [("authentication", True), ("authorization", False)]


def test_an_account_has_what_it_is_bound_to() -> None:
    cluster = BASE.branch()
    account = cluster.as_user("system:serviceaccount:default:web")
    with pytest.raises(Forbidden):
        account.list("services", namespace="default")
    cluster.create(bind("web", "ClusterRole/view", "ServiceAccount/web", namespace="default"))
    assert [each.name for each in account.list("services", namespace="default")] == ["kubernetes", "web"]


def test_a_role_may_name_single_objects() -> None:
    cluster = BASE.branch()
    cluster.create(role("one", rule("get patch", "services", "", "web"), namespace="default"))
    cluster.create(bind("one", "Role/one", "User/joe", namespace="default"))
    joe = cluster.as_user("joe")
    joe.patch("service", joe.get("service", "web").name, {"metadata": {"labels": {"a": "b"}}})
    for refused in (lambda: joe.get("service", "kubernetes"), lambda: joe.list("services", namespace="default")):
        with pytest.raises(Forbidden):
            refused()


def test_kubectl_apply_looks_before_it_writes() -> None:
    cluster = BASE.branch()
    cluster.create(role("blind", rule("create patch", "services"), namespace="default"))
    cluster.create(bind("blind", "Role/blind", "User/joe", namespace="default"))
    joe = cluster.as_user("joe")
    joe.create(service("new"))
    with pytest.raises(Forbidden, match='services "new" is forbidden: User "joe" cannot get resource "services"'):
        joe.apply(service("new"))


def test_what_is_no_request_is_not_authorized() -> None:
    stranger = BASE.branch().as_user("stranger")
    name, address = BASE.list("pods", namespace="default")[0].name, BASE.get("service", "web").spec.cluster_ip
    assert stranger.send(f"pod/default/{name}", address).verdict
    assert stranger.proxy("node-1").fates("10.9.9.9", address, 80)
    assert stranger.resolv_conf(name)
    assert stranger.conntrack("node-1") == stranger.as_user("kubernetes-admin").conntrack("node-1")
    with pytest.raises(NotFound):
        stranger.proxy("node-9")


def test_a_question_gets_its_reason() -> None:
    jane = BASE.as_user("jane")
    yes, no = jane.can_i("patch", "deployments/scale"), jane.can_i("list", "pods", namespace=None)
    assert (bool(yes), bool(no)) == (True, False)
    assert str(yes) == 'yes: RBAC: allowed by RoleBinding "editor/default" of ClusterRole "edit" to User "jane"'
    assert str(no) == 'no: User "jane" cannot list resource "pods" in API group "" at the cluster scope'
    assert yes.grant is not None
    assert "deployments/scale" in yes.grant.rule.resources
    assert yes.grant.role == "ClusterRole edit"
    assert no.grant is None
    assert jane.can_i("get", "svc", "web")
    assert BASE.can_i("impersonate", "nodes")


def test_a_question_agrees_with_what_happens() -> None:
    cluster = BASE.branch()
    for user in ("vera", "jane", "stranger"):
        handle = cluster.as_user(user)
        assert bool(handle.can_i("create", "pods")) is done(lambda c: c.create(pod(), dry_run=True), handle)
        assert bool(handle.can_i("get", "pods", "x")) is done(lambda c: c.get("pod", "x"), handle)


def done(act: Callable[[Cluster], object], cluster: Cluster) -> bool:
    """Whether it was at least not forbidden."""
    try:
        act(cluster)
    except ApiError as refusal:
        return not isinstance(refusal, Forbidden)
    return True


WRONG: dict[str, Callable[[Cluster], object]] = {
    "a user that is a number": lambda c: c.as_user(5),  # type: ignore[arg-type]  # wrong on purpose
    "a user that is a list": lambda c: c.as_user(["jane"]),  # type: ignore[arg-type]  # wrong on purpose
    "groups that are one text": lambda c: c.as_user("jane", "dev"),
    "groups that are a number": lambda c: c.as_user("jane", 5),  # type: ignore[arg-type]  # wrong on purpose
    "a group that is a number": lambda c: c.as_user("jane", [5]),  # type: ignore[list-item]  # wrong on purpose
    "no groups": lambda c: c.as_user("jane", None),  # type: ignore[arg-type]  # wrong on purpose
    "a verb that is a number": lambda c: c.can_i(5, "pods"),  # type: ignore[arg-type]  # wrong on purpose
    "a kind that is a number": lambda c: c.can_i("get", 5),  # type: ignore[arg-type]  # wrong on purpose
    "an unknown kind": lambda c: c.can_i("get", "widgets"),
    "a name that is a number": lambda c: c.can_i("get", "pods", 5),  # type: ignore[arg-type]  # wrong on purpose
    "a namespace that is a number": lambda c: c.can_i("get", "pods", namespace=5),  # type: ignore[arg-type]  # wrong on purpose
}


@pytest.mark.parametrize("ask", WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_said(ask: Callable[[Cluster], object]) -> None:
    with pytest.raises(UsageError):
        ask(BASE)


def test_a_dump_brings_its_roles_and_lacks_none_of_the_first() -> None:
    view: dict[str, Any] = role("view", rule("get", "pods"))
    cluster = Cluster.from_dump([view, VIEWER, pod()])
    vera = cluster.as_user("vera")
    assert vera.get("pod", "web").name == "web"
    with pytest.raises(Forbidden):
        vera.get("service", "web")
    assert {each.name for each in cluster.list("clusterroles")} >= {"cluster-admin", "admin", "edit", "view"}
    assert len([each for each in cluster.list("clusterroles") if each.name == "view"]) == 1
