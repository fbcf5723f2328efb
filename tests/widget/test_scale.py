"""The slider: it scales, it refuses, it follows."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.widget.lab import Lab
from kdisco.widget.scale import Scaler


def pods(made: Any) -> int:
    """How many Pods its picture shows."""
    return int(made.diagram.svg.count('class="node pod '))


def test_the_description_says_what_it_scales(cluster: Cluster) -> None:
    made = cluster.scaler("deployment/my-app")
    assert made.slider.description == "my-app replicas"
    assert (made.slider.min, made.slider.max, made.value) == (0, 10, 2)
    assert made.slider.style.description_width == "initial"


def test_each_step_changes_the_pods_drawn(cluster: Cluster) -> None:
    made = Scaler(cluster, "deployment/my-app")
    for wanted in (5, 0, 10, 2):
        made.slider.set_state({"value": wanted})  # type: ignore[no-untyped-call]  # as the browser does
        assert pods(made) == wanted
        assert cluster.get("deployment", "my-app").spec.replicas == wanted
        assert f"my-app: {wanted} of {wanted} ready" in made.status.value


@pytest.mark.parametrize("value", [11, -1, 1000])
def test_a_value_beyond_the_range_is_an_error_and_changes_nothing(cluster: Cluster, value: int) -> None:
    made, before = Scaler(cluster, "my-app"), cluster.state
    for target, name in ((made, "value"), (made.slider, "value")):
        with pytest.raises(KdiscoError, match=rf"^my-app: {value} is beyond 0\.\.10$"):
            setattr(target, name, value)
    assert cluster.state is before
    assert made.value == 2


@pytest.mark.parametrize("value", ["3", 2.5, None, True])
def test_what_is_no_number_is_an_error(cluster: Cluster, value: Any) -> None:
    with pytest.raises(KdiscoError, match="is not a whole number"):
        Scaler(cluster, "my-app").value = value


@pytest.mark.parametrize(
    ("target", "options", "words"),
    [
        ("deployment/nope", {}, "deployment/nope: no such Deployment"),
        ("service/my-app-svc", {}, "a slider scales a Deployment"),
        ("nonsense/my-app", {}, "a slider scales a Deployment"),
        ("", {}, "a slider scales a Deployment"),
        ("deploy/my-app", {"langu": "zh"}, "no keyword langu; did you mean lang?"),
        ("deploy/my-app", {"lang": "fr"}, "'fr' is not one of en, zh"),
    ],
)
def test_what_cannot_be_meant_is_an_error(cluster: Cluster, target: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(KdiscoError) as caught:
        Scaler(cluster, target, **options)
    assert words in str(caught.value)


def test_all_panels_of_a_cluster_follow_one_another(cluster: Cluster) -> None:
    one, other, lab = Scaler(cluster, "my-app"), Scaler(cluster, "my-app"), Lab(cluster)
    one.value = 4
    assert other.value == lab.sliders["my-app"].value == 4
    assert pods(one) == pods(other) == pods(lab) == 4
    cluster.scale("deployment/my-app", 1)
    cluster.settle()
    assert one.value == other.value == 1
    assert pods(other) == 1


def test_more_replicas_than_the_range_make_room(cluster: Cluster) -> None:
    made = Scaler(cluster, "my-app")
    cluster.scale("deployment/my-app", 14)
    assert (made.value, made.slider.max) == (14, 14)


def test_a_deleted_deployment_rests(cluster: Cluster) -> None:
    made = Scaler(cluster, "my-app")
    cluster.delete("deployment", "my-app")
    cluster.settle()
    assert made.slider.disabled
    assert "no such Deployment" in made.status.value


def test_a_refusal_is_shown_and_the_slider_goes_back(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Scaler(cluster, "my-app")

    def refuse(*_args: object, **_kwargs: object) -> None:
        msg = "Error from server (Forbidden): <not you>"
        raise KdiscoError(msg)

    monkeypatch.setattr(cluster, "scale", refuse)
    made.value = 5
    assert "Forbidden): <not you>" in made.status.value
    assert made.value == 2


def test_a_panel_shows_its_picture_in_saved_notebooks(cluster: Cluster) -> None:
    data, _ = Scaler(cluster, "my-app")._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert "application/vnd.jupyter.widget-view+json" in data
