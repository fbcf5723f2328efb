"""The Jupyter kernel ``kdisco``: Python as ever, with the extension loaded and a cluster at hand."""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

import kdisco
from kdisco.console.cells import MAGIC

__all__ = ["KdiscoKernel"]


class KdiscoKernel(IPythonKernel):
    """An IPython kernel that begins as if ``%load_ext kdisco`` had been run."""

    implementation = "kdisco"
    implementation_version = kdisco.__version__
    banner = f"kdisco {kdisco.__version__}: a Kubernetes cluster to take apart, in the variable `cluster`"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]  # ipykernel annotates in part
        self.shell.extension_manager.load_extension("kdisco")  # type: ignore[union-attr]  # it has a shell by now

    def do_inspect(  # type: ignore[override]  # ipykernel's own, too, gives the reply and no coroutine
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Shift+Tab on a command shows its help, on all else what Python has to say."""
        text = self._help(code, cursor_pos)
        if text is None:
            told: dict[str, Any] = super().do_inspect(  # type: ignore[no-untyped-call]  # annotated in part
                code, cursor_pos, detail_level, omit_sections
            )
            return told
        return {"status": "ok", "found": True, "data": {"text/plain": text}, "metadata": {}}

    def _help(self, code: str, cursor_pos: int) -> str | None:
        line = code[code.rfind("\n", 0, cursor_pos) + 1 :].partition("\n")[0]
        commands: Any = self.shell.find_line_magic(MAGIC)  # type: ignore[union-attr]  # it has a shell by now
        return None if commands is None else commands.__self__.helped(line)


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=KdiscoKernel)
