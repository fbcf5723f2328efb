"""``kdisco linux`` as it is typed: up, exec, status, down, also after a crash, in a machine's view of its own."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kdisco.errors import UsageError
from kdisco.examples import ARTICLE
from kdisco.shell import cli, linux, linux_exec, linux_record
from kdisco.shell.linux_record import Record, born

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Typed = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
ANSWER = r"pod/default/your-app-\S+ answers on 10\.244\.\d\.\d+:8080, asked by 10\.244\.\d\.\d+:\d+\n"
HERE = Record(
    pid=os.getpid(),
    born=born(os.getpid()),
    mode="iptables",
    spaces=dict.fromkeys(("outside", "node/web", "pod/default/web-1", "pod/default/web-1-a", "pod/shop/web-2"), 0),
)

STOPPER = """
import pathlib, subprocess, sys, time
begun = subprocess.Popen(sys.argv[2:])
while not pathlib.Path("/run/kdisco/up.json").exists():
    time.sleep(0.01)
begun.send_signal(int(sys.argv[1]))
print(begun.wait())
"""


@pytest.fixture
def typed() -> Iterator[Typed]:
    """Run ``kdisco linux ...`` where /run is empty; what a test leaves is taken down."""
    alone = "mount -t tmpfs none /run && echo ready && exec sleep 600"
    holder = subprocess.Popen(["unshare", "-m", "sh", "-c", alone], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"

    def run(*words: str, around: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        there = ("nsenter", "-t", str(holder.pid), "-m", "--", *around)
        command = [*there, sys.executable, "-m", "kdisco.shell.cli", "linux", *words]
        own = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
        own |= {"PYTHONPATH": str(ROOT)} | environment
        return subprocess.run(command, capture_output=True, text=True, check=False, env=own, timeout=60)

    yield run
    run("down")
    holder.kill()
    holder.wait()
    holder.stdout.close()


def keeper(typed: Typed) -> int:
    """The process that holds what is up."""
    found = typed("exec", "outside", "--", "cat", "/run/kdisco/up.json").stdout
    return int(json.loads(found)["pid"])


@pytest.mark.root
@pytest.mark.peer("curl", "getent")
@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_a_pod_asks_a_service_by_its_name(typed: Typed, mode: str) -> None:
    up = typed("up", "--nodes", "2", "--mode", mode)
    assert (up.returncode, up.stderr) == (0, "")
    assert up.stdout.startswith(f"2 nodes and 6 Pods are up, kube-proxy in {mode} mode\n")
    found = {typed("exec", "my-app", "--", "curl", "-s", "your-app-svc").stdout for _ in range(3)}
    assert all(re.fullmatch(ANSWER, each) for each in found)
    names = typed("exec", "default/my-app", "--", "getent", "hosts", "your-app-svc").stdout
    assert names.split()[1:] == ["your-app-svc.default.svc.cluster.local"]
    rules = {"iptables": ("iptables-save",), "nftables": ("nft", "list", "ruleset")}[mode]
    assert "default/your-app-svc" in typed("exec", "node-1", "--", *rules).stdout
    a_day = typed("exec", "node-1", "--", "cat", "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established").stdout
    assert a_day == "86400\n"
    assert typed("exec", "node/node-2", "--", "hostname").stdout == "node-2\n"
    again = typed("up")
    words = "kdisco linux: a cluster is up already; take it down first: kdisco linux down\n"
    assert (again.returncode, again.stderr) == (1, words)
    status = typed("status").stdout.splitlines()
    assert re.fullmatch(r"NAME +NODE +ADDRESS +NAMESPACE", status[0])
    assert len(status) == 1 + 1 + 2 + 6
    assert re.fullmatch(r"node-1 +- +172\.18\.0\.3 +kd-node\.node-1", status[2])
    assert typed("down").stdout == "everything is taken down\n"
    assert typed("down").stdout == "nothing was up\n"
    gone = typed("exec", "my-app", "--", "true")
    assert (gone.returncode, gone.stderr) == (1, "kdisco linux: no cluster is up: kdisco linux up\n")


@pytest.mark.root
def test_after_a_crash_all_can_be_taken_down(typed: Typed) -> None:
    """Of the process that held it, and with others still in its namespaces."""
    typed("up", "--nodes", "1")
    pid = keeper(typed)
    inside = ("nsenter", "-t", str(pid), "-m", "ip", "netns", "exec", "kd-node.node-1")
    stray = subprocess.Popen([*inside, "sh", "-c", "echo in; exec sleep 600"], stdout=subprocess.PIPE, text=True)
    assert stray.stdout is not None
    assert stray.stdout.readline() == "in\n"
    os.kill(pid, signal.SIGKILL)
    assert typed("status").stderr == "kdisco linux: no cluster is up: kdisco linux up\n"
    assert typed("down").stdout == "everything is taken down\n"
    assert stray.wait(10) == -signal.SIGKILL
    stray.stdout.close()
    assert typed("up", "--nodes", "1").returncode == 0
    assert keeper(typed) != pid


@pytest.mark.root
@pytest.mark.peer("curl")
def test_in_a_user_namespace_it_works_without_being_root_here(typed: Typed) -> None:
    """Names for ``ip netns`` cannot be given there; ``exec`` finds its way from outside all the same."""
    up = typed("up", "--nodes", "1", around=("unshare", "-Urn"))
    assert (up.returncode, up.stderr) == (0, "")
    assert up.stdout.startswith("1 node and 6 Pods are up, kube-proxy in iptables mode\nkdisco linux status")
    assert re.fullmatch(r"NAME +NODE +ADDRESS", typed("status").stdout.splitlines()[0])
    asked = typed("exec", "my-app", "--", "curl", "-s", "your-app-svc")
    assert re.fullmatch(ANSWER, asked.stdout), asked
    typed("down")
    tool = f"{sys.executable} -m kdisco.shell.cli linux"
    words = f"{tool} up --nodes 1 && {tool} exec my-app -- curl -s your-app-svc; exit 3"
    both = typed("status", around=("unshare", "-Urn", "sh", "-c", words))
    assert both.returncode == 3
    assert re.fullmatch(ANSWER, both.stdout.splitlines(keepends=True)[-1])
    assert typed("down").stdout == "everything is taken down\n"


@pytest.mark.root
def test_of_two_who_build_at_once_the_second_is_told_so(typed: Typed) -> None:
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: typed("up", "--nodes", "1"), range(2)))
    assert sorted(each.returncode for each in both) == [0, 1]
    (refused,) = [each.stderr for each in both if each.returncode]
    assert refused == "kdisco linux: a cluster is up already; take it down first: kdisco linux down\n"
    assert typed("down").stdout == "everything is taken down\n"
    assert typed("down").stdout == "nothing was up\n"


@pytest.mark.root
@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_who_is_stopped_while_he_builds_leaves_nothing_that_down_does_not_find(
    typed: Typed, kill: signal.Signals
) -> None:
    ran = typed("up", around=(sys.executable, "-c", STOPPER, str(int(kill))))
    left = "kdisco linux: stopped; nothing is left of what was begun\n" if kill == signal.SIGINT else ""
    assert (ran.stdout, ran.stderr) == (f"{130 if left else -kill}\n", left)
    assert typed("down").stdout == ("nothing was up\n" if left else "everything is taken down\n")
    again = typed("down", around=("sh", "-c", '"$@"; ls /run', "sh")).stdout.split("\n")
    assert (again[0], set(again[1:]) - {"netns"}) == ("nothing was up", {""})


@pytest.mark.root
def test_another_user_takes_nothing_down_but_his_own(typed: Typed) -> None:
    typed("up", "--nodes", "1")
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    refused = typed("down", around=nobody)
    assert (refused.stdout, refused.stderr) == ("", "kdisco linux: /run/kdisco belongs to somebody else\n")
    assert "node-1" in typed("status").stdout


@pytest.mark.root
def test_what_fails_half_way_takes_itself_down(typed: Typed, tmp_path: Path) -> None:
    for tool in ("ip", "bridge", "iptables-restore", "nft", "nsenter"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    broken = tmp_path / "ip6tables-restore"
    broken.write_text("#!/bin/sh\necho 'out of order' >&2\nexit 3\n")
    broken.chmod(0o755)
    up = typed("up", PATH=str(tmp_path))
    assert (up.returncode, up.stdout, up.stderr) == (1, "", "kdisco linux: outside: ip6tables-restore: out of order\n")
    assert typed("down").stdout == "nothing was up\n"


@pytest.mark.root
def test_manifests_and_what_they_lack(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: lone}\nspec: {containers: [{name: c, image: c}]}\n")
    assert typed("up", str(file), "--nodes", "1").stdout.startswith("1 node and 3 Pods are up")
    assert typed("exec", "lone", "--", "hostname").stdout == "lone\n"
    typed("down")
    file.write_text("kind: Pod\n")
    wrong = typed("up", str(file))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "apiVersion not set" in wrong.stderr
    missing = typed("up", str(tmp_path / "none.yaml"))
    assert missing.stderr == f'kdisco linux: error: the path "{tmp_path}/none.yaml" does not exist\n'


@pytest.mark.root
@pytest.mark.peer("curl")
def test_a_network_policy_is_enforced(typed: Typed, tmp_path: Path) -> None:
    """From a file beside the applications: my-app is silent from then on, and your-app answers as before."""
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: none}\n"
    file = tmp_path / "closed.yaml"
    file.write_text(f"{ARTICLE}\n---\n{policy}spec: {{podSelector: {{matchLabels: {{app: my-app}}}}}}\n")
    assert typed("up", str(file), "--nodes", "2").returncode == 0
    ask = ("curl", "-s", "-m", "1")
    assert re.fullmatch(ANSWER, typed("exec", "my-app", "--", *ask, "your-app-svc").stdout)
    silent = typed("exec", "your-app", "--", *ask, "my-app-svc")
    assert (silent.returncode, silent.stdout) == (28, "")  # curl: timed out
    table = ("nft", "list", "table", "inet", "kdisco-policies")
    assert 'comment "pod/default/my-app-' in typed("exec", "node-2", "--", *table).stdout


def test_without_tools_it_is_one_line_and_exit_code_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(linux_record, "folder", lambda: tmp_path)
    monkeypatch.setattr(linux, "folder", lambda: tmp_path)
    monkeypatch.setattr(linux, "ended", lambda: False)
    monkeypatch.setattr(linux, "_rights", tuple)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert cli.main(["linux", "up"]) == 2
    words = "needs ip, bridge, iptables-restore, ip6tables-restore, nft: install iproute2, iptables, nftables"
    assert capsys.readouterr().err == f"kdisco linux: {words}\n"


def test_without_rights_it_is_one_line_and_exit_code_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(linux_record, "folder", lambda: tmp_path)
    monkeypatch.setattr(linux, "ended", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(linux, "USER_SPACE", ("false",))
    assert cli.main(["linux", "up"]) == 2
    words = "needs root, or a user namespace of its own: unshare -Urn kdisco linux ..."
    assert capsys.readouterr().err == f"kdisco linux: {words}\n"


@pytest.mark.parametrize(
    ("where", "space"),
    [
        ("outside", "outside"),
        ("web", "node/web"),
        ("node/web", "node/web"),
        ("web-1", "pod/default/web-1"),
        ("default/web-1", "pod/default/web-1"),
        ("pod/default/web-1", "pod/default/web-1"),
        ("shop/web", "pod/shop/web-2"),
        ("default/web", "pod/default/web-1"),
    ],
)
def test_who_is_meant(where: str, space: str) -> None:
    assert linux_exec.meant(HERE, where) == space


@pytest.mark.parametrize("where", ["we", "shop/we", "default", ""])
def test_nobody_is_meant(where: str) -> None:
    with pytest.raises(UsageError, match=f'no Pod or node "{where}"; kdisco linux status lists them'):
        linux_exec.meant(HERE, where)


def test_exec_without_a_command_says_how_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["my-app"], ["my-app", "--"], ["my-app", "--", ""]):
        assert cli.main(["linux", "exec", *words]) == 1
        assert "exec: no command; write it behind --" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["sideways"], ["up", "--mode", "ipvs"], ["check", "--flows", "0"], ["exec"]])
def test_what_is_no_command_is_an_error_with_the_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["linux", *words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: kdisco linux")


def test_check_is_an_option_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, str]] = []

    def noted(chosen: argparse.Namespace) -> int:
        asked.append((chosen.flows, chosen.seed, chosen.mode))
        return 0

    monkeypatch.setattr(linux, "COMMANDS", {"check": noted})
    assert cli.main(["linux", "--check", "--flows", "7"]) == 0
    assert cli.main(["linux", "check", "--mode", "nftables", "--seed", "3"]) == 0
    assert asked == [(7, 1, "iptables"), (200, 3, "nftables")]


def test_a_process_that_ended_is_not_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_record, "folder", lambda: tmp_path)
    assert linux_record.found() is None
    HERE.save()
    assert linux_record.found() == HERE
    done = subprocess.Popen(["true"])
    assert os.waitid(os.P_PID, done.pid, os.WEXITED | os.WNOWAIT)
    assert born(done.pid) == ""
    done.wait()
    assert born(done.pid) == ""
    (tmp_path / "up.json").write_text("{")
    assert linux_record.found() is None
