"""Images that are there, and those of a registry that nobody has."""

from __future__ import annotations

import pytest
from control_scenes import pod

from kdisco.control.images import failed_pull, pulled, pulling_failed, waiting_to_pull
from kdisco.model.pod import Container


def container(image: str, **fields: str) -> Container:
    """A container with this image."""
    found: Container = pod("a", spec={"containers": [{"name": "web", "image": image, **fields}]}).spec.containers[0]
    return found


@pytest.mark.parametrize("image", ["nginx", "registry.test/web:1", "invalid/web", "registry.invalid"])
def test_most_images_are_there(image: str) -> None:
    assert failed_pull(container(image)) == ""


@pytest.mark.parametrize(
    ("image", "full"), [("r.invalid:5000/a/b", "r.invalid:5000/a/b:latest"), ("r.invalid/x:2", "r.invalid/x:2")]
)
def test_a_registry_without_an_address(image: str, full: str) -> None:
    problem = failed_pull(container(image))
    assert problem.startswith(f'failed to pull and unpack image "{full}": failed to resolve reference "{full}"')
    assert problem.endswith("dial tcp: lookup r.invalid: no such host")


def test_what_is_told() -> None:
    web = container("registry.test/web:1")
    assert [each[1] for each in pulled(web)] == ["Pulled"]
    assert [each[1] for each in pulled(container("web", imagePullPolicy="Always"))] == ["Pulling", "Pulled"]
    assert [each[1:] for each in pulling_failed(web, "no")] == [
        ("Pulling", 'Pulling image "registry.test/web:1"'),
        ("Failed", 'Failed to pull image "registry.test/web:1": no'),
        ("Failed", "Error: ErrImagePull"),
    ]
    assert [each[:2] for each in waiting_to_pull(web)] == [("Normal", "BackOff"), ("Warning", "Failed")]
