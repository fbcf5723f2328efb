"""Lines, verbs, help, and what is never shown."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from kubectl_scene import scene

from kdisco import Cluster
from kdisco.console.kubectl.verbs import ALIASES, VERBS
from kdisco.console.result import CommandResult
from kdisco.errors import UsageError

CLUSTER = scene()


def kubectl(line: str, stdin: str | None = None) -> CommandResult:
    return CLUSTER.branch().kubectl(line, stdin=stdin)


@pytest.mark.parametrize("path", [path for path, verb in VERBS.items() if verb.module])
def test_every_verb_is_there_and_has_help(path: str) -> None:
    verb = VERBS[path]
    function = getattr(import_module(f"kdisco.console.kubectl.{verb.module}"), verb.function)
    assert [*inspect.signature(function).parameters] == ["call"]
    found = kubectl(f"{path} --help")
    assert found.exit == 0
    assert f"\nUsage:\n  kubectl {path}" in found
    assert all(f"--{flag.name}={flag.shown}:\n\t{flag.help}\n" in found for flag in verb.flags)


@pytest.mark.parametrize("path", [path for path, verb in VERBS.items() if not verb.module])
def test_a_group_lists_its_commands(path: str) -> None:
    assert kubectl(f"{path} --help").exit == 0
    assert kubectl(path).exit == 1
    inner = [name.rpartition(" ")[2] for name in VERBS if name.rpartition(" ")[0] == path]
    assert all(f"  {name} " in kubectl(path) for name in inner)
    assert kubectl(f"{path} nosuch").err == (
        f"error: unknown command \"nosuch\"\nSee 'kubectl {path} -h' for help and examples\n"
    )


def test_aliases_lead_to_verbs() -> None:
    assert set(ALIASES.values()) <= VERBS.keys()
    assert kubectl("create deploy x --image=nginx") == "deployment.apps/x created\n"


def test_the_word_kubectl_may_stand_before() -> None:
    assert kubectl("kubectl get ns") == kubectl("get ns")
    assert kubectl("") == kubectl("kubectl --help")
    assert "Basic Commands (Beginner):" in kubectl("help")


def test_global_flags_stand_anywhere() -> None:
    assert kubectl("-n kube-system get svc -o name") == "service/kube-dns\n"
    assert kubectl("get svc -o name -n=kube-system") == "service/kube-dns\n"
    assert kubectl("--namespace kube-system --v=3 get svc -o name") == "service/kube-dns\n"


def test_an_unknown_command_brings_those_like_it() -> None:
    found = kubectl("gett pods")
    assert found.exit == 1
    assert found.err.startswith('error: unknown command "gett" for "kubectl"\n\nDid you mean this?\n')
    assert "\tget\n" in found.err


def test_a_quote_that_does_not_end_is_a_shells_error() -> None:
    assert kubectl("get 'pods").exit == 2


def test_the_result_has_the_objects() -> None:
    assert [each.name for each in kubectl("get svc web lb").objects] == ["web", "lb"]
    assert [each.name for each in kubectl("create ns shop").objects] == ["shop"]
    assert kubectl("get svc nosuch").objects == ()


def test_the_command_is_text() -> None:
    with pytest.raises(UsageError, match="is not text"):
        CLUSTER.kubectl(5)  # type: ignore[arg-type]  # wrong on purpose


def test_time_does_not_move() -> None:
    cluster = CLUSTER.branch()
    before = cluster.now
    for line in ("delete pod crash", "rollout status deploy/web", "wait --for=delete pod/crash", "get pods -w"):
        cluster.kubectl(line)
    assert cluster.now == before


@pytest.mark.parametrize(
    "line",
    [
        "apply -f {}", "create -f {}", "get -f {}", "replace -f {}", "delete -f {}", "create cm x --from-file={}",
        "create cm x --from-env-file={}", "patch svc web --patch-file={}", "get pods -o jsonpath-file={}",
        "get pods -o custom-columns-file={}", "get pods --kubeconfig={}", "apply -k {}", "describe -f {}",
    ],
)
@pytest.mark.parametrize(
    "text", ["secret words of this machine\n", "a: secret\nb: [secret]\n", "- secret\n", "\x00secret"]
)
def test_no_file_of_the_host_is_ever_shown(line: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text, encoding="utf-8")
    assert "secret" not in kubectl(line.format(file))


def test_a_manifest_of_a_file_is_used(tmp_path: Path) -> None:
    file = tmp_path / "ns.yaml"
    file.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", encoding="utf-8")
    assert kubectl(f"apply -f {file}") == "namespace/shop created\n"
    assert kubectl(f"apply -f {tmp_path}") == "namespace/shop created\n"
    missing = f"{tmp_path}/nosuch.yaml"
    assert kubectl(f"create -f {missing}").err == f'error: the path "{missing}" does not exist\n'


def test_who_asks_may_be_somebody_else() -> None:
    assert kubectl("get cm cm --as=jane").exit == 0
    assert kubectl("get secrets --as=jane").exit == 0
    refused = kubectl("get svc --as=jane")
    assert refused.err == (
        'Error from server (Forbidden): services is forbidden: User "jane" cannot list resource "services" in API '
        'group "" in the namespace "default"\n'
    )
    assert refused.exit == 1


def test_an_old_server_does_not_warn_of_what_came_later() -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"},
            "status": {"nodeInfo": {"kubeletVersion": "v1.32.5"}}}
    assert Cluster.from_dump([node]).kubectl("get ep").err == "No resources found in default namespace.\n"
    assert "deprecated" in kubectl("get ep").err
    assert "deprecated" in kubectl("get ep --warnings-as-errors").err
    assert kubectl("get ep --warnings-as-errors").exit == 1
