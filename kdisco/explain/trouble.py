"""Why one Pod gets no traffic: the parts of a finding, which several Pods may share."""

from __future__ import annotations

from attrs import frozen

from kdisco.model.meta import Object

__all__ = ["Trouble"]


@frozen(kw_only=True)
class Trouble:
    """A Pod's trouble; ``about`` is the object that is to be mended: the Pod, its workload, its node."""

    code: str
    cause: str
    evidence: str
    remedy: str
    about: Object
