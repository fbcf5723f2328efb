"""What Pods and Pod templates must be. Upstream: pkg/apis/core/validation ValidatePodSpec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kdisco.model.pod import DNSConfig, Pod, PodSpec
from kdisco.model.taint import Toleration
from kdisco.store.field import Cause, duplicate, forbidden, invalid, required, unsupported
from kdisco.store.validate.addresses import address
from kdisco.store.validate.container import containers, image_space
from kdisco.store.validate.meta import deletion_cost
from kdisco.store.validate.names import (
    DNS_1123_LABEL,
    DNS_1123_SUBDOMAIN,
    LABEL_VALUE,
    SEARCH_DOMAIN,
    labels,
    qualified,
)
from kdisco.store.validate.pod_update import pod_changes

__all__ = ["pod", "pod_spec"]

DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
RESTART_POLICIES = ("Always", "OnFailure", "Never")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
TOLERATIONS = ("Equal", "Exists")
MAX_NAMESERVERS, MAX_SEARCHES, MAX_SEARCH_BYTES = 3, 32, 2048
MAX_SECONDS = 2**31 - 1


def pod(new: Pod, old: Pod | None) -> Iterator[Cause]:
    """A legal spec; of a Pod that exists little but the images may change."""
    at, marks = "metadata.annotations", new.metadata.annotations
    if old is None or not any(deletion_cost(at, old.metadata.annotations)):
        yield from deletion_cost(at, marks)
    yield from pod_spec("spec", new.spec, is_pod=True)
    yield from image_space("spec", new.spec)
    if old is not None:
        yield from pod_changes(new.spec, old.spec)
        return
    if new.spec.kept.get("ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")
    if new.spec.node_name and new.spec.kept.get("schedulingGates"):
        yield forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def pod_spec(at: str, spec: PodSpec, *, is_pod: bool = False) -> Iterator[Cause]:
    """Volumes, containers, policies, DNS settings, names and tolerations, of a Pod or (the default) of a template."""
    if spec.termination_grace_period_seconds is None:
        yield required(f"{at}.terminationGracePeriodSeconds")
    yield from _volumes(f"{at}.volumes", spec.kept.get("volumes", ()))
    yield from containers(at, spec)
    if spec.host_network:
        yield from _host_network(at, spec, is_pod=is_pod)
    for name, value, known in (
        ("restartPolicy", spec.restart_policy, RESTART_POLICIES),
        ("dnsPolicy", spec.dns_policy, DNS_POLICIES),
    ):
        if not value:
            yield required(f"{at}.{name}")
        elif value not in known:
            yield unsupported(f"{at}.{name}", value, known)
    yield from labels(f"{at}.nodeSelector", spec.node_selector)
    yield from _dns(f"{at}.dnsConfig", spec)
    for i, gate in enumerate(spec.readiness_gates):
        yield from qualified(f"{at}.readinessGates[{i}].conditionType", gate.condition_type)
    yield from _gates(f"{at}.schedulingGates", spec.kept.get("schedulingGates", ()))
    yield from _names(at, spec)
    yield from tolerations(f"{at}.tolerations", spec.tolerations)
    for i, alias in enumerate(spec.kept.get("hostAliases", ())):
        yield from address(f"{at}.hostAliases[{i}].ip", alias.get("ip", ""))


def tolerations(at: str, listed: tuple[Toleration, ...]) -> Iterator[Cause]:
    """Keys, operators and effects that fit together."""
    for i, each in enumerate(listed):
        if each.key:
            yield from qualified(f"{at}[{i}].key", each.key)
        elif each.operator != "Exists":
            words = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(f"{at}[{i}].operator", each.operator, words)
        if each.toleration_seconds is not None and each.effect != "NoExecute":
            words = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(f"{at}[{i}].effect", each.effect, words)
        if each.operator in ("", "Equal"):
            if problems := list(LABEL_VALUE.problems(each.value)):
                yield invalid(f"{at}[{i}].operator", each.value, ";".join(problems))
        elif each.operator != "Exists":
            yield unsupported(f"{at}[{i}].operator", each.operator, TOLERATIONS)
        elif each.value:
            yield invalid(f"{at}[{i}].operator", each.value, "value must be empty when `operator` is 'Exists'")
        if each.effect and each.effect not in EFFECTS:
            yield unsupported(f"{at}[{i}].effect", each.effect, EFFECTS)


def _volumes(at: str, volumes: Any) -> Iterator[Cause]:
    names: set[str] = set()
    for i, volume in enumerate(volumes):
        name = volume.get("name", "")
        if not name:
            yield required(f"{at}[{i}].name")
        elif problems := list(DNS_1123_LABEL.problems(name)):
            yield from (invalid(f"{at}[{i}].name", name, words) for words in problems)
        elif name in names:
            yield duplicate(f"{at}[{i}].name", name)
        names.add(name)


def _host_network(at: str, spec: PodSpec, *, is_pod: bool) -> Iterator[Cause]:
    """A port of a node is the container's own; a template may leave it to be filled in."""
    for i, container in enumerate(spec.containers):
        for j, port in enumerate(container.ports):
            if (is_pod or port.host_port) and port.host_port != port.container_port:
                words = "must match `containerPort` when `hostNetwork` is true"
                yield invalid(f"{at}.containers[{i}].ports[{j}].hostPort", port.host_port, words)


def _dns(at: str, spec: PodSpec) -> Iterator[Cause]:
    config = spec.dns_config
    if spec.dns_policy == "None" and config is None:
        yield required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
    if config is None:
        return
    if spec.dns_policy == "None" and not config.nameservers:
        words = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        yield required(f"{at}.nameservers", words)
        return
    yield from _lists(at, config)
    for i, option in enumerate(config.options):
        if not option.name:
            yield required(f"{at}.options[{i}]", "must not be empty")


def _lists(at: str, config: DNSConfig) -> Iterator[Cause]:
    """Name servers and domains, not more than libc can use."""
    if len(config.nameservers) > MAX_NAMESERVERS:
        words = f"must not have more than {MAX_NAMESERVERS} nameservers"
        yield invalid(f"{at}.nameservers", config.nameservers, words)
    for i, text in enumerate(config.nameservers):
        yield from address(f"{at}.nameservers[{i}]", text)
    if len(config.searches) > MAX_SEARCHES:
        yield invalid(f"{at}.searches", config.searches, f"must not have more than {MAX_SEARCHES} search paths")
    if len(" ".join(config.searches)) > MAX_SEARCH_BYTES:
        words = f"must not have more than {MAX_SEARCH_BYTES} characters (including spaces) in the search list"
        yield invalid(f"{at}.searches", config.searches, words)
    for i, text in enumerate(config.searches):
        bare = text if text == "." else text.removesuffix(".")
        problems = () if bare == "." else SEARCH_DOMAIN.problems(bare)
        yield from (invalid(f"{at}.searches[{i}]", bare, words) for words in problems)


def _gates(at: str, gates: Any) -> Iterator[Cause]:
    names = [gate.get("name", "") for gate in gates]
    for i, name in enumerate(names):
        yield from qualified(f"{at}[{i}]", name)
        if name in names[:i]:
            yield duplicate(f"{at}[{i}]", name)


def _names(at: str, spec: PodSpec) -> Iterator[Cause]:
    """Whose Pod it is, where it runs, for how long, and what it is called inside."""
    for name, text in (("serviceAccountName", spec.service_account_name), ("nodeName", spec.node_name)):
        if text:
            yield from (invalid(f"{at}.{name}", text, words) for words in DNS_1123_SUBDOMAIN.problems(text))
    deadline = spec.kept.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_SECONDS:
        words = f"must be between 1 and {MAX_SECONDS}, inclusive"
        yield invalid(f"{at}.activeDeadlineSeconds", deadline, words)
    for name, text in (("hostname", spec.hostname), ("subdomain", spec.subdomain)):
        if text:
            yield from (invalid(f"{at}.{name}", text, words) for words in DNS_1123_LABEL.problems(text))
