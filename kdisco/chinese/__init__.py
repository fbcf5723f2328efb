"""What the model says of itself in Chinese, by its English templates: a table for each part of it.

Terms are those of the glossary; names of the API, protocols, fields and what is quoted stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.chinese.causes import CAUSES
from kdisco.chinese.desk import DESK
from kdisco.chinese.evidence import EVIDENCE
from kdisco.chinese.faults import FAULTS
from kdisco.chinese.kernel import KERNEL
from kdisco.chinese.names import NAMES
from kdisco.chinese.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SENTENCES", "TABLES"]

TABLES: tuple[Mapping[str, str], ...] = (KERNEL, NAMES, DESK, CAUSES, EVIDENCE, FAULTS, OUTCOMES)
SENTENCES: Mapping[str, str] = {english: chinese for table in TABLES for english, chinese in table.items()}
