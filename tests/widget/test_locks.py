"""One lock a cluster, whoever comes, in whosever hands it is."""

from __future__ import annotations

import threading

from kdisco import Cluster
from kdisco.widget.locks import lock_of


def test_one_lock_for_all_hands_and_one_for_each_cluster() -> None:
    cluster = Cluster(nodes=0, addons=False)
    user = cluster.as_user("jane")
    assert lock_of(cluster) is lock_of(cluster)
    assert lock_of(user) is lock_of(cluster)
    assert lock_of(cluster.branch()) is not lock_of(cluster)


def test_the_cluster_waits_for_the_lock_at_every_step() -> None:
    cluster = Cluster(nodes=0, addons=False)
    revision = cluster.revision
    manifest = "{apiVersion: v1, kind: Namespace, metadata: {name: new}}"
    writing = threading.Thread(target=cluster.create, args=(manifest,))
    with lock_of(cluster):
        writing.start()
        writing.join(0.1)
        assert writing.is_alive()
        assert cluster.revision == revision
        cluster.run(1)  # the lock is ours
    writing.join(10)
    assert cluster.get("Namespace", "new")
