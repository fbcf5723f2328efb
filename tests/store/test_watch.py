"""What a watch sends, and to whom."""

from __future__ import annotations

from typing import Any

from api import Api, pod, service

from kdisco.model.kinds import RESOURCES
from kdisco.model.selector import LabelSelector, parse_selector
from kdisco.store.fields import field_selector
from kdisco.store.watch import Listed, WatchEvent, bookmark, chosen, events, present, too_large


def watched(
    api: Api, resource: str, since: Any, namespace: str | None = None, labels: LabelSelector | None = None
) -> list[WatchEvent]:
    """What a watch from a resourceVersion brings."""
    return list(events(api.history.changes(int(since)), resource, namespace, chosen(labels, None)))


def test_who_leaves_a_selection_is_deleted_as_the_watcher_knew_it() -> None:
    api = Api.made()
    since = api.create(service() | {"metadata": {"name": "web", "labels": {"app": "web"}}}).metadata.resource_version
    api.patch("service", "web", {"metadata": {"labels": {"app": "other"}}})
    (event,) = watched(api, "services", since, labels=parse_selector("app=web"))
    assert (event.type, event.object.labels) == ("DELETED", {"app": "web"})
    assert event.object.metadata.resource_version == str(api.state.revision)


def test_a_watch_of_one_namespace_hears_of_no_other() -> None:
    api = Api.made()
    since = api.state.revision
    api.create(pod(), namespace="other")
    assert not watched(api, "pods", since, "default")
    assert [event.type for event in watched(api, "pods", since, "other")] == ["ADDED"]


def test_a_field_that_changes_lets_an_object_in_and_out() -> None:
    api = Api.made()
    since = api.state.revision
    api.create(pod(node="node-1"))
    api.patch("pod", "web", {"status": {"phase": "Running"}}, subresource="status")
    api.patch("pod", "web", {"status": {"phase": "Failed"}}, subresource="status")
    fits = chosen(None, field_selector(RESOURCES["pods"], "status.phase=Running,spec.nodeName=node-1"))
    assert [each.type for each in events(api.history.changes(since), "pods", None, fits)] == ["ADDED", "DELETED"]


def test_a_deletion_at_once_is_told_in_two_steps_of_a_pod_and_in_one_of_others() -> None:
    api = Api.made()
    since = api.create(service()).metadata.resource_version
    api.create(pod())
    api.delete("pod", "web")
    api.delete("service", "web")
    marked, gone = watched(api, "pods", since)[1:]
    assert (marked.type, gone.type) == ("MODIFIED", "DELETED")
    assert marked.object.metadata.deletion_grace_period_seconds == 0
    assert int(gone.object.metadata.resource_version) > int(marked.object.metadata.resource_version)
    assert [each.type for each in watched(api, "services", since)] == ["DELETED"]


def test_what_is_there_is_added_in_key_order_with_its_own_version() -> None:
    api = Api.made()
    found = [api.create(service(name)) for name in ("b", "a")]
    sent = list(present(api.state.view, "services", "default", chosen(None, None)))
    assert [each.type for each in sent] == ["ADDED", "ADDED"]
    assert [each.object for each in sent] == found[::-1]


def test_a_bookmark_says_how_far_and_nothing_else() -> None:
    plain, end = (bookmark(RESOURCES["pods"], 7, initial_end=initial) for initial in (False, True))
    assert (plain.type, plain.object.KIND) == ("BOOKMARK", "Pod")
    assert plain.object.to_dict()["metadata"] == {"resourceVersion": "7"}
    assert end.object.to_dict()["metadata"] == {
        "resourceVersion": "7",
        "annotations": {"k8s.io/initial-events-end": "true"},
    }


def test_the_future_is_waited_for_in_vain() -> None:
    error = too_large(9, 7)
    assert error.to_dict() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "Timeout: Too large resource version: 9, current: 7",
        "reason": "Timeout",
        "details": {
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        },
        "code": 504,
    }


def test_a_list_is_a_tuple_with_a_version() -> None:
    listed = Listed(["a", "b"], 7)
    assert listed.resource_version == "7"
    assert listed == ("a", "b")
