"""What Pods and Pod templates must be. Upstream: pkg/apis/core/validation ValidatePodSpec."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.model.pod import Container, Pod, PodSpec
from kdisco.store.field import Cause, duplicate, forbidden, invalid, required, unsupported
from kdisco.store.validate.names import DNS_1123_LABEL, named_port, port_number

__all__ = ["pod", "pod_spec"]

DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
RESTART_POLICIES = ("Always", "OnFailure", "Never")
PROTOCOLS = ("TCP", "UDP", "SCTP")
MAX_NAMESERVERS, MAX_SEARCHES, MAX_SEARCH_BYTES = 3, 32, 2048
CHANGEABLE = ("activeDeadlineSeconds", "tolerations")
FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod(new: Pod, old: Pod | None) -> Iterator[Cause]:
    """A legal spec; of a Pod that exists only the images may change."""
    yield from pod_spec("spec", new.spec)
    if old is not None and _fixed(new.spec) != _fixed(old.spec):
        yield forbidden("spec", FIXED)


def pod_spec(at: str, spec: PodSpec) -> Iterator[Cause]:
    """Containers with names and images, a DNS policy that fits its settings."""
    if not spec.containers:
        yield required(f"{at}.containers")
    names: set[str] = set()
    for group, containers in (("initContainers", spec.init_containers), ("containers", spec.containers)):
        for i, container in enumerate(containers):
            yield from _container(f"{at}.{group}[{i}]", container, names)
    if spec.restart_policy not in RESTART_POLICIES:
        yield unsupported(f"{at}.restartPolicy", spec.restart_policy, RESTART_POLICIES)
    if spec.dns_policy not in DNS_POLICIES:
        yield unsupported(f"{at}.dnsPolicy", spec.dns_policy, DNS_POLICIES)
    for name, text in (("hostname", spec.hostname), ("subdomain", spec.subdomain)):
        if text:
            yield from (invalid(f"{at}.{name}", text, words) for words in DNS_1123_LABEL.problems(text))
    yield from _dns(at, spec)


def _dns(at: str, spec: PodSpec) -> Iterator[Cause]:
    config = spec.dns_config
    if spec.dns_policy == "None" and (config is None or not config.nameservers):
        words = f"must provide at least one DNS nameserver when `dnsPolicy` is {spec.dns_policy}"
        yield required(f"{at}.dnsConfig.nameservers", words)
    if config is None:
        return
    if len(config.nameservers) > MAX_NAMESERVERS:
        words = f"must not have more than {MAX_NAMESERVERS} nameservers"
        yield invalid(f"{at}.dnsConfig.nameservers", config.nameservers, words)
    if len(config.searches) > MAX_SEARCHES:
        yield invalid(
            f"{at}.dnsConfig.searches", config.searches, f"must not have more than {MAX_SEARCHES} search paths"
        )
    if len(" ".join(config.searches)) > MAX_SEARCH_BYTES:
        words = f"must not have more than {MAX_SEARCH_BYTES} characters (including spaces) in the search list"
        yield invalid(f"{at}.dnsConfig.searches", config.searches, words)
    for i, option in enumerate(config.options):
        if not option.name:
            yield required(f"{at}.dnsConfig.options[{i}]", "must not be empty")


def _container(at: str, container: Container, names: set[str]) -> Iterator[Cause]:
    if not container.name:
        yield required(f"{at}.name")
    else:
        yield from (invalid(f"{at}.name", container.name, words) for words in DNS_1123_LABEL.problems(container.name))
    if container.name in names:
        yield duplicate(f"{at}.name", container.name)
    names.add(container.name)
    if not container.image:
        yield required(f"{at}.image")
    port_names: set[str] = set()
    for i, port in enumerate(container.ports):
        if port.name:
            yield from named_port(f"{at}.ports[{i}].name", port.name)
            if port.name in port_names:
                yield duplicate(f"{at}.ports[{i}].name", port.name)
            port_names.add(port.name)
        yield from port_number(f"{at}.ports[{i}].containerPort", port.container_port)
        if port.protocol not in PROTOCOLS:
            yield unsupported(f"{at}.ports[{i}].protocol", port.protocol, PROTOCOLS)


def _fixed(spec: PodSpec) -> PodSpec:
    """A spec without what may change: images, tolerations, a deadline."""
    bare = tuple(evolve(each, image="") for each in spec.containers)
    bare_init = tuple(evolve(each, image="") for each in spec.init_containers)
    return evolve(spec, containers=bare, init_containers=bare_init, kept=spec.kept.without(*CHANGEABLE))
