"""Going back because an annotation asks for it: what is left of the rollback of former API versions.

Upstream: pkg/controller/deployment/rollback.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.control.controller import Tell, Write, update
from kdisco.control.revision import REVISION, ROLLBACK, number, rolled_back, same_template
from kdisco.model.workload import Deployment, ReplicaSet

__all__ = ["rollback"]


def rollback(deployment: Deployment, everything: list[ReplicaSet]) -> Iterator[Write]:
    """Take the template of the revision that the annotation names (0: the last but one), and the annotation away."""
    wanted = number(deployment, ROLLBACK) or 0
    revisions = sorted(number(each, REVISION) or 0 for each in everything)
    if not wanted:
        wanted = next(iter(revisions[-2:-1]), 0)
    to = next((each for each in everything if wanted and number(each, REVISION) == wanted), None)
    after = deployment
    if to is None:
        words = "Unable to find the revision to rollback to." if wanted else "Unable to find last revision."
        yield _told(deployment, "RevisionNotFound", words)
    elif same_template(to, deployment.spec.template):
        words = f'The rollback revision contains the same template as current deployment "{deployment.name}"'
        yield _told(deployment, "TemplateUnchanged", words)
    else:
        after = rolled_back(deployment, to)
    yield update(after.with_meta(annotations=after.metadata.annotations.without(ROLLBACK)))
    if after is not deployment:
        yield _told(deployment, "", f'Rolled back deployment "{deployment.name}" to revision {wanted}')


def _told(deployment: Deployment, problem: str, words: str) -> Tell:
    kind = "Warning" if problem else "Normal"
    return Tell(about=deployment, type=kind, reason=f"DeploymentRollback{problem}", message=words)
