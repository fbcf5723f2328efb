"""Going back because an annotation asks for it."""

from __future__ import annotations

import pytest
from control_scenes import deployment, new_image, problems, running, sets, told

from kdisco.control.revision import ROLLBACK


@pytest.mark.parametrize(
    ("images", "to", "image", "event"),
    [
        ("12", "0", "1", ("DeploymentRollback", 'Rolled back deployment "web" to revision 1')),
        ("123", "1", "1", ("DeploymentRollback", 'Rolled back deployment "web" to revision 1')),
        (
            "12",
            "2",
            "2",
            (
                "DeploymentRollbackTemplateUnchanged",
                'The rollback revision contains the same template as current deployment "web"',
            ),
        ),
        ("12", "7", "2", ("DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to.")),
        ("1", "0", "1", ("DeploymentRollbackRevisionNotFound", "Unable to find last revision.")),
    ],
)
def test_the_annotation_brings_back_a_revision(images: str, to: str, image: str, event: tuple[str, str]) -> None:
    cluster = running(deployment())
    for each in images[1:]:
        new_image(cluster, f"registry.test/web:{each}")
        cluster.settle()
    cluster.patch("deployment", "web", {"metadata": {"annotations": {ROLLBACK: to}}})
    cluster.settle()
    found = cluster.get("deployment", "web")
    assert found.spec.template.spec.containers[0].image == f"registry.test/web:{image}"
    assert ROLLBACK not in found.metadata.annotations
    assert [each for each in told(cluster, "Deployment") if each[0] != "ScalingReplicaSet"] == [event]
    assert sum(each.spec.replicas for each in sets(cluster)) == 2
    assert problems(cluster) == []


def test_an_annotation_that_is_no_number_asks_for_nothing() -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"metadata": {"annotations": {ROLLBACK: "back"}}})
    cluster.settle()
    assert cluster.get("deployment", "web").metadata.annotations[ROLLBACK] == "back"
