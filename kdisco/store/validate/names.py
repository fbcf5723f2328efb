"""What names, labels and ports may look like: patterns with the words for each breach.

Upstream: apimachinery pkg/util/validation/validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from attrs import frozen

from kdisco.model.selector import LabelSelector
from kdisco.store.field import Cause, forbidden, invalid, required

__all__ = [
    "DNS_1035_LABEL",
    "DNS_1123_LABEL",
    "DNS_1123_SUBDOMAIN",
    "LABEL_VALUE",
    "SEARCH_DOMAIN",
    "Pattern",
    "domain_name",
    "label_selector",
    "labels",
    "named_port",
    "number",
    "port",
    "port_number",
    "qualified",
    "qualified_name",
]

REMEMBERED = 4096  # texts: the same names and keys come again and again
MAX_PORT = 65535
PORT_NAME_LENGTH = 15
LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


@frozen
class Pattern:
    """A shape of text: its regular expression, its greatest length and the words for a breach."""

    regex: str
    length: int
    words: str

    def problems(self, text: str) -> Iterator[str]:
        """What is wrong with a text, nothing when it fits."""
        return iter(_problems(self.regex, self.length, self.words, text))


@lru_cache(maxsize=REMEMBERED)
def _problems(regex: str, length: int, words: str, text: str) -> tuple[str, ...]:
    found = (f"must be no more than {length} bytes",) if len(text.encode()) > length else ()
    return found if re.fullmatch(regex, text) else (*found, words)


LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS_1035_LABEL = Pattern(
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    LABEL_LENGTH,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')",
)
DNS_1123_LABEL = Pattern(
    LABEL,
    LABEL_LENGTH,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
)
DNS_1123_SUBDOMAIN = Pattern(
    rf"{LABEL}(\.{LABEL})*",
    SUBDOMAIN_LENGTH,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
)
SEARCH_DOMAIN = Pattern(
    r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
    SUBDOMAIN_LENGTH,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
)
LABEL_VALUE = Pattern(
    "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
    LABEL_LENGTH,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
)
NAME_PART = Pattern(
    "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
    LABEL_LENGTH,
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
)


def qualified_name(text: str) -> Iterator[str]:
    """What is wrong with a label key: ``[prefix/]name``."""
    return iter(_qualified(text))


@lru_cache(maxsize=REMEMBERED)
def _qualified(text: str) -> tuple[str, ...]:
    return tuple(_key_problems(text))


def _key_problems(text: str) -> Iterator[str]:
    prefix, slash, name = text.rpartition("/")
    if prefix.count("/"):
        yield (
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
            "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. "
            "'example.com/MyName')"
        )
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash:
        yield from (f"prefix part {words}" for words in DNS_1123_SUBDOMAIN.problems(prefix))
    if not name:
        yield "name part must be non-empty"
    yield from (f"name part {words}" for words in NAME_PART.problems(name))


def qualified(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with a value that is written like a label key."""
    yield from (invalid(field, text, words) for words in qualified_name(text))


def labels(field: str, pairs: Mapping[str, str]) -> Iterator[Cause]:
    """What is wrong with a map of labels."""
    for key, value in sorted(pairs.items()):
        yield from qualified(field, key)
        yield from (invalid(field, value, words) for words in LABEL_VALUE.problems(value))


def label_selector(field: str, selector: LabelSelector) -> Iterator[Cause]:
    """What is wrong with a set-based selector. Upstream: meta/v1/validation ValidateLabelSelector."""
    yield from labels(f"{field}.matchLabels", selector.match_labels)
    for i, each in enumerate(selector.match_expressions):
        at = f"{field}.matchExpressions[{i}]"
        if each.operator in ("In", "NotIn") and not each.values:
            yield required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif each.operator in ("Exists", "DoesNotExist") and each.values:
            yield forbidden(f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        elif each.operator not in OPERATORS:
            yield invalid(f"{at}.operator", each.operator, "not a valid selector operator")
        yield from qualified(f"{at}.key", each.key)
        for j, value in enumerate(each.values):
            yield from (invalid(f"{at}.values[{j}]", value, words) for words in LABEL_VALUE.problems(value))


def domain_name(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with a name of two labels at least, a dot at its end allowed."""
    if not text:
        yield required(field)
        return
    bare = text.removesuffix(".")
    if problems := list(DNS_1123_SUBDOMAIN.problems(bare)):
        yield invalid(field, bare, ",".join(problems))
    elif "." not in bare:
        yield invalid(field, bare, "should be a domain with at least two segments separated by dots")
    else:
        words = ((label, ",".join(DNS_1123_LABEL.problems(label))) for label in bare.split("."))
        yield from (invalid(field, label, problem) for label, problem in words if problem)


def port_number(field: str, value: int) -> Iterator[Cause]:
    """What is wrong with a port number."""
    if not 1 <= value <= MAX_PORT:
        yield invalid(field, value, f"must be between 1 and {MAX_PORT}, inclusive")


def named_port(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with a port's name where a container port is meant (IANA service name)."""
    rules = (
        (len(text.encode()) > PORT_NAME_LENGTH, f"must be no more than {PORT_NAME_LENGTH} bytes"),
        (
            not re.fullmatch("[-a-z0-9]+", text),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (not re.search("[a-z]", text), "must contain at least one letter (a-z)"),
        ("--" in text, "must not contain consecutive hyphens"),
        (bool(text) and (text[0] == "-" or text[-1] == "-"), "must not begin or end with a hyphen"),
    )
    yield from (invalid(field, text, words) for broken, words in rules if broken)


def port(field: str, value: int | str) -> Iterator[Cause]:
    """What is wrong with a port that may be a number or a name."""
    yield from port_number(field, value) if isinstance(value, int) else named_port(field, value)


def number(field: str, value: int) -> Iterator[Cause]:
    """What is wrong with a count."""
    if value < 0:
        yield invalid(field, value, "must be greater than or equal to 0")
