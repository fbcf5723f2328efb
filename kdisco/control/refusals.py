"""What a controller makes of a write that was refused."""

from __future__ import annotations

from kdisco.errors import AlreadyExists, ApiError, Conflict, NotFound

__all__ = ["namespace_ends", "will_pass"]


def namespace_ends(refusal: ApiError) -> bool:
    """Whether nothing can be made any more because the namespace is being terminated: no reason to try again."""
    return any(cause.get("reason") == "NamespaceTerminating" for cause in refusal.details.get("causes", ()))


def will_pass(refusal: ApiError) -> bool:
    """Whether it was refused for what the controller has not heard of yet: it may try again soon."""
    return isinstance(refusal, AlreadyExists | Conflict | NotFound)
