"""The verbs: where each is written, its flags, and the lines that help prints of it.

Upstream: the commands and flags of kubectl 1.32, pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from kdisco.console.kubectl.args import Flag
from kdisco.console.kubectl.flags import flags

__all__ = ["ALIASES", "VERBS", "Verb"]


@frozen(kw_only=True)
class Verb:
    """One command; a group of commands has no ``module``."""

    module: str = ""
    function: str = ""
    about: str = ""
    usage: str = ""
    flags: tuple[Flag, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


def _verb(place: str, usage: str, about: str, names: str = "", *special: Flag) -> Verb:
    module, _, function = place.partition(".")
    return Verb(module=module, function=function or module, usage=usage, about=about, flags=flags(names, special))


FORMS = "json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file"
VERBS: Mapping[str, Verb] = {
    "get": _verb(
        "get",
        f"[(-o|--output=){FORMS}|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] "
        "| TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
        "Display one or many resources",
        "@print @files all-namespaces chunk-size field-selector ignore-not-found label-columns no-headers "
        "output-watch-events raw selector server-print show-kind show-labels sort-by subresource watch watch-only",
    ),
    "describe": _verb(
        "describe", "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
        "Show details of a specific resource or group of resources",
        "@files all-namespaces chunk-size selector show-events",
    ),
}
ALIASES: Mapping[str, str] = {}
