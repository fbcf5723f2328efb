"""What differs between two moments, object by object and field by field."""

from __future__ import annotations

from api import Api, pod, service

from kdisco.store.difference import object_differences


def test_a_moment_does_not_differ_from_itself() -> None:
    state = Api.made().state
    assert object_differences(state, state) == ()


def test_what_came_went_and_changed_is_told_both_ways() -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80", selector={"app": "web"}))
    before = api.state
    api.create(pod())
    api.patch("service", "web", {"spec": {"selector": {"app": "db", "tier": "back"}}})
    there = object_differences(before, api.state)
    assert [(each.type, each.name) for each in there] == [
        ("ADDED", "pod/default/web"),
        ("MODIFIED", "service/default/web"),
    ]
    assert there[1].fields == (("spec.selector.app", "web", "db"), ("spec.selector.tier", None, "back"))
    assert "\n".join(map(str, there)).splitlines() == [
        "+ pod/default/web",
        "~ service/default/web",
        "  spec.selector.app: web -> db",
        "  spec.selector.tier: (none) -> back",
    ]
    back = object_differences(api.state, before)
    assert [each.type for each in back] == ["DELETED", "MODIFIED"]
    assert back[1].fields == tuple((path, new, old) for path, old, new in there[1].fields)


def test_there_and_back_again_is_no_difference() -> None:
    api = Api.made()
    api.create(service())
    before = api.state
    api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}})
    api.patch("service", "web", {"metadata": {"labels": None}})
    assert api.state.revision > before.revision
    assert not object_differences(before, api.state)


def test_a_list_is_compared_item_by_item_while_it_has_as_many() -> None:
    api = Api.made()
    api.create(service(ports=[{"name": "a", "port": 80}, {"name": "b", "port": 81}]))
    before = api.state
    api.patch("service", "web", [{"op": "replace", "path": "/spec/ports/1/port", "value": 82}], "json")
    assert object_differences(before, api.state)[0].fields == (("spec.ports[1].port", 81, 82),)
    api.patch("service", "web", [{"op": "remove", "path": "/spec/ports/1"}], "json")
    (path, old, new), *_ = object_differences(before, api.state)[0].fields
    assert (path, len(old), len(new)) == ("spec.ports", 2, 1)
