"""wget, GNU's and busybox's."""

from __future__ import annotations

import re

import pytest
from console_scene import Scene, scene

WHOLE = scene()
BODY = re.compile(r"pod/default/web-\S+ answers on \S+:8080, asked by \S+\n")


def sh(line: str, pod: str = "client") -> tuple[str, str, int]:
    """The two streams and the exit status."""
    found = Scene(WHOLE.cluster.branch()).sh(line, pod)
    return found.out, found.err, found.exit


@pytest.mark.parametrize("pod", ["client", "small"])
def test_the_body_goes_to_standard_output(pod: str) -> None:
    out, err, status = sh("wget -qO- web", pod)
    assert BODY.fullmatch(out)
    assert (err, status) == ("", 0)


def test_what_gnu_tells() -> None:
    _, err, status = sh("wget -O - http://web/x")
    lines = err.splitlines()
    assert status == 0
    assert re.fullmatch(r"--2026-01-01 00:00:\d\d--  http://web/x", lines[0])
    assert lines[1:4] == [
        "Resolving web (web)... 10.96.0.80", "Connecting to web (web)|10.96.0.80|:80... connected.",
        "HTTP request sent, awaiting response... 200 OK",
    ]
    assert re.fullmatch(r"Length: \d+ \[text/plain\]", lines[4])
    assert lines[5] == "Saving to: \u2018STDOUT\u2019"
    assert " - written to stdout [" in lines[-2]


@pytest.mark.parametrize(
    ("line", "last", "status"),
    [
        ("wget nosuch", "wget: unable to resolve host address \u2018nosuch\u2019", 4),
        ("wget empty", "Connecting to empty (empty)|10.96.0.81|:80... failed: Connection refused.", 4),
        ("wget -T 1 -t 1 shut", "Giving up.", 4),
        ("wget http://", "http://: Invalid host name.", 1),
        ("wget foo://web", "foo://web: Unsupported scheme \u2018foo\u2019.", 1),
        ("wget --spider web", "Remote file exists.", 0),
        ("wget --foo web", "Try `wget --help' for more options.", 2),
        ("wget -T x web", "wget: --timeout: Invalid time period \u2018x\u2019", 2),
    ],
)
def test_how_gnu_ends(line: str, last: str, status: int) -> None:
    out, err, found = sh(line)
    assert (out, [each for each in err.splitlines() if each][-1], found) == ("", last, status)


@pytest.mark.parametrize(
    ("line", "last", "status"),
    [
        ("wget nosuch", "wget: bad address 'nosuch'", 1),
        ("wget empty", "wget: can't connect to remote host (10.96.0.81): Connection refused", 1),
        ("wget -T 1 shut", "wget: download timed out", 1),
        ("wget --spider web", "remote file exists", 0),
        ("wget web", "'index.html' saved", 0),
        ("wget foo://web", "wget: not an http or ftp url: foo://web", 1),
        ("busybox wget -O - web", "written to stdout", 0),
    ],
)
def test_how_busybox_ends(line: str, last: str, status: int) -> None:
    _, err, found = sh(line, "small")
    assert (err.splitlines()[-1], found) == (last, status)


def test_unknown_options_are_told_as_busybox_tells() -> None:
    _, err, status = sh("wget --foo web", "small")
    assert err.startswith("wget: unrecognized option '--foo'\nBusyBox v1.35.0 ")
    assert status == 1
