"""Manifests in, objects out, and what kubectl and the API server say of those that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kdisco.errors import BadRequest
from kdisco.model.manifest import ManifestError, documents, find_resource, to_object, to_yaml
from kdisco.model.service import Service

if TYPE_CHECKING:
    from pathlib import Path


def service(spec: Any = None, **metadata: Any) -> dict[str, Any]:
    """A Service's JSON."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", **metadata}, "spec": spec}


def test_several_documents_and_lists_are_one_sequence() -> None:
    text = "kind: A\n---\nkind: List\nitems: [{kind: B}, {kind: ServiceList, items: [{kind: C}]}]\n---\n---\nkind: D\n"
    assert [document["kind"] for document in documents(text)] == ["A", "B", "C", "D"]


def test_a_bad_document_spoils_the_whole_text() -> None:
    with pytest.raises(ManifestError) as caught:
        documents("kind: A\n---\nb: [\n", source="web.yaml")
    assert str(caught.value) == (
        "error: error parsing web.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content"
    )


@pytest.mark.parametrize(("text", "word"), [("- 1", "array"), ("x", "string"), ("1", "number"), ("true", "bool")])
def test_a_document_is_a_mapping(text: str, word: str) -> None:
    with pytest.raises(ManifestError, match=f"json: cannot unmarshal {word} into Go value"):
        documents(text)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"apiVersion": "v1"}, "kind not set"),
        ({"kind": "Service"}, "apiVersion not set"),
        ({"kind": ["Service"], "apiVersion": "v1"}, "kind not set"),
        ({"kind": "Servise", "apiVersion": "v1"}, 'no matches for kind "Servise" in version "v1"'),
        ({"kind": "Deployment", "apiVersion": "v1", "metadata": []}, 'no matches for kind "Deployment" in version'),
    ],
)
def test_a_document_says_what_it_is(document: dict[str, Any], words: str) -> None:
    with pytest.raises(ManifestError) as caught:
        find_resource(document)
    assert words in str(caught.value)


HEAD = 'Service in version "v1" cannot be handled as a Service: '
REFUSED = [
    (service({"prots": []}), 'strict decoding error: unknown field "spec.prots"'),
    (
        service({"ports": [{"port": 80}, {"prot": 1}], "x": 1}),
        'strict decoding error: unknown field "spec.ports[1].prot", unknown field "spec.x"',
    ),
    (service({}) | {"extra": 1}, 'strict decoding error: unknown field "extra"'),
    (
        service({"ports": [{"port": "80"}]}),
        "json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32",
    ),
    (
        service({"ports": [{"port": 80.5}]}),
        "json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32",
    ),
    (
        service({"ports": "http"}),
        "json: cannot unmarshal string into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort",
    ),
    (
        service({"type": 1}),
        "json: cannot unmarshal number into Go struct field ServiceSpec.spec.type of type v1.ServiceType",
    ),
    (
        service({"publishNotReadyAddresses": "true"}),
        "json: cannot unmarshal string into Go struct field ServiceSpec.spec.publishNotReadyAddresses of type bool",
    ),
    (
        service(labels=["app"]),
        "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
    ),
    (
        service({"selector": {"app": True}}),
        "json: cannot unmarshal bool into Go struct field ServiceSpec.spec.selector of type string",
    ),
    (service([]), "json: cannot unmarshal array into Go struct field Service.spec of type v1.ServiceSpec"),
]


@pytest.mark.parametrize(("document", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_the_decoder_refuses_in_the_api_servers_words(document: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        to_object(document)
    assert (caught.value.message, caught.value.status) == (HEAD + words, 400)


def test_a_lenient_reader_drops_what_it_does_not_know() -> None:
    found = to_object(service({"prots": [], "clusterIP": "10.0.0.10"}), strict=False)
    assert isinstance(found, Service)
    assert found.to_dict()["spec"] == {"clusterIP": "10.0.0.10"}


def test_null_is_absent() -> None:
    assert to_object(service({"type": None, "ports": None})) == to_object(service({}))
    assert to_object(service({"selector": {"app": None}})) == to_object(service({"selector": {"app": ""}}))
    assert to_object(service({"ports": [None]})) == to_object(service({"ports": [{}]}))


def test_yaml_out_is_sorted_and_reads_back() -> None:
    found = to_object(service({"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}))
    text = to_yaml(found)
    assert text.splitlines()[0] == "apiVersion: v1"
    assert [to_object(document) for document in documents(text)] == [found]
    assert to_yaml({"b": "中文", "a": 1}) == "a: 1\nb: 中文\n"


UNKNOWN = {"ConfigMap", "Event"}  # kinds that the model does not have yet


def sample_documents(folder: Path) -> list[dict[str, Any]]:
    """Every manifest of the sample cases."""
    found: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*/*.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        texts = [case.get("manifests"), case.get("given")] if isinstance(case, dict) else []
        found += [document for text in texts if text for document in documents(text)]
        found += case.get("objects", []) if isinstance(case, dict) else []
    return [document for document in found if document["kind"] not in UNKNOWN]


def test_every_sample_manifest_is_read_and_comes_back(conformance: Path) -> None:
    samples = sample_documents(conformance)
    assert len(samples) > 200
    for document in samples:
        found = to_object(document)
        assert to_object(found.to_dict()) == found
        assert [to_object(again) for again in documents(to_yaml(found))] == [found]
        assert lost(document, found.to_dict()) == []


def lost(before: Any, after: Any, path: str = "") -> list[str]:
    """The paths of values that did not come back; what is empty may go."""
    if isinstance(before, dict):
        there = after if isinstance(after, dict) else {}
        return [each for name, item in before.items() for each in lost(item, there.get(name), f"{path}.{name}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [each for i, item in enumerate(before) for each in lost(item, after[i], f"{path}[{i}]")]
    return [] if before == after or before in (None, "", 0, False, [], {}) else [path]
