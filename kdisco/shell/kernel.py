"""The Jupyter kernel ``kdisco``: Python as ever, with the extension loaded and a cluster at hand."""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

import kdisco

__all__ = ["KdiscoKernel"]


class KdiscoKernel(IPythonKernel):
    """An IPython kernel that begins as if ``%load_ext kdisco`` had been run."""

    implementation = "kdisco"
    implementation_version = kdisco.__version__
    banner = f"kdisco {kdisco.__version__}: a Kubernetes cluster to take apart, in the variable `cluster`"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]  # ipykernel annotates in part
        self.shell.extension_manager.load_extension("kdisco")  # type: ignore[union-attr]  # it has a shell by now


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=KdiscoKernel)
