"""When a controller tries again what was refused. Upstream: the rate limiters of client-go util/workqueue."""

from __future__ import annotations

from kdisco.control.controller import Context, Later
from kdisco.model.meta import seconds

__all__ = ["retry"]

SOON, SELDOM = 1.0, 1000.0  # seconds between two tries: at first, and at most


def retry(context: Context, since: str | None, *, background: bool = False) -> Later:
    """Come back to what has been refused ``since`` a time: after as long again as that has been."""
    waited = context.epoch + context.now - seconds(since) if since else 0.0
    return Later(min(max(waited, SOON), SELDOM), background=background)
