"""Back-off: how long a kubelet waits before it tries again. Upstream: client-go util/flowcontrol/backoff.go."""

from __future__ import annotations

__all__ = ["FIRST", "MOST", "STABLE", "doubled", "duration"]

FIRST, MOST = 10.0, 300.0  # seconds
STABLE = 2 * MOST  # seconds after which a failure is the first one again


def doubled(delay: float, times: int = 1) -> float:
    """Seconds to wait after so many failures more."""
    return float(min(delay * 2.0 ** min(times, 10), MOST))


def duration(seconds: float) -> str:
    """Whole seconds as Go prints them: ``40s``, ``1m20s``, ``5m0s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
