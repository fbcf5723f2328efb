"""How the tests run: what a machine may lack, and the two switches ``--no-skips`` and ``--rewrite``."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROOT = Path(__file__).parents[1]
os.environ["KDISCO_PROGRESS"] = ""  # no test, and no kernel that one starts, keeps a learner's answers
settings.register_profile("kdisco", deadline=None)  # a busy machine is slow, which is no failure
settings.load_profile("kdisco")
CONFORMANCE = ROOT / ".." / "shared" / "conformance"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two switches of our own."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure")
    parser.addoption("--rewrite", action="store_true", help="renew the stories with what happens now; read the diff")


@cache
def lacks_root() -> str:
    """Why a test cannot work in network namespaces here, "" when it can."""
    if os.geteuid():
        return "needs root"
    if missing := [tool for tool in ("unshare", "iptables-restore", "nft") if shutil.which(tool) is None]:
        return f"needs {', '.join(missing)}"
    command = ["unshare", "-n", "iptables", "-t", "nat", "-L"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"needs a network namespace with iptables: {tried.stderr.strip()}"


@cache
def lacks_chromium() -> str:
    """Why no browser can be started here, "" when one can."""
    found = Path("/usr/bin/chromium").exists() or shutil.which("chromium")
    return "" if found else "needs Debian's chromium"


def lacks_peers(*tools: str) -> str:
    """Which of the real tools that a test compares with are not on PATH, "" when all are."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return f"needs {', '.join(missing)}" if missing else ""


LACKS: dict[str, Callable[..., str]] = {"root": lacks_root, "chromium": lacks_chromium, "peer": lacks_peers}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what this machine cannot run: ``@pytest.mark.peer("dig")`` names its tools."""
    for mark in item.iter_markers():
        reason = LACKS[mark.name](*mark.args) if mark.name in LACKS else ""
        if reason:
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under ``--no-skips`` a skip fails with its reason; an expected failure stays one.

    Only what Debian has no package of (``peer("kubectl", packaged=False)``) may still be missing.
    """
    report = yield
    packaged = all(mark.kwargs.get("packaged", True) for mark in item.iter_markers("peer"))
    if report.skipped and packaged and not hasattr(report, "wasxfail") and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --no-skips was given: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if report.skipped and collector.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --no-skips was given: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of sample cases beside the project."""
    if not CONFORMANCE.is_dir():
        pytest.skip("needs the sample cases in ../shared/conformance")
    return CONFORMANCE


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether golden texts are renewed instead of compared."""
    return bool(request.config.getoption("--rewrite"))
