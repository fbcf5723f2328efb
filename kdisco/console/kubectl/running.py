"""``kubectl run``: a Pod of one image. Upstream: kubectl pkg/cmd/run, distribution/reference regexp.go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from kdisco.console.kubectl import documents as made
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.making import labels_of, made_of, overridden, shown

__all__ = ["run_pod"]

HOST = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
IMAGE = re.compile(  # an image's name, tag and digest
    rf"(?:(?:{HOST}(?:\.{HOST})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?{PART}(?:/{PART})*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)


def run_pod(call: Call) -> None:
    """Make the Pod, and with ``--expose`` a Service for it, which is told of first."""
    name, rest = _checked(call)
    port = _port(call)
    labels = labels_of(call.flag("labels")) or {"run": name}
    document = made.pod(
        name, call.flag("image"), labels, port=port, env=_variables(call.flag("env") or ()),
        command=rest if call.flag("command") else (), args=() if call.flag("command") else rest,
        policy=call.flag("image-pull-policy"), restart=call.flag("restart"),
        annotations=dict(text.partition("=")[::2] for text in call.flag("annotations") or ()),
    )
    pod = made_of(call, overridden(call, document))
    if call.flag("expose"):
        ports = [{"protocol": "TCP", "port": port, "targetPort": port}]
        shown(call, made_of(call, made.service(name, "", ports, labels, {})), "created")
        call.write("---\n" if call.flag("output") == "yaml" else "")
    shown(call, pod, "created")


def _checked(call: Call) -> tuple[str, list[str]]:
    """The Pod's name, and what runs in it; raises UsageError."""
    words, dash = call.given.words, call.given.dash
    if "image" not in call.given.changed:
        msg = 'required flag(s) "image" not set'
        raise refuse(msg)
    if not words or dash == 0:
        msg = "NAME is required for run"
        raise wrong_usage(msg, "run")
    image, restart = call.flag("image"), call.flag("restart")
    if not image:
        msg = "--image is required"
        raise refuse(msg)
    if not IMAGE.fullmatch(image):
        msg = f"Invalid image name {json.dumps(image)}: invalid reference format"
        raise refuse(msg)
    if call.flag("expose") and not call.flag("port"):
        msg = "--port must be set when exposing a service"
        raise wrong_usage(msg, "run")
    if restart not in ("Always", "OnFailure", "Never"):
        msg = f"invalid restart policy: {restart}"
        raise wrong_usage(msg, "run")
    if call.flag("image-pull-policy") not in ("", "Always", "IfNotPresent", "Never"):
        msg = f"invalid image pull policy: {call.flag('image-pull-policy')}"
        raise refuse(msg)
    if call.flag("rm") or call.flag("stdin") or call.flag("tty") or call.flag("attach"):
        msg = "nobody can be attached to a Pod here: run it without -i, -t, --attach and --rm, and use exec"
        raise refuse(msg)
    return words[0], list(words[1:])


def _port(call: Call) -> int:
    port = call.flag("port")
    if port and not port.isdecimal():
        msg = f'strconv.Atoi: parsing "{port}": invalid syntax'
        raise refuse(msg)
    return int(port or 0)


def _variables(given: Iterable[str]) -> list[dict[str, str]]:
    found_ = []
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            msg = f"invalid env: {text}"
            raise refuse(msg)
        found_.append({"name": name, "value": value})
    return found_
