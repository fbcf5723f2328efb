"""How findings say things: labels, names, ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kdisco.model.pod import Container
from kdisco.phrase import Phrase

__all__ = ["labelled", "ports_told", "told"]

MANY = 3  # names in a sentence; the others are counted


def labelled(labels: Mapping[str, str]) -> str:
    """Labels as kubectl shows them."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>"


def told(names: Iterable[object]) -> str:
    """Some names in a sentence: the first few, and how many there are besides."""
    listed = [str(each) for each in names]
    more = len(listed) - MANY
    first = ", ".join(listed[:MANY])
    return Phrase("{names} and {count} more", names=first, count=more) if more > 0 else first


def ports_told(containers: tuple[Container, ...]) -> str:
    """The ports that containers declare, as one would say them."""
    listed = [
        f"{port.name + '=' if port.name else ''}{port.container_port}/{port.protocol or 'TCP'}"
        for each in containers
        for port in each.ports
    ]
    return ", ".join(listed) or Phrase("none")
