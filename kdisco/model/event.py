"""Kubernetes Events: what components tell people of an object's life. Source: core/v1 Event."""

from __future__ import annotations

from attrs import field, frozen

from kdisco.model.meta import Object, ObjectReference
from kdisco.model.value import Value

__all__ = ["Event", "EventSource", "said"]


@frozen(kw_only=True, repr=False)
class EventSource(Value):
    """Who tells: the component, and the node it runs on where that matters."""

    component: str = ""
    host: str = ""


@frozen(kw_only=True, repr=False)
class Event(Object):
    """One thing told of an object; told again, its ``count`` goes up. ``type`` is Normal or Warning."""

    involved_object: ObjectReference = field(factory=ObjectReference, metadata={"keep": True})
    reason: str = ""
    message: str = ""
    source: EventSource = field(factory=EventSource, metadata={"keep": True})
    first_timestamp: str | None = field(default=None, metadata={"keep": True})
    last_timestamp: str | None = field(default=None, metadata={"keep": True})
    count: int = 0
    type: str = ""
    event_time: str | None = field(default=None, metadata={"keep": True})
    action: str = ""
    reporting_component: str = field(default="", metadata={"keep": True})
    reporting_instance: str = field(default="", metadata={"keep": True})

    KIND = "Event"
    API_VERSION = "v1"

    @property
    def said(self) -> str:
        """What is told and by whom: an Event that says the same of the same object is counted, not stored again."""
        return said(self.type, self.reason, self.message, self.source.component, self.involved_object.field_path)


def said(*parts: str) -> str:
    """Type, reason, message, component and the part of the object meant, as one text to look up."""
    return "\n".join(parts)

