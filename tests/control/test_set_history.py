"""Revisions of templates."""

from __future__ import annotations

import re

from attrs import evolve
from control_scenes import context_of
from set_scenes import daemon, member, revision, stateful, stored

from kdisco.control.set_history import (
    REVISION_LABEL,
    brings_back,
    obsolete,
    patch_of,
    recalled,
    revisions,
    stateful_revision,
    template_of,
)
from kdisco.model.frozen import freeze, thaw
from kdisco.model.pod import PodTemplateSpec


def test_a_revision_is_the_patch_that_brings_its_template_back() -> None:
    owner = stored(stateful())
    made = revision(owner)
    plain = thaw(made.data)
    assert plain["spec"]["template"]["$patch"] == "replace"
    assert plain["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
    assert template_of(made.data) == owner.spec.template
    assert patch_of(owner.spec.template) == made.data


def test_a_statefulsets_revision_is_known_by_its_name_a_daemonsets_by_its_hash() -> None:
    mine, theirs = revision(stored(stateful())), revision(stored(daemon()))
    assert re.fullmatch("web-[456789bcdf]{1,10}", mine.name)
    assert mine.labels == {"app": "web", "controller.kubernetes.io/hash": mine.name[4:]}
    assert theirs.labels == {"app": "web", "controller-revision-hash": theirs.name[6:]}
    kinds = [ref.kind for each in (mine, theirs) for ref in each.metadata.owner_references]
    assert (kinds, mine.revision) == (["StatefulSet", "DaemonSet"], 1)


def test_another_template_or_a_collision_makes_another_name() -> None:
    one, other = stored(stateful()), stored(stateful(image="registry.test/web:2"))
    names = {stateful_revision(one, 1, 0).name, stateful_revision(other, 1, 0).name, stateful_revision(one, 1, 1).name}
    assert len(names) == 3
    assert stateful_revision(one, 7, 0).name in names


def test_a_long_name_is_cut_so_that_the_hash_fits() -> None:
    owner = stored(stateful(name="a" * 250))
    assert re.fullmatch("a{223}-[456789bcdf]{1,10}", revision(owner).name)


def test_revisions_come_by_number_and_the_oldest_go() -> None:
    owner = stored(stateful())
    several = [evolve(revision(owner), revision=number).with_meta(name=f"r{number}") for number in (10, 9, 2)]
    other = revision(stored(stateful(name="other")))
    known = revisions(context_of(owner, *several, other), owner)
    assert [each.revision for each in known] == [2, 9, 10]
    assert [each.revision for each in obsolete(known, 1)] == [2, 9]
    assert obsolete(known, 3) == []
    assert obsolete(known, None) == known


def test_a_revision_that_means_the_same_brings_the_template_back_too() -> None:
    owner = stored(stateful())
    plain = thaw(revision(owner).data)
    plain["spec"]["template"]["metadata"]["creationTimestamp"] = None
    foreign = evolve(revision(owner), data=freeze(plain))
    assert foreign.data != patch_of(owner.spec.template)
    assert brings_back(foreign, owner.spec.template)
    assert not brings_back(revision(stored(stateful(image="registry.test/web:2"))), owner.spec.template)
    assert template_of(freeze({"other": "data"})) == PodTemplateSpec()


def test_a_dump_without_history_gets_the_present_one_back() -> None:
    web = stored(stateful())
    web = evolve(web, status=evolve(web.status, update_revision="web-4567"))
    agent = stored(daemon())
    old = member(agent, "old", labels={REVISION_LABEL: "old"}, creationTimestamp="2026-01-01T00:00:00Z")
    young = member(agent, "young", labels={REVISION_LABEL: "89bc"}, creationTimestamp="2026-01-02T00:00:00Z")
    found = {each.name: each for each in recalled([web, agent, young, old, stored(daemon(name="idle"))])}
    assert sorted(found) == ["agent-89bc", "web-4567"]
    assert found["agent-89bc"].labels[REVISION_LABEL] == "89bc"
    assert all(brings_back(each, web.spec.template) and each.owner is None for each in found.values())
    assert list(recalled([web, found["web-4567"]])) == []
