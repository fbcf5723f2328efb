"""What the writing verbs do, and say."""

from __future__ import annotations

import json

import pytest
from kubectl_scene import MANIFESTS, scene

from kdisco import Cluster
from kdisco.store.apply import LAST_APPLIED


@pytest.fixture
def cluster() -> Cluster:
    return scene()


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n"


def test_create_makes_each_document_and_goes_on_after_an_error(cluster: Cluster) -> None:
    found = cluster.kubectl("create -f -", stdin=SERVICE + "---\n" + SERVICE.replace("name: s", "name: t"))
    assert found == "service/s created\nservice/t created\n"
    again = cluster.kubectl("create -f -", stdin=SERVICE + "---\n" + SERVICE.replace("name: s", "name: u"))
    assert again.out == "service/u created\n"
    assert again.err == (
        'Error from server (AlreadyExists): error when creating "STDIN": services "s" already exists\n'
    )
    assert again.exit == 1


UNKNOWN = "apiVersion: v1\nkind: Nosuch\nmetadata: {name: x}\n"
NO_MATCH = (
    'resource mapping not found for name: "x" namespace: "" from "STDIN": '
    'no matches for kind "Nosuch" in version "v1"\nensure CRDs are installed first\n'
)


def test_a_kind_that_nobody_serves_stops_no_other_document(cluster: Cluster) -> None:
    found = cluster.kubectl("create -f -", stdin=UNKNOWN + "---\n" + SERVICE)
    assert (found.out, found.err, found.exit) == ("service/s created\n", f"error: {NO_MATCH}", 1)
    again = cluster.kubectl("create -f -", stdin=UNKNOWN + "---\n" + SERVICE)  # of two errors neither is called one
    assert again.err == (
        f'{NO_MATCH}Error from server (AlreadyExists): error when creating "STDIN": services "s" already exists\n'
    )


def test_what_comes_before_a_text_that_cannot_be_read_is_used(cluster: Cluster) -> None:
    text = SERVICE + "---\n{a: b: c\n---\n" + SERVICE.replace("name: s", "name: t")
    found = cluster.kubectl("create -f -", stdin=text)
    assert found.out == "service/s created\n"
    assert found.err.startswith("error: error parsing STDIN: error converting YAML to JSON: ")
    assert cluster.kubectl("get svc t").exit == 1


def test_unknown_fields_are_errors_warnings_or_nothing(cluster: Cluster) -> None:
    text = SERVICE.replace("port: 80", "port: 80, tragetPort: 5")
    strict = cluster.kubectl("create -f -", stdin=text)
    assert strict.err.endswith('strict decoding error: unknown field "spec.ports[0].tragetPort"\n')
    warned = cluster.kubectl("create -f - --validate=warn", stdin=text)
    assert (warned.out, warned.err) == ("service/s created\n", 'Warning: unknown field "spec.ports[0].tragetPort"\n')
    assert cluster.kubectl("replace -f - --validate=ignore", stdin=text) == "service/s replaced\n"
    assert cluster.kubectl("create -f - --validate=x", stdin=text).exit == 1


def test_a_dry_run_of_the_client_asks_no_server(cluster: Cluster) -> None:
    before = cluster.revision
    assert cluster.kubectl("delete svc nosuch --dry-run=client") == 'service "nosuch" deleted (dry run)\n'
    shown = cluster.kubectl('patch svc headless -p {"nosuch":1} --dry-run=client -o json')
    assert json.loads(shown.out)["nosuch"] == 1
    assert json.loads(shown.out)["metadata"]["resourceVersion"]
    live = cluster.kubectl("set image deploy/web nginx=nginx:9 --dry-run=client -o json")
    assert list(json.loads(live.out)) == ["kind", "apiVersion", "metadata", "spec", "status"]
    assert json.loads(live.out)["spec"]["template"]["metadata"]["creationTimestamp"] is None
    assert cluster.revision == before


def test_what_is_invalid_is_told_field_by_field(cluster: Cluster) -> None:
    found = cluster.kubectl("create -f -", stdin=SERVICE.replace("port: 80", "port: 0, targetPort: 1"))
    assert found == (
        'The Service "s" is invalid: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive\n'
    )


def test_apply_says_created_configured_unchanged(cluster: Cluster) -> None:
    assert cluster.kubectl("apply -f -", stdin=SERVICE).out == "service/s created\n"
    assert cluster.kubectl("apply -f -", stdin=SERVICE).out == "service/s unchanged\n"
    assert cluster.kubectl("apply -f -", stdin=SERVICE.replace("80", "81")).out == "service/s configured\n"
    note = json.loads(cluster.get("svc", "s").metadata.annotations[LAST_APPLIED])
    assert note["spec"] == {"ports": [{"port": 81}]}
    assert "port: 81" in cluster.kubectl("apply view-last-applied svc s")


def test_apply_to_what_create_made_warns(cluster: Cluster) -> None:
    cluster.kubectl("create -f -", stdin=SERVICE)
    found = cluster.kubectl("apply -f -", stdin=SERVICE)
    assert found.out == "service/s configured\n"
    assert found.err.startswith(f"Warning: resource services/s is missing the {LAST_APPLIED} annotation which is ")


def test_server_side_apply_says_so_and_tells_of_conflicts(cluster: Cluster) -> None:
    mine = SERVICE.replace("spec: {", "spec: {selector: {a: b}, ")
    assert cluster.kubectl("apply --server-side -f -", stdin=mine) == "service/s serverside-applied\n"
    line, theirs = "apply --server-side --field-manager=other", mine.replace("a: b", "a: c")
    refused = cluster.kubectl(f"{line} -f -", stdin=theirs)
    assert refused.exit == 1
    assert refused.err.startswith(
        'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.selector\n'
        "Please review the fields above--they currently have other managers. "
    )
    assert cluster.kubectl(f"{line} --force-conflicts -f -", stdin=theirs) == "service/s serverside-applied\n"


def test_a_dry_run_stores_nothing(cluster: Cluster) -> None:
    before = cluster.revision
    for line, words in (
        ("create ns shop --dry-run=client", "namespace/shop created (dry run)\n"),
        ("create ns shop --dry-run=server", "namespace/shop created (server dry run)\n"),
        ("delete svc web --dry-run=server", 'service "web" deleted (server dry run)\n'),
        ("scale deploy web --replicas=1 --dry-run=server", "deployment.apps/web scaled (server dry run)\n"),
    ):
        assert cluster.kubectl(line) == words
    assert cluster.kubectl("apply --dry-run=server -f -", stdin=SERVICE) == "service/s created (server dry run)\n"
    assert cluster.revision == before


def test_the_namespace_of_a_manifest_must_be_the_one_asked_for(cluster: Cluster) -> None:
    found = cluster.kubectl("apply -n shop -f -", stdin=SERVICE.replace("name: s", "name: s, namespace: default"))
    assert found == (
        'error: the namespace from the provided object "default" does not match the namespace "shop". '
        "You must pass '--namespace=default' to perform this operation.\n"
    )


def test_delete_asks_and_time_lets_it_happen(cluster: Cluster) -> None:
    assert cluster.kubectl("delete pod crash") == 'pod "crash" deleted\n'
    assert "Terminating" in cluster.kubectl("get pod crash")
    cluster.settle()
    assert cluster.kubectl("get pod crash") == 'Error from server (NotFound): pods "crash" not found\n'
    assert cluster.kubectl("delete pod crash").exit == 1
    assert cluster.kubectl("delete pod crash --ignore-not-found") == ""


def test_delete_by_force_is_at_once(cluster: Cluster) -> None:
    found = cluster.kubectl("delete pod crash --force")
    assert found.out == 'pod "crash" force deleted\n'
    assert found.err.startswith("Warning: Immediate deletion does not wait")
    assert cluster.kubectl("get pod crash").exit == 1


def test_delete_of_many(cluster: Cluster) -> None:
    assert cluster.kubectl("delete svc,cm -l app=nosuch") == "No resources found\n"
    assert 'statefulset.apps "db" deleted\n' in cluster.kubectl("delete sts,ds --all")
    assert cluster.kubectl("delete -f -", stdin=MANIFESTS).exit == 1  # of which two are gone


def test_labels_and_annotations(cluster: Cluster) -> None:
    for line, words in (
        ("label pod crash a=b", "pod/crash labeled\n"),
        ("label pod crash a=b", "pod/crash not labeled\n"),
        ("label pod crash a=c", "error: 'a' already has a value (b), and --overwrite is false\n"),
        ("label pod crash a=c --overwrite", "pod/crash labeled\n"),
        ("label pod crash nosuch-", 'label "nosuch" not found.\npod/crash not labeled\n'),
        ("label pod crash --list", "a=c\n"),
        ("label pod crash a-", "pod/crash unlabeled\n"),
        ("annotate pod/crash x=y", "pod/crash annotated\n"),
        ("annotate pod/crash x-", "pod/crash annotated\n"),
    ):
        assert cluster.kubectl(line) == words
    assert not cluster.get("pod", "crash").labels


def test_scale(cluster: Cluster) -> None:
    assert cluster.kubectl("scale deploy/web --replicas=5 --current-replicas=3") == "deployment.apps/web scaled\n"
    assert cluster.get("deploy", "web").spec.replicas == 5
    assert cluster.kubectl("scale deploy/web --replicas=1 --current-replicas=3") == (
        "error: Expected replicas to be 3, was 5\n"
    )
    assert cluster.kubectl("scale pod crash --replicas=1").exit == 1


def test_patch(cluster: Cluster) -> None:
    patch = 'patch svc headless -p {"spec":{"publishNotReadyAddresses":true}}'
    assert cluster.kubectl(patch) == "service/headless patched\n"
    assert cluster.kubectl(patch) == "service/headless patched (no change)\n"
    step = '[{"op":"replace","path":"/spec/replicas","value":1}]'
    assert cluster.kubectl(f"patch deploy web --type=json -p '{step}'") == "deployment.apps/web patched\n"
    assert cluster.kubectl("patch deploy web -p 'spec: {replicas: 2}'") == "deployment.apps/web patched\n"
    assert cluster.get("deploy", "web").spec.replicas == 2


def test_expose_and_run_work_together(cluster: Cluster) -> None:
    assert cluster.kubectl("run one --image=nginx --port=80 --expose") == "service/one created\npod/one created\n"
    assert cluster.kubectl("expose deploy web --name=web2 --port=80 --target-port=http") == "service/web2 exposed\n"
    cluster.settle()
    assert len(cluster.get("ep", "web2").subsets[0].addresses) == 3
    assert len(cluster.get("ep", "one").subsets[0].addresses) == 1


def test_set_changes_templates_and_selectors(cluster: Cluster) -> None:
    assert cluster.kubectl("set image deploy/web nginx=nginx:2") == "deployment.apps/web image updated\n"
    assert cluster.kubectl("set image deploy/web nginx=nginx:2") == ""
    assert cluster.kubectl("set env deploy/web B=c A-") == "deployment.apps/web env updated\n"
    container = cluster.get("deploy", "web").spec.template.spec.containers[0]
    assert (container.image, [each.name for each in container.env]) == ("nginx:2", ["POD", "CM", "B"])
    assert cluster.kubectl("set selector svc headless a=b") == "service/headless selector updated\n"
    assert dict(cluster.get("svc", "headless").spec.selector) == {"a": "b"}


def test_replace(cluster: Cluster) -> None:
    text = cluster.kubectl("get svc lb -o yaml").replace("port: 80", "port: 81")
    assert cluster.kubectl("replace -f -", stdin=text) == "service/lb replaced\n"
    assert cluster.kubectl("replace --force -f -", stdin=SERVICE) == "service/s replaced\n"
    assert cluster.kubectl("replace -f -", stdin=SERVICE.replace("name: s", "name: no")).exit == 1


def test_what_the_model_keeps_no_objects_of_is_refused(cluster: Cluster) -> None:
    for line in ("create secret generic x", "create serviceaccount x"):
        found = cluster.kubectl(line)
        assert (found.exit, found.err.startswith("error: this cluster keeps no objects of the kind ")) == (1, True)
