"""A cluster in somebody's hands: observers and how it stands. Who may do what is in test_objects.py."""

from __future__ import annotations

import pytest
from api import service

from kdisco import Cluster
from kdisco.errors import UsageError


def test_a_handle_stands_where_its_cluster_stands() -> None:
    cluster = Cluster(nodes=0, addons=False)
    jane = cluster.as_user("jane")
    cluster.create(service())
    assert jane.state is cluster.state
    assert (jane.now, jane.revision, jane.config) == (cluster.now, cluster.revision, cluster.config)
    assert jane is not cluster


def test_observers_hear_whoever_writes_until_they_leave() -> None:
    cluster, told = Cluster(nodes=0, addons=False), []
    leave = cluster.as_user("jane").observe(lambda state: told.append(state.revision))
    cluster.create(service())
    assert told == [cluster.revision]
    leave()
    leave()
    cluster.create(service("other"))
    assert len(told) == 1


def test_an_observer_can_be_called() -> None:
    with pytest.raises(UsageError, match="observer: 5 cannot be called"):
        Cluster(nodes=0, addons=False).observe(5)  # type: ignore[arg-type]  # wrong on purpose
