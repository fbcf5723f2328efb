"""kdisco: Kubernetes service registration and discovery, alive and true, inside Jupyter.

>>> from kdisco import Cluster
>>> c = Cluster(nodes=2)
>>> c.get("svc", "kube-dns", namespace="kube-system").spec.cluster_ip
'10.96.0.10'
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as typing has it; importing typing would take longer than all of this

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.config import ClusterConfig, DnsConfig, ProxyConfig
    from kdisco.errors import AlreadyExists, ApiError, Conflict, Forbidden, Invalid, KdiscoError, NotFound
    from kdisco.language import set_language

__version__ = "0.1.0"

_HOME = {
    "AlreadyExists": "errors",
    "ApiError": "errors",
    "Cluster": "cluster",
    "ClusterConfig": "config",
    "Conflict": "errors",
    "DnsConfig": "config",
    "Forbidden": "errors",
    "Invalid": "errors",
    "KdiscoError": "errors",
    "NotFound": "errors",
    "ProxyConfig": "config",
    "set_language": "language",
}
__all__ = [
    "AlreadyExists",
    "ApiError",
    "Cluster",
    "ClusterConfig",
    "Conflict",
    "DnsConfig",
    "Forbidden",
    "Invalid",
    "KdiscoError",
    "NotFound",
    "ProxyConfig",
    "set_language",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that ``import kdisco`` stays fast."""
    if name == "breakpoints":
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def load_ipython_extension(shell: object) -> None:
    """What ``%load_ext kdisco`` does: a ready ``cluster`` in the notebook."""
    import_module("kdisco.shell.extension").load_ipython_extension(shell)


def unload_ipython_extension(shell: object) -> None:
    """What ``%unload_ext kdisco`` does: the ``cluster`` goes."""
    import_module("kdisco.shell.extension").unload_ipython_extension(shell)


def __dir__() -> list[str]:
    """All public names, loaded or not."""
    return sorted({*globals(), *__all__})
