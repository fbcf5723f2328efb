"""A cluster in a file: what is loaded is what was saved, and goes on like it; what is no cluster is one clear line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdisco import Cluster, DnsConfig, KdiscoError, ProxyConfig, saving
from kdisco.errors import UsageError

if TYPE_CHECKING:
    from kdisco.store.history import Timeline
    from kdisco.store.state import State

PUBLISHED = {"spec": {"type": "NodePort"}}
ACTS = st.one_of(
    st.tuples(st.just("scale"), st.sampled_from(["deployment/web", "deployment/none"]), st.integers(0, 4)),
    st.tuples(st.just("patch"), st.just("service"), st.just("web"), st.sampled_from([PUBLISHED, 5])),
    st.tuples(st.just("delete"), st.just("service"), st.just("web")),
    st.tuples(st.just("send"), st.just("node/node-1"), st.sampled_from(["10.96.0.77", "10.244.0.2"])),
    st.tuples(st.just("ask"), st.sampled_from(["web", "kube-dns.kube-system", "example.com"])),
    st.tuples(st.sampled_from(["hold", "release"]), st.sampled_from(["kube-proxy@node-1", "kubelet@node-1"])),
    st.tuples(st.just("delay"), st.sampled_from(["kube-proxy@node-1", "kubelet", "coredns"])),
    st.tuples(st.just("run"), st.floats(0, 3)),
    st.tuples(st.just("step")),
    st.tuples(st.just("undo")),
    st.tuples(st.just("settle")),
)  # fmt: skip
SPEC = {"clusterIP": "10.96.0.77"}


def made(**settings: Any) -> Cluster:
    """A cluster with DNS, two Pods and a Service."""
    return running(deployment(), front(**SPEC), addons=True, dns=DnsConfig(cache=30), **settings)


BASES = {mode: made(proxy=ProxyConfig(mode=mode)) for mode in ("iptables", "nftables")}


def do(cluster: Cluster, act: tuple[Any, ...]) -> None:
    """Carry out one act; what is refused changes nothing."""
    try:
        match act:
            case "ask", name:
                pod = cluster.list("pods", namespace="default")[0]
                cluster.lookup(name, f"default/{pod.name}")
            case "delay", component:
                cluster.delay(component, watch=0.5)
            case verb, *words:
                getattr(cluster, verb)(*words)
    except (KdiscoError, IndexError):
        return


def told(history: Timeline) -> list[Any]:
    """What a past tells: all events, and every fact in words where it is an error."""
    return [(moment.state, moment.event, [str(fact) for fact in moment.facts]) for moment in history]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(BASES)), st.lists(ACTS, max_size=8), st.lists(ACTS, max_size=4))
def test_what_is_loaded_is_what_was_saved_and_runs_on_alike(mode: str, before: list[Any], after: list[Any]) -> None:
    cluster = BASES[mode].branch()
    for act in before:
        do(cluster, act)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cluster.json"
        loaded = Cluster.load(cluster.save(path) and path)
        assert [each.name for each in Path(folder).iterdir()] == ["cluster.json"]
    assert loaded.state == cluster.state
    assert told(loaded.history) == told(cluster.history)
    assert loaded.history.marks == cluster.history.marks
    for act in after:
        do(cluster, act)
        do(loaded, act)
    assert loaded.settle().state == cluster.settle().state


@pytest.fixture(scope="module")
def base() -> Cluster:
    """A cluster with a past."""
    cluster = made()
    cluster.scale("deployment/web", 3)
    return cluster.settle()


def test_the_past_can_be_gone_back_to_and_looked_at(base: Cluster, tmp_path: Path) -> None:
    loaded = Cluster.load(base.save(tmp_path / "c.json") and tmp_path / "c.json")
    assert loaded.undo().get("deployment", "web").spec.replicas == 2
    assert loaded.at(base.history.oldest).state == base.at(base.history.oldest).state
    assert len(base.history) > 20


def test_the_midst_of_a_step_is_saved_too(base: Cluster, tmp_path: Path) -> None:
    for revision in range(base.revision - 30, base.revision + 1, 2):
        past = base.at(revision)
        past.scale("deployment/web", 1)
        loaded = Cluster.load(past.save(tmp_path / "c.json") and tmp_path / "c.json")
        assert loaded.state == past.state
        assert len(loaded.history) == len(past.history)


def test_a_dump_and_its_user_come_back(tmp_path: Path) -> None:
    dump = [json.loads(front()), {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "agent"}}]
    cluster = Cluster.from_dump(dump).as_user("jane", ["dev"])
    loaded = Cluster.load(str(cluster.save(tmp_path / "c.json") and tmp_path / "c.json"))
    assert (loaded.ignored, loaded.user, loaded.groups) == (("Job/agent",), "jane", ("dev",))
    assert loaded.settle().state == cluster.settle().state


def test_where_another_kdisco_behaves_otherwise_the_state_counts(
    base: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.save(tmp_path / "c.json")

    def otherwise(_state: State) -> None:
        msg = "no more"
        raise KdiscoError(msg)

    monkeypatch.setattr(saving, "tick", otherwise)
    loaded = Cluster.load(tmp_path / "c.json")
    assert loaded.state.tables == base.state.tables
    assert (len(loaded.history), loaded.state.changes) == (1, ())


def test_a_file_is_not_much_larger_than_what_it_holds(base: Cluster, tmp_path: Path) -> None:
    base.save(tmp_path / "c.json")
    text = (tmp_path / "c.json").read_text(encoding="utf-8")
    stored = [found for table in base.state.tables.values() for found in table.objects.values()]
    assert len(text) < 8 * sum(len(json.dumps(found.to_dict())) for found in stored)
    assert [*json.loads(text)][:4] == ["format", "version", "kdisco", "checksum"]


def reworked(text: str, **changes: Any) -> str:
    """A file with other values at its top."""
    return json.dumps(json.loads(text) | changes)


DAMAGE = {
    "nothing": (lambda _: "", "is damaged or no saved cluster"),
    "the half": (lambda text: text[: len(text) // 2], "is damaged or no saved cluster"),
    "no last line": (lambda text: text.rstrip()[:-1], "is damaged or no saved cluster"),
    "another text": (lambda _: "hello", "is damaged or no saved cluster"),
    "a list": (lambda _: "[]", "is no saved cluster"),
    "other JSON": (lambda _: '{"kind": "List"}', "is no saved cluster"),
    "too deep": (lambda _: "[" * 100_000, "is no saved cluster: it is nested too deep|is damaged"),
    "a newer format": (lambda text: reworked(text, version=2, kdisco="9.1"), "format 2 by kdisco 9.1.*upgrade kdisco"),
    "a format that is a word": (lambda text: reworked(text, version="x"), "was saved in format 'x'"),
    "another number in it": (lambda text: text.replace('"replicas":3', '"replicas":4'), "its checksum does not fit"),
    "no checksum": (lambda text: reworked(text, checksum=None), "its checksum does not fit"),
    "no parts": (lambda text: reworked(text, parts=[]), "its checksum does not fit"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_one_line(base: Cluster, tmp_path: Path, damage: Any, words: str) -> None:
    path = tmp_path / "c.json"
    base.save(path)
    text = path.read_text(encoding="utf-8")
    path.write_text(damage(text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    with pytest.raises(UsageError, match=words) as caught:
        Cluster.load(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"error: {path} ")
    assert str(caught.value).endswith("save the cluster anew with c.save(path)")


def test_parts_with_a_right_checksum_are_still_looked_at(base: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    base.save(path)
    found = json.loads(path.read_text(encoding="utf-8"))
    for parts in ([], [{"@": "os.system"}], [{"@": "list", "of": []}] * len(found["parts"])):
        checksum = saving._checksum(found["cluster"], parts)  # as somebody would who knows it
        path.write_text(json.dumps(found | {"parts": parts, "checksum": checksum}), encoding="utf-8")
        with pytest.raises(UsageError, match=r"is damaged|does not fit"):
            Cluster.load(path)


@pytest.mark.parametrize("path", [5, None, "", "a\0b", b"x"])
def test_what_is_no_path_is_said(base: Cluster, path: Any) -> None:
    for ask in (base.save, Cluster.load):
        with pytest.raises(UsageError, match="is not the path of a file"):
            ask(path)


def test_what_cannot_be_read_or_written_is_said(base: Cluster, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^error: the path .*nothing\.json. does not exist$"):
        Cluster.load(tmp_path / "nothing.json")
    with pytest.raises(UsageError, match=r"^error: error reading .*directory$"):
        Cluster.load(tmp_path)
    with pytest.raises(UsageError, match=r"^error: error writing "):
        base.save(tmp_path / "no" / "folder.json")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"not text in UTF-8"):
        Cluster.load(tmp_path / "binary")


def test_a_save_that_fails_leaves_the_file_as_it_was(
    base: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.json"
    path.write_text("mine", encoding="utf-8")

    def full(self: Path, text: str, **_how: Any) -> int:
        with self.open("w", encoding="utf-8") as file:
            file.write(text[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UsageError, match="No space left on device"):
        base.save(path)
    assert path.read_text(encoding="utf-8") == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]
