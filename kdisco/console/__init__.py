"""Text in, text out: the commands that one types in a Pod, with the texts and exit statuses of the real ones."""

from __future__ import annotations

__all__: list[str] = []
