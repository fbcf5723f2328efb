"""Identities that a container runtime gives: the same of the same thing in every run."""

from __future__ import annotations

__all__ = ["digest"]


def digest(name: str) -> str:
    """64 hexadecimal digits for what has this name."""
    from hashlib import sha256  # noqa: PLC0415 - a cluster is imported without it

    return sha256(name.encode()).hexdigest()
