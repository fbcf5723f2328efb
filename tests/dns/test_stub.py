"""What both libraries read, and what fits into a question."""

from __future__ import annotations

import pytest

from kdisco.dns.stub import Conf, can_be_asked, joined, read_conf

LONG = "search " + "x" * 248


@pytest.mark.parametrize(
    ("text", "libc", "conf"),
    [
        ("", "glibc", Conf()),
        ("nameserver 10.0.0.1\nnameserver nonsense\nnameserver fd00::1\n", "glibc",
         Conf(nameservers=("10.0.0.1", "fd00::1"))),
        ("".join(f"nameserver 10.0.0.{n}\n" for n in range(1, 6)), "musl",
         Conf(nameservers=("10.0.0.1", "10.0.0.2", "10.0.0.3"))),
        ("search a b\ndomain c d\n", "glibc", Conf(searches=("c",))),
        ("search a b\nsearch\n", "glibc", Conf(searches=("a", "b"))),
        ("search a b\nsearch\n", "musl", Conf()),
        ("options ndots:99 timeout:99\noptions attempts:99\n", "glibc", Conf(ndots=15, timeout=30, attempts=5)),
        ("options ndots:99 timeout:99\noptions attempts:99\n", "musl", Conf(ndots=15, timeout=60, attempts=10)),
        ("options timeout:1 rotate attempts:x single-request\n", "glibc",
         Conf(timeout=1, switches=frozenset({"rotate", "single-request"}))),
        ("options rotate use-vc edns0\n", "musl", Conf()),
        ("; a\n# b\n  search late\n\tnameserver 10.0.0.1\n", "glibc", Conf()),
        (LONG[:254], "musl", Conf(searches=(LONG[7:254],))),
        (LONG, "musl", Conf()),
        (LONG, "glibc", Conf(searches=(LONG[7:],))),
    ],
)
def test_resolv_conf(text: str, libc: str, conf: Conf) -> None:
    assert read_conf(text, libc) == conf


@pytest.mark.parametrize(
    ("name", "fits"),
    [("web", True), ("a." * 126 + "a", True), ("a." * 127, False), ("x" * 63, True), ("x" * 64, False), ("a..b", False),
     ("", False)],
)
def test_what_fits(name: str, fits: bool) -> None:  # noqa: FBT001 - a column of the table
    assert can_be_asked(name) is fits


@pytest.mark.parametrize(
    ("name", "domain", "full"), [("web", "a.", "web.a"), ("web", ".", "web"), ("web", None, "web"), ("", None, "")]
)
def test_a_name_and_a_domain(name: str, domain: str | None, full: str) -> None:
    assert joined(name, domain) == full
