"""What the server and the client say of themselves: versions, resources, addresses, contexts, who may do what.

Upstream: kubectl pkg/cmd/{version,apiresources,clusterinfo,config,auth,events,top}.
"""

from __future__ import annotations

from typing import Any

from kdisco.console.kubectl.call import Call, refuse, server_version, wrong_usage
from kdisco.console.kubectl.document import at
from kdisco.console.kubectl.printers import plain
from kdisco.console.kubectl.resources import SERVED, Served, find
from kdisco.console.kubectl.tabs import tabulated
from kdisco.console.kubectl.yamltext import go_json, to_yaml
from kdisco.console.web import numbers

__all__ = ["api_resources", "api_versions", "cluster_info", "refused", "top", "version"]

CLIENT, KUSTOMIZE = "v1.32.5", "v5.5.0"
BUILD = {  # of the client that is imitated
    "gitCommit": "9894294ef13a5b32803e3ca2c0d620a088cc84d1", "gitTreeState": "clean",
    "buildDate": "2025-05-15T09:12:10Z", "goVersion": "go1.23.8", "compiler": "gc", "platform": "linux/amd64",
}
INFO = "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'."


def version(call: Call) -> None:
    """The versions of kubectl that is spoken here, and of the API server."""
    if call.given.words:
        msg = f"extra arguments: [{' '.join(call.given.words)}]"
        raise refuse(msg)
    form, server = call.flag("output"), server_version(call)
    if form not in ("", "yaml", "json"):
        msg = "--output must be 'yaml' or 'json'"
        raise refuse(msg)
    found: dict[str, Any] = {"clientVersion": numbers(CLIENT) | BUILD, "kustomizeVersion": KUSTOMIZE}
    if not call.flag("client"):
        found["serverVersion"] = numbers(server) | dict.fromkeys(BUILD, "")  # nobody built the server of a model
    if not form:
        call.say(f"Client Version: {CLIENT}")
        call.say(f"Kustomize Version: {KUSTOMIZE}")
        call.write("" if call.flag("client") else f"Server Version: {server}\n")
    elif form == "yaml":
        call.say(to_yaml(found))
    else:
        call.write(go_json(found, indent=2, in_order=True) + "\n")
    if not call.flag("client"):
        _skew(call, server)


def _skew(call: Call, server: str) -> None:
    """Kubectl warns of a server that is more than one minor version away."""
    minors = [int(numbers(each)["minor"] or 0) for each in (CLIENT, server)]
    if abs(minors[0] - minors[1]) > 1:
        client, other = (".".join(each.removeprefix("v").split(".")[:2]) for each in (CLIENT, server))
        call.complain(
            f"WARNING: version difference between client ({client}) and server ({other}) "
            "exceeds the supported minor version skew of +/-1"
        )


def api_versions(call: Call) -> None:
    """The group versions that are served."""
    call.write("".join(f"{each}\n" for each in sorted({row.group_version for row in SERVED})))


def api_resources(call: Call) -> None:
    """The resources that are served."""
    if call.given.words:
        msg = f"unexpected arguments: [{' '.join(call.given.words)}]"
        raise wrong_usage(msg, "api-resources")
    form = call.flag("output")
    if form not in ("", "wide", "name"):
        msg = f"--output {form} is not available"
        raise refuse(msg)
    rows = [each for each in SERVED if _wanted(call, each)]
    if call.flag("sort-by") == "name":
        rows.sort(key=lambda each: each.plural)
    elif call.flag("sort-by") == "kind":
        rows.sort(key=lambda each: each.kind)
    elif call.flag("sort-by"):
        msg = "--sort-by accepts only name or kind"
        raise refuse(msg)
    if form == "name":
        call.write("".join(f"{each.qualified}\n" for each in rows))
        return
    heads = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", *(["VERBS", "CATEGORIES"] if form else [])]
    cells = [_cells(each, wide=bool(form)) for each in rows]
    call.write(tabulated(cells if call.flag("no-headers") else [heads, *cells]))


def _cells(each: Served, *, wide: bool) -> list[str]:
    cells = [each.plural, ",".join(each.short), each.group_version, str(each.namespaced).lower(), each.kind]
    return cells + ([",".join(each.verbs), ",".join(each.categories)] if wide else [])


def _wanted(call: Call, each: Served) -> bool:
    given = call.given.changed
    return (
        ("api-group" not in given or call.flag("api-group") == each.group)
        and ("namespaced" not in given or call.flag("namespaced") == each.namespaced)
        and all(verb in each.verbs for verb in call.flag("verbs") or ())
        and all(category in each.categories for category in call.flag("categories") or ())
    )


def cluster_info(call: Call) -> None:
    """Where the control plane and the cluster's own Services answer."""
    url = "https://127.0.0.1:6443"
    call.say(f"Kubernetes control plane is running at {url}")
    services = call.listed(find("services"), "kube-system", selector="kubernetes.io/cluster-service=true")
    call.objects.extend(services)
    for each in services:
        document = plain(each)
        name = at(document, "metadata", "labels", "kubernetes.io/name", default="") or each.name
        link = f"{url}/api/v1/namespaces/{each.namespace}/services/{_proxied(each)}/proxy"
        call.say(f"{name} is running at {link}")
    call.say(INFO)


def _proxied(service: Any) -> str:
    """A Service as the API server's proxy names it: scheme, name, port."""
    if not service.spec.ports:
        return str(service.name)
    port = service.spec.ports[0]
    scheme = "https" if port.name == "https" or port.port == 443 else ""  # noqa: PLR2004 - of https
    named = f"{service.name}:{port.name}" if port.name or scheme else str(service.name)
    return f"{scheme}:{named}" if scheme else named


def top(call: Call) -> None:
    """Refused as by a cluster without a metrics server."""
    del call
    msg = "Metrics API not available"
    raise refuse(msg)


def refused(call: Call) -> None:
    """What would open a socket, an editor or a terminal of this machine."""
    msg = f"kubectl {call.verb} needs {REFUSED[call.verb]} of this machine, and there is none here"
    raise refuse(msg)


REFUSED = {
    "attach": "a terminal", "cp": "the files", "debug": "a terminal", "edit": "an editor", "port-forward": "a port",
    "proxy": "a port", "autoscale": "an autoscaler", "certificate": "a certificate", "completion": "a shell",
    "diff": "a diff program", "kustomize": "the files", "plugin": "the programs",
}
