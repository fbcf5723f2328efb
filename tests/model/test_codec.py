"""Objects to JSON and back: nothing is lost, nothing unknown slips in."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.model.codec import Mismatch, Unknown, camel, decode, encode
from kdisco.model.configmap import ConfigMap
from kdisco.model.endpoints import Endpoint, EndpointSlice
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import RESOURCES
from kdisco.model.pod import Pod
from kdisco.model.service import Service, ServicePort
from kdisco.model.workload import Deployment

if TYPE_CHECKING:
    from kdisco.model.meta import Object

TEXT = st.text("abz09.-", max_size=6)
TIMES = st.datetimes().filter(lambda at: at.year > 999).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z")
SPECIAL: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(  # fields with a syntax of their own
    (
        "creation_timestamp", "deletion_timestamp", "first_timestamp", "last_timestamp", "last_heartbeat_time",
        "last_transition_time", "last_update_time", "last_probe_time", "start_time", "started_at", "finished_at",
    ),
    st.none() | TIMES,
)
MICRO = TIMES.map(lambda text: text.replace("Z", ".000250Z"))
SPECIAL |= dict.fromkeys(("event_time", "renew_time", "acquire_time"), st.none() | MICRO)
BYTES: st.SearchStrategy[Any] = st.dictionaries(TEXT, st.just("AAEC"), max_size=2)
SPECIAL["binary_data"] = BYTES.map(FrozenMap)
SCALARS: dict[type, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**31), 2**31 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
}
PLAIN = TEXT | st.integers() | st.booleans()
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=2).map(tuple), max_leaves=3)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type hint, as the decoder makes them."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if arg is type(None) else values(arg) for arg in args))
    if origin is tuple:
        return st.lists(st.deferred(lambda: values(args[0])), max_size=2).map(tuple)
    if origin is FrozenMap:
        return st.dictionaries(TEXT, values(args[1]), max_size=2).map(FrozenMap)
    return objects(hint) if attrs.has(hint) else JSON if hint is Any else SCALARS[hint]


def objects(cls: Any) -> st.SearchStrategy[Any]:
    """Objects of an attrs class with any values in any fields."""
    hints = typing.get_type_hints(cls)
    fields = {
        field.name: SPECIAL[field.name] if field.name in SPECIAL else values(hints[field.name])
        for field in attrs.fields(cls)
        if field.name != "kept"
    }
    if hasattr(cls, "KEPT"):
        fields["kept"] = st.dictionaries(st.sampled_from(sorted(cls.KEPT)), JSON, max_size=2).map(FrozenMap)
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: cls(**given))


@pytest.mark.parametrize("cls", [row.cls for row in RESOURCES.values()], ids=lambda cls: cls.KIND)
@given(data=st.data())
@settings(max_examples=25)
def test_every_object_comes_back_from_its_json(cls: type[Object], data: st.DataObject) -> None:
    found = data.draw(objects(cls))
    again = decode(cls, encode(found))
    assert encode(again) == encode(found)
    assert decode(cls, encode(again)) == again


@pytest.mark.parametrize("cls", [row.cls for row in RESOURCES.values()], ids=lambda cls: cls.KIND)
def test_an_empty_object_says_its_kind_alone(cls: type[Object]) -> None:
    found = encode(cls())
    assert (found["apiVersion"], found["kind"]) == (cls.API_VERSION, cls.KIND)
    assert decode(cls, found) == cls()


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("cluster_ip", "clusterIP"),
        ("cluster_ips", "clusterIPs"),
        ("external_ips", "externalIPs"),
        ("pod_cidr", "podCIDR"),
        ("pod_cidrs", "podCIDRs"),
        ("container_id", "containerID"),
        ("image_id", "imageID"),
        ("provider_id", "providerID"),
        ("load_balancer_ip", "loadBalancerIP"),
        ("ip_families", "ipFamilies"),
        ("client_ip", "clientIP"),
        ("host_ip", "hostIP"),
        ("target_port", "targetPort"),
        ("uid", "uid"),
    ],
)
def test_names_are_spelt_as_the_api_spells_them(name: str, spelt: str) -> None:
    assert camel(name) == spelt


def test_go_s_irregular_names_are_right() -> None:
    pod = decode(Pod, {"spec": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.10"]}, "hostNetwork": True}})
    assert encode(pod)["spec"]["dnsPolicy"] == "None"
    assert encode(pod)["spec"]["dnsConfig"] == {"nameservers": ["10.0.0.10"]}
    assert encode(pod)["spec"]["hostNetwork"] is True


def test_unset_fields_are_left_out_and_kept_ones_printed() -> None:
    assert encode(ServicePort()) == {"port": 0}
    assert encode(Service())["status"] == {"loadBalancer": {}}
    assert encode(EndpointSlice()) | {"metadata": {}} == {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {},
        "addressType": "",
        "endpoints": None,
        "ports": None,
    }


def test_false_and_zero_of_an_optional_field_are_printed() -> None:
    ready = decode(Endpoint, {"addresses": [], "conditions": {"ready": False}})
    assert encode(ready) == {"addresses": [], "conditions": {"ready": False}}
    port = decode(ServicePort, {"port": 80, "targetPort": 0, "appProtocol": ""})
    assert encode(port) == {"port": 80, "targetPort": 0, "appProtocol": ""}


def test_fields_that_the_model_does_not_act_on_are_carried() -> None:
    spec = {"affinity": {"nodeAffinity": {"a": [1, {"b": None}]}}, "containers": [{"name": "a", "tty": True}]}
    assert encode(decode(Pod, {"spec": spec}))["spec"] == spec


def test_all_unknown_fields_are_told_with_their_paths() -> None:
    with pytest.raises(Unknown) as caught:
        decode(Service, {"metadata": {"nam": "x"}, "spec": {"ports": [{"port": 1}, {"prt": 2}]}, "typ": 1})
    assert caught.value.args == ("metadata.nam", "spec.ports[1].prt", "typ")


def test_kind_and_api_version_stand_only_at_the_top() -> None:
    assert decode(Service, {"kind": "Service", "apiVersion": "v1"}) == Service()
    with pytest.raises(Unknown):
        decode(Service, {"spec": {"kind": "Service"}})


@pytest.mark.parametrize("value", [True, "80", 1.5, [], {}, 2**63])
def test_a_number_is_a_number(value: Any) -> None:
    with pytest.raises(Mismatch, match="of type int32"):
        decode(ServicePort, {"port": value})


@pytest.mark.parametrize("value", [80, "http"])
def test_an_int_or_string_is_either(value: Any) -> None:
    assert decode(ServicePort, {"targetPort": value}).target_port == value


@pytest.mark.parametrize("value", [True, 1.5, [], {}])
def test_an_int_or_string_is_nothing_else(value: Any) -> None:
    with pytest.raises(Mismatch, match=r"into Go struct field ServicePort\.targetPort of type int32"):
        decode(ServicePort, {"targetPort": value})


COUNTS = [  # field, one that fits, one that does not, Go's type
    ("replicas", 2**31 - 1, 2**31, "DeploymentSpec.spec.replicas of type int32"),
    ("replicas", -(2**31), -(2**31) - 1, "DeploymentSpec.spec.replicas of type int32"),
]


@pytest.mark.parametrize(("field", "fits", "breaks", "words"), COUNTS)
def test_counts_have_thirty_two_bits(field: str, fits: int, breaks: int, words: str) -> None:
    assert decode(Deployment, {"spec": {field: fits}}).spec.replicas == fits
    with pytest.raises(Mismatch) as caught:
        decode(Deployment, {"spec": {field: breaks}})
    assert str(caught.value) == f"json: cannot unmarshal number {breaks} into Go struct field {words}"


def test_generations_and_graces_have_sixty_four() -> None:
    meta = {"generation": 2**40, "deletionGracePeriodSeconds": 2**63 - 1}
    assert encode(decode(Pod, {"metadata": meta}))["metadata"] == meta
    with pytest.raises(Mismatch, match=r"ObjectMeta\.metadata\.generation of type int64"):
        decode(Pod, {"metadata": {"generation": 2**63}})


def test_texts_with_a_type_of_their_own_are_named_by_it() -> None:
    with pytest.raises(Mismatch, match=r"ServicePort\.spec\.ports\.protocol of type v1\.Protocol"):
        decode(Service, {"spec": {"ports": [{"protocol": 6}]}})


def test_times_are_checked_while_they_are_read() -> None:
    with pytest.raises(Mismatch) as caught:
        decode(Pod, {"metadata": {"deletionTimestamp": "soon"}})
    assert str(caught.value) == 'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'
    with pytest.raises(Mismatch, match=r"ObjectMeta\.metadata\.creationTimestamp of type string"):
        decode(Pod, {"metadata": {"creationTimestamp": 5}})
    found = decode(Pod, {"metadata": {"creationTimestamp": "2026-01-01T01:30:00+01:30"}})
    assert found.metadata.creation_timestamp == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(("text", "at"), [("a", 0), ("AAEC!", 4), ("AA=C", 3)])
def test_bytes_are_base64(text: str, at: int) -> None:
    assert decode(ConfigMap, {"binaryData": {"a": "AAEC", "b": "AA=="}}).binary_data == {"a": "AAEC", "b": "AA=="}
    with pytest.raises(Mismatch) as caught:
        decode(ConfigMap, {"binaryData": {"a": text}})
    assert str(caught.value) == f"illegal base64 data at input byte {at}"


def test_unknown_fields_may_be_collected_instead() -> None:
    unknown: list[str] = []
    assert decode(Service, {"spec": {"selektor": {}, "type": "NodePort"}}, unknown=unknown).spec.type == "NodePort"
    assert unknown == ["spec.selektor"]


CONVERTED = [  # what a strategic patch may make of a Deployment, and the converter's words
    ({"replicas": "3"}, "unrecognized type: int32"),
    ({"replicas": 1.5}, "cannot convert float64 to int32"),
    ({"paused": "yes"}, "unrecognized type: bool"),
    ({"strategy": {"type": 1}}, "cannot convert int64 to string"),
    ({"strategy": "Recreate"}, "cannot restore struct from: string"),
    ({"selector": {"matchLabels": []}}, "cannot restore map from slice"),
    ({"selector": {"matchExpressions": {}}}, "cannot restore slice from map"),
]


@pytest.mark.parametrize(("spec", "words"), CONVERTED)
def test_the_converter_knows_the_kinds_of_values(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Mismatch) as caught:
        decode(Deployment, {"spec": spec})
    assert caught.value.converter == words


def test_what_was_read_does_not_hang_on_the_input() -> None:
    document: dict[str, Any] = {"spec": {"selector": {"app": "web"}, "externalIPs": ["192.0.2.1"]}}
    found = decode(Service, document)
    document["spec"]["selector"]["app"] = "changed"
    document["spec"]["externalIPs"].append("192.0.2.2")
    assert found.spec.selector == {"app": "web"}
    assert found.spec.external_ips == ("192.0.2.1",)
    out = encode(found)
    out["spec"]["selector"]["app"] = "changed"
    assert found.spec.selector == {"app": "web"}
