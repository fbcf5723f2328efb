"""Images: they are on every node, but for those of a registry whose name ends in ``.invalid``: nobody has it.

Upstream: pkg/kubelet/images image_manager.go; the words of a failure are containerd's.
"""

from __future__ import annotations

from kdisco.model.pod import Container

__all__ = ["Told", "failed_pull", "pulled", "pulling_failed", "waiting_to_pull"]

UNREACHABLE = ".invalid"  # such a name has no address (RFC 2606)
TOOK = "500ms (500ms including waiting). Image size: 20000000 bytes."

Told = tuple[str, str, str]  # of an Event: type, reason, message


def failed_pull(container: Container) -> str:
    """Why the image of a container cannot be pulled, in the runtime's words; "" when it can."""
    host, slash, rest = container.image.partition("/")
    name = host.partition(":")[0]
    if not slash or not name.endswith(UNREACHABLE):
        return ""
    path, _, tag = rest.partition(":")
    full = f"{host}/{path}:{tag or 'latest'}"
    return (
        f'failed to pull and unpack image "{full}": failed to resolve reference "{full}": failed to do request: '
        f'Head "https://{host}/v2/{path}/manifests/{tag or "latest"}": dial tcp: lookup {name}: no such host'
    )


def pulled(container: Container) -> tuple[Told, ...]:
    """What is told before a start: the image is there; with policy Always the registry is asked all the same."""
    image = f'image "{container.image}"'
    if container.kept.get("imagePullPolicy") == "Always":
        return (
            ("Normal", "Pulling", f"Pulling {image}"),
            ("Normal", "Pulled", f"Successfully pulled {image} in {TOOK}"),
        )
    return (("Normal", "Pulled", f"Container {image} already present on machine and can be accessed by the pod"),)


def pulling_failed(container: Container, problem: str) -> tuple[Told, ...]:
    """What is told of a try that failed."""
    image = f'image "{container.image}"'
    return (
        ("Normal", "Pulling", f"Pulling {image}"),
        ("Warning", "Failed", f"Failed to pull {image}: {problem}"),
        ("Warning", "Failed", "Error: ErrImagePull"),
    )


def waiting_to_pull(container: Container) -> tuple[Told, ...]:
    """What is told when the next try has to wait."""
    words = f'Back-off pulling image "{container.image}"'
    return (("Normal", "BackOff", words), ("Warning", "Failed", "Error: ImagePullBackOff"))
