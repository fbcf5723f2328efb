"""What roles and bindings must be."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api
from roles import GROUP, bind, role, rule

from kdisco.errors import Invalid

URLS = {"verbs": ["get"], "nonResourceURLs": ["/api"]}
RULES: list[tuple[dict[str, Any], str]] = [
    (
        role("x", {"apiGroups": [""], "resources": ["pods"], "verbs": []}),
        "rules[0].verbs: Required value: verbs must contain at least one value",
    ),
    (
        role("x", {"resources": ["pods"], "verbs": ["get"]}),
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
    ),
    (
        role("x", {"apiGroups": [""], "verbs": ["get"]}),
        "rules[0].resources: Required value: resource rules must supply at least one resource",
    ),
    (
        role("x", URLS, namespace="default"),
        'rules[0].nonResourceURLs: Invalid value: ["/api"]: namespaced rules cannot apply to non-resource URLs',
    ),
    (
        role("x", rule("get", "pods"), URLS | {"apiGroups": [""]}),
        (
            'rules[1].nonResourceURLs: Invalid value: ["/api"]: '
            "rules cannot apply to both regular resources and non-resource URLs"
        ),
    ),
    (role("a/b"), "metadata.name: Invalid value: \"a/b\": may not contain '/'"),
    (role("a%b"), "metadata.name: Invalid value: \"a%b\": may not contain '%'"),
    (role(".."), "metadata.name: Invalid value: \"..\": may not be '..'"),
    (bind("x", "Thing/view"), 'roleRef.kind: Unsupported value: "Thing": supported values: "ClusterRole"'),
    (bind("x", "Role/view"), 'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'),
    (
        bind("x", "Thing/view", namespace="default"),
        'roleRef.kind: Unsupported value: "Thing": supported values: "Role", "ClusterRole"',
    ),
    (bind("x", "ClusterRole/"), "roleRef.name: Required value"),
    (bind("x", "ClusterRole/a/b"), "roleRef.name: Invalid value: \"a/b\": may not contain '/'"),
    (
        bind("x", "ClusterRole/view") | {"roleRef": {"apiGroup": "apps", "kind": "ClusterRole", "name": "view"}},
        f'roleRef.apiGroup: Unsupported value: "apps": supported values: "{GROUP}"',
    ),
    (
        bind("x", "ClusterRole/view", "Robot/r"),
        'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ),
    (bind("x", "ClusterRole/view", "ServiceAccount/a"), "subjects[0].namespace: Required value"),
    (
        bind("x", "ClusterRole/view", "ServiceAccount/default/A"),
        'subjects[0].name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of',
    ),
    (
        bind("x", "ClusterRole/view") | {"subjects": [{"kind": "User", "name": "u", "apiGroup": "apps"}]},
        f'subjects[0].apiGroup: Unsupported value: "apps": supported values: "{GROUP}"',
    ),
]


@pytest.mark.parametrize(("document", "words"), RULES, ids=[words[:50] for _, words in RULES])
def test_a_breach_is_named_with_its_field(document: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(document, user="x", groups=("system:masters",))
    kind = document["kind"]
    assert caught.value.message.startswith(f'{kind}.{GROUP} "{document["metadata"]["name"]}" is invalid: {words}')


@pytest.mark.parametrize(("kind", "word"), [("User", "user"), ("Group", "group")])
def test_a_subject_without_a_name_is_wrong_twice(kind: str, word: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(bind("x", "ClusterRole/view", f"{kind}/"))
    assert [(cause["field"], cause["message"]) for cause in caught.value.details["causes"]] == [
        ("subjects[0].name", "Required value"),
        ("subjects[0].name", f'Invalid value: "": {word} name cannot be empty'),
    ]


def test_groups_that_go_without_saying_are_filled_in() -> None:
    api = Api.made()
    found = api.create(bind("x", "ClusterRole/view", "User/u", "Group/g", "ServiceAccount/default/s"))
    assert found.role_ref.api_group == GROUP
    assert [subject.api_group for subject in found.subjects] == [GROUP, GROUP, ""]


def test_the_role_of_a_binding_never_changes() -> None:
    api = Api.made()
    api.create(bind("x", "ClusterRole/view", "User/u"))
    with pytest.raises(Invalid) as caught:
        api.update(bind("x", "ClusterRole/edit", "User/u"))
    shown = f'{{"APIGroup":"{GROUP}","Kind":"ClusterRole","Name":"edit"}}'
    assert caught.value.message == (
        f'ClusterRoleBinding.{GROUP} "x" is invalid: roleRef: Invalid value: {shown}: cannot change roleRef'
    )
    assert api.update(bind("x", "ClusterRole/view", "User/other")).subjects[0].name == "other"


@pytest.mark.parametrize("name", ["system:x", "My_Role", "x" * 300])
def test_roles_may_be_called_almost_anything(name: str) -> None:
    assert Api.made().create(role(name)).name == name
