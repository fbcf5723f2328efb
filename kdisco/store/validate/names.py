"""What names, labels, ports and addresses may look like: patterns with the words for each breach.

Upstream: apimachinery pkg/util/validation/validation.go, pkg/util/validation/ip.go.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from kdisco.model.selector import LabelSelector
from kdisco.store.field import Cause, forbidden, invalid, required

__all__ = [
    "DNS_1035_LABEL",
    "DNS_1123_LABEL",
    "DNS_1123_SUBDOMAIN",
    "LABEL_VALUE",
    "Pattern",
    "address",
    "address_problem",
    "canonical",
    "cidr",
    "label_selector",
    "labels",
    "named_port",
    "number",
    "ordinary_address",
    "port_number",
    "qualified",
    "qualified_name",
]

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
        if len(text) > self.length:
            yield f"must be no more than {self.length} bytes"
        if not re.fullmatch(self.regex, text):
            yield self.words


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


def port_number(field: str, value: int) -> Iterator[Cause]:
    """What is wrong with a port number."""
    if not 1 <= value <= MAX_PORT:
        yield invalid(field, value, f"must be between 1 and {MAX_PORT}, inclusive")


def named_port(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with a port's name where a container port is meant (IANA service name)."""
    rules = (
        (len(text) > PORT_NAME_LENGTH, f"must be no more than {PORT_NAME_LENGTH} bytes"),
        (
            not re.fullmatch("[-a-z0-9]+", text),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (not re.search("[a-z]", text), "must contain at least one letter (a-z)"),
        ("--" in text, "must not contain consecutive hyphens"),
        (bool(text) and (text[0] == "-" or text[-1] == "-"), "must not begin or end with a hyphen"),
    )
    yield from (invalid(field, text, words) for broken, words in rules if broken)


def number(field: str, value: int) -> Iterator[Cause]:
    """What is wrong with a count."""
    if value < 0:
        yield invalid(field, value, "must be greater than or equal to 0")


def address_problem(text: str) -> str:
    """What is wrong with an IP address's text, "" when nothing is."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        octets = text.split(".")
        zeros = len(octets) == 4 and all(part.isdigit() for part in octets)  # noqa: PLR2004 - an IPv4 address has four
        return "must not have leading 0s" if zeros and any(part != str(int(part)) for part in octets) else WELL_FORMED
    if parsed.version == 6 and parsed.ipv4_mapped is not None:  # noqa: PLR2004 - the family
        return "must not be an IPv4-mapped IPv6 address"
    return ""


def canonical(text: str) -> str:
    """The one way to write an address: the name of its IPAddress object."""
    return text if "." in text else str(ipaddress.ip_address(text))


WELL_FORMED = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def address(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with an IP address."""
    problem = address_problem(text)
    if problem:
        yield invalid(field, text, problem)


SPECIAL: tuple[tuple[str, str], ...] = (  # what ipaddress calls such an address, and the server's words
    ("is_unspecified", "may not be unspecified (0.0.0.0 or ::)"),
    ("is_loopback", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ("is_link_local", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
)
LOCAL_MULTICAST = tuple(ipaddress.ip_network(text) for text in ("224.0.0.0/24", "ff02::/16"))


def ordinary_address(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with an address that packets from elsewhere must reach."""
    if problem := address_problem(text):
        yield invalid(field, text, problem)
        return
    parsed = ipaddress.ip_address(text)
    yield from (invalid(field, text, words) for name, words in SPECIAL if getattr(parsed, name))
    if any(parsed.version == network.version and parsed in network for network in LOCAL_MULTICAST):
        yield invalid(field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")


def cidr(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with a range of addresses."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        yield invalid(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
