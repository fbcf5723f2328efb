"""kubectl in Python: every verb reads and writes the model, and prints what kubectl 1.32 prints."""

from __future__ import annotations

__all__: list[str] = []
