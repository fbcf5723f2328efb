"""What several panels let one choose, from the page and from Python: a Service, and where packets begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.widget.controls import choose

if TYPE_CHECKING:
    from ipywidgets import Combobox

    from kdisco.widget.controls import Chooser

__all__ = ["OfService", "WithSource"]


class OfService:
    """A panel that is about one Service, which ``services`` offers."""

    services: Chooser
    namespace: str

    @property
    def service(self) -> str:
        """Which Service it is about, ``ns/name``."""
        return str(self.services.value or "")

    @service.setter
    def service(self, name: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.services, name if "/" in name else f"{self.namespace}/{name}")


class WithSource:
    """A panel from which packets are sent: ``sources`` suggests where they begin."""

    sources: Combobox

    @property
    def source(self) -> str:
        """Where they begin."""
        return str(self.sources.value).strip()

    @source.setter
    def source(self, source: str) -> None:
        """Fill it in, as a hand would."""
        self.sources.value = source
