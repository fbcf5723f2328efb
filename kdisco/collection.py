"""Garbage collection stands aside while time moves: frozen values form no cycles, so there is nothing to find.

Left on, the collector looks through all of a notebook's objects in the midst of a slider's step.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collection_paused"]


@contextmanager
def collection_paused() -> Iterator[None]:
    """Within it no cyclic collection starts; afterwards all is as it was before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
