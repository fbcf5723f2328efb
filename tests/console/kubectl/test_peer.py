"""Beside a real kubectl 1.32 that reads the same objects over HTTP: the same text, error and status."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubectl_scene import scene
from plain_api import serving
from real_kubectl import WANTED, asked, kubectl, words_of

from kdisco import Cluster
from kdisco.console.kubectl.verbs import VERBS
from kdisco.console.kubectl.words import split

pytestmark = pytest.mark.peer("kubectl", packaged=False)
READS = """
get pods,svc,deploy,rs,sts,ds,cm,netpol,role,rolebinding -o wide
get all -A
get pods --sort-by=.status.podIP
get pods -A --sort-by=.spec.nodeName -o name
get pods --sort-by=.nosuch
get pods -l app=web -L app,nosuch --show-labels
get pods -l !!
get pods -A --field-selector status.phase=Running --no-headers
get pods --field-selector foo=bar
get pod crash nosuch
get pod crash nosuch -o json
get nosuch
get pod/crash svc/web
get pod crash -A
get svc web -o yaml
get svc web -o json
get svc -o jsonpath={range .items[*]}{.metadata.name}{"\\t"}{.spec.ports[*].port}{"\\n"}{end}
get svc -o jsonpath={.items[9].metadata.name}
get svc -o jsonpath={.items[
get svc -o jsonpath={.items[?(@.spec.type=="NodePort")].metadata.name}
get svc -o jsonpath-as-json={.items[*].spec.ports}
get svc -o custom-columns=NAME:.metadata.name,PORTS:.spec.ports[*].port,NONE:.nosuch
get svc -o custom-columns=NAME
get svc -o foo
get pods --foo
get pods -z
get pods --watch=maybe
get
get secrets -A
describe svc --show-events=false
describe deploy web --show-events=false
describe rs --show-events=false
describe sts,ds --show-events=false
describe pods -l app=web --show-events=false
describe endpointslices --show-events=false
describe cm,netpol,role,rolebinding --show-events=false
describe clusterrole view
describe ns
describe nosuch
describe
rollout history deploy/web
rollout history deploy/web --revision=1
rollout history deploy/web --revision=9
rollout history pod/crash
rollout foo
label pod crash
label pod crash a=b --dry-run=client
scale deploy web
scale deploy nosuch --replicas=1
set image deploy/web nginx=x --dry-run=client
set image deploy/web foo=x --dry-run=client
set env deploy/web --list
taint nodes node-1 a=b:Foo
cordon nosuch
drain node-1 --dry-run=client
expose deploy web --port=80 --dry-run=client -o yaml
expose deploy web --name=foo --dry-run=client -o yaml
expose pod crash --port=80 --dry-run=client
run x --image=nginx --port=80 --env=A=b --restart=Never --dry-run=client -o yaml --command -- sleep 5
run x --image=nginx --dry-run=client -o json
run x
create deployment x --image=nginx --image=redis:7 --port=80 -r 3 --dry-run=client -o yaml
create deployment x --image=nginx --dry-run=client -o json
create deployment x
create svc clusterip a --tcp=80:8080 --tcp=81 --dry-run=client -o yaml
create svc nodeport a --tcp=80:8080 --node-port=30001 --dry-run=client -o yaml
create svc clusterip a
create cm a --from-literal=x=y --dry-run=client -o yaml
create role r --verb=get,list --resource=pods,deployments.apps/scale --resource-name=a --dry-run=client -o yaml
create rolebinding r --role=x --user=u --serviceaccount=default:sa --group=g --dry-run=client -o yaml
create foo
create ns a --dry-run=foo
delete pod crash --dry-run=client
delete pods -l a=nosuch
delete pod
delete
apply
config foo
auth can-i
events -n nosuch
explain
"""
NOT_THERE = {"create secret", "auth whoami"}  # whose flags differ: it is refused here, and may be asked of nobody


MAPS = {  # what the real one prints by walking a Go map: in another order each time
    "describe cm,netpol,role,rolebinding --show-events=false", "drain node-1 --dry-run=client",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, str, Path]]:
    """A cluster, where it is served, and a home for the real one, which remembers what the server has."""
    if not kubectl():
        pytest.skip(f"needs a kubectl {WANTED}")
    cluster = scene()
    with serving(cluster) as url:
        yield cluster, url, tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("line", [line for line in READS.splitlines() if line])
def test_the_real_one_says_the_same(served: tuple[Cluster, str, Path], line: str) -> None:
    cluster, url, home = served
    found = cluster.kubectl(line)
    out, err, status = asked(url, split(line), home)
    order = words_of if line in MAPS else str
    assert (order(found.out), order(found.err), found.exit) == (order(out), order(err), status)


@pytest.mark.parametrize("path", sorted(VERBS.keys() - NOT_THERE))
def test_every_verb_and_flag_is_there_with_that_letter(path: str) -> None:
    if not kubectl():
        pytest.skip(f"needs a kubectl {WANTED}")
    done = subprocess.run([kubectl(), *path.split(), "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    told = {name: short for short, name in re.findall(r"^    (?:-(\w), )?--([\w-]+)=", done.stdout, re.MULTILINE)}
    assert f"kubectl {path}" in done.stdout.split("Usage:")[1]
    for flag in VERBS[path].flags:
        assert told.get(flag.name) == flag.short, flag.name
