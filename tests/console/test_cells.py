"""Commands between Python lines: what is a command, what stays Python, and that no line moves."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.console.cells import expanded, in_python

NAMES = {"kubectl", "dig", "ip", "env", "host", "iptables-save", "nft", "conntrack"}


def played(cell: str, *variables: str) -> tuple[list[Any], dict[str, Any]]:
    """Run a cell; gives the commands with what they read, in order, and the Python variables after it."""
    ran: list[Any] = []

    class Result(str):
        __slots__ = ()

        def show(self) -> None:
            ran.append("shown")

    class Shell:
        def run_line_magic(self, _name: str, line: str) -> Result:
            ran.append(line)
            return Result("text")

        def run_cell_magic(self, _name: str, line: str, body: str) -> Result:
            ran.append((line, body))
            return Result("text")

    scope: dict[str, Any] = {"get_ipython": Shell, **dict.fromkeys(variables, 3)}
    text = "".join(in_python(cell.splitlines(keepends=True), NAMES, scope.__contains__))
    exec(text, scope)  # noqa: S102 - that is what a notebook does
    return ran, scope


@pytest.mark.parametrize(
    ("cell", "commands"),
    [
        ("kubectl get pods", ["kubectl get pods"]),
        ("x = 1\nkubectl get pods -o wide  # all of them\ny = 2", ["kubectl get pods -o wide"]),
        ("iptables-save\nip -4 addr\nenv", ["iptables-save", "ip -4 addr", "env"]),
        ("for each in (1, 2):\n    kubectl scale deployment web --replicas=$each\n    z = each",
         ["kubectl scale deployment web --replicas=$each"] * 2),
        ("if True:\n    dig web\nelse:\n    dig other", ["dig web"]),
        ("kubectl get pods \\\n  -o wide \\\n  -A", ["kubectl get pods    -o wide    -A"]),
        ("kubectl apply -f - <<EOF\nkind: Service\n  a: b\nEOF\nx = 1",
         [("kubectl apply -f -", "kind: Service\n  a: b\n")]),
        ("if 1:\n    kubectl apply -f - <<'END'\n    kind: Pod\n      a: b\n    END\n    x = 1",
         [("kubectl apply -f -", "kind: Pod\n  a: b\n")]),
        ("kubectl patch svc web -p '{\"spec\":\n {\"a\": 1}}'\nx = 1",
         ["kubectl patch svc web -p '{\"spec\":\n {\"a\": 1}}'"]),
        ("kubectl annotate svc web note='a # b' x=y#z", ["kubectl annotate svc web note='a # b' x=y#z"]),
        ("kubectl get 'abc\nx = 1", ["kubectl get 'abc"]),
    ],
)
def test_a_line_that_begins_with_a_command_runs_it(cell: str, commands: list[Any]) -> None:
    ran, _ = played(cell)
    assert [each for each in ran if each != "shown"] == commands
    assert ran.count("shown") == len(commands)


def test_an_assigned_command_gives_its_text_and_shows_nothing() -> None:
    ran, scope = played("pods = kubectl get pods -o name\ncount = len(pods)")
    assert ran == ["kubectl get pods -o name"]
    assert scope["pods"] == "text"
    assert scope["count"] == 4


@pytest.mark.parametrize(
    "cell",
    [
        'text = """\nkubectl get pods\n"""',
        "text = '''\ndig web\n''' + 'x'",
        "table = [\n1,\n]; host = 4\nhost\nhost",
        "ip = 3\nip\nip + 1\nhost: str = 'x'\nhost",
        "def dig(x): return x\ndig (3)\ndig",
        "from math import pi as ip\nip",
        "for host in 'ab':\n    host\nhost",
        "text = 'it\\'s' \\\n  'so'",
        "class kubectl: pass\nkubectl",
        "x = {  # (\n 'a': 1}\n# kubectl get pods\n",
    ],
)
def test_python_stays_python(cell: str) -> None:
    lines = cell.splitlines(keepends=True)
    assert in_python(lines, NAMES, lambda _name: False) == lines
    assert played(cell)[0] == []


def test_a_variable_of_that_name_is_python() -> None:
    assert played("ip\nhost", "ip", "host")[0] == []


def test_a_cell_magic_keeps_its_body() -> None:
    lines = ["%%kubectl apply -f -\n", "kubectl get pods\n"]
    assert in_python(lines, NAMES, lambda _name: False) == lines


@pytest.mark.parametrize("cell", ["kubectl get pods\n1 / 0", "kubectl apply -f - <<EOF\na: b\nEOF\n\n1 / 0"])
def test_line_numbers_stay_right(cell: str) -> None:
    text = "".join(in_python(cell.splitlines(keepends=True), NAMES, lambda _name: False))
    assert ast.parse(text).body[-1].lineno == cell.count("\n") + 1


@given(st.text(alphabet="ab\n \t\"'#\\()[]{}=:<-", max_size=60))
def test_without_a_command_nothing_changes(cell: str) -> None:
    lines = cell.splitlines(keepends=True)
    assert in_python(lines, NAMES, lambda _name: False) == lines


ROWS = ("kubectl get pods", "x = '''", "'''", "y = [", "]", "dig 'a", "ip \\", "EOF", "env <<EOF")


@given(st.lists(st.sampled_from(ROWS)))
def test_no_line_is_lost(rows: list[str]) -> None:
    lines = [f"{row}\n" for row in rows]
    out = "".join(in_python(lines, NAMES, lambda _name: False))
    assert out.count("\n") == len(lines)


def test_variables_of_python_are_put_in() -> None:
    known = {"n": 3, "pod": "web-0", "items": "wrong"}
    line = "kubectl scale --replicas=$n ${pod} {pod} '{items}' \\$n $HOME {.status} '$n'"
    assert expanded(line, known) == "kubectl scale --replicas=3 web-0 web-0 '{items}' \\$n $HOME {.status} '$n'"
