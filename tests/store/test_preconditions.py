"""What must be so for a write to be carried out."""

from __future__ import annotations

import pytest
from api import Api, deployment, service

from kdisco.errors import Conflict
from kdisco.model.kinds import RESOURCES
from kdisco.store.preconditions import check, precondition_failed


def test_an_object_made_anew_is_not_deleted_by_mistake() -> None:
    api = Api.made()
    found = api.create(deployment())
    has = found.metadata.uid, found.metadata.resource_version
    check(RESOURCES["deployments"], found, has)
    check(RESOURCES["deployments"], found, ("", ""))
    with pytest.raises(Conflict) as caught:
        api.delete("deployment", "web", preconditions=("other", ""))
    assert caught.value.message == (
        'Operation cannot be fulfilled on Deployment.apps "web": the UID in the precondition (other) does not match '
        f"the UID in record ({has[0]}). The object might have been deleted and then recreated"
    )
    with pytest.raises(Conflict) as caught:
        api.delete("deployment", "web", preconditions=(has[0], "1"))
    assert caught.value.message.endswith(
        f"the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({has[1]}). "
        "The object might have been modified"
    )
    api.delete("deployment", "web", preconditions=has)
    assert api.get("deployment", "web") is None


def test_the_storage_names_its_key() -> None:
    found = Api.made().create(service())
    assert precondition_failed(RESOURCES["services"], found, "UID", "x") == (
        "StorageError: invalid object, Code: 4, Key: /registry/services/specs/default/web, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: {found.metadata.uid}"
    )
