"""Rollouts, logs, exec, nodes, contexts, waits, watches, versions: what else can be asked."""

from __future__ import annotations

import pytest
from kubectl_scene import scene

from kdisco import Cluster
from kdisco.model.kinds import RESOURCES


@pytest.fixture
def cluster() -> Cluster:
    return scene()


def test_a_rollout_from_its_beginning_to_its_undoing(cluster: Cluster) -> None:
    cluster.kubectl("create deployment x --image=nginx --replicas=2")
    told = cluster.kubectl("rollout status deploy/x")
    assert told.out == "Waiting for deployment spec update to be observed...\n"
    assert (told.err, told.exit) == ("error: timed out waiting for the condition\n", 1)
    cluster.settle()
    assert cluster.kubectl("rollout status deploy/x") == 'deployment "x" successfully rolled out\n'
    cluster.kubectl("set image deploy/x nginx=nginx:2")
    cluster.settle()
    assert cluster.kubectl("rollout history deploy/x") == (
        "deployment.apps/x \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n"
    )
    assert "    Image:\tnginx:2\n" in cluster.kubectl("rollout history deploy/x --revision=2")
    for line, words in (
        ("undo", "rolled back"), ("pause", "paused"), ("resume", "resumed"), ("restart", "restarted"),
    ):
        assert cluster.kubectl(f"rollout {line} deploy/x") == f"deployment.apps/x {words}\n"
    assert cluster.kubectl("rollout resume deploy/x") == 'error: deployments.apps "x" is not paused\n'
    cluster.settle()
    assert cluster.get("deploy", "x").spec.template.spec.containers[0].image == "nginx"


def test_exec_runs_what_a_pod_has(cluster: Cluster) -> None:
    assert cluster.kubectl("exec db-0 -- cat /etc/hostname") == "db-0\n"
    assert cluster.kubectl("exec sts/db -- cat /etc/hostname") == "db-0\n"
    wrong = cluster.kubectl("exec db-0 -- cat /nosuch")
    assert wrong.err == "cat: /nosuch: No such file or directory\ncommand terminated with exit code 1\n"
    assert wrong.exit == 1
    missing = cluster.kubectl("exec db-0 -- nosuchcommand")
    assert missing.exit != 0
    assert 'exec: "nosuchcommand": executable file not found in $PATH' in missing.err
    assert cluster.kubectl("exec nosuch -- ls") == 'Error from server (NotFound): pods "nosuch" not found\n'
    assert cluster.kubectl("exec pending -- ls").err == (
        "Error from server (BadRequest): pod pending does not have a host assigned\n"
    )
    pod = cluster.list("pods", selector="app=web")[0].name
    assert cluster.kubectl(f"exec {pod} -- cat /etc/hostname").err == (
        'Defaulted container "nginx" out of: nginx, init (init)\n'
    )


def test_logs_are_what_the_containers_print(cluster: Cluster) -> None:
    assert cluster.kubectl("logs crash -p") == "exit status 3, as the annotation kdisco.dev/crashes says\n"
    pod = cluster.list("pods", selector="app=web")[0].name
    assert cluster.kubectl(f"logs {pod} -c nosuch") == f"error: container nosuch is not valid for pod {pod}\n"
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", "echo one; echo two; sleep 9"]}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "talker"}, "spec": {"containers": [container]}}
    )
    assert cluster.kubectl("logs talker") == ""
    cluster.settle()
    assert cluster.kubectl("logs talker") == "one\ntwo\n"
    assert cluster.kubectl("logs talker --tail=1 --prefix") == "[pod/talker/c] two\n"
    assert cluster.kubectl("logs db-0 -p").err == (
        'Error from server (BadRequest): previous terminated container "c" in pod "db-0" not found\n'
    )


def test_a_node_is_tainted_cordoned_drained(cluster: Cluster) -> None:
    for line, words in (
        ("taint nodes node-1 a=b:NoSchedule", "node/node-1 tainted\n"),
        ("taint nodes node-1 a=b:NoSchedule",
         "error: node node-1 already has a taint(s) with same effect(s) and --overwrite is false\n"),
        ("taint nodes node-1 a-", "node/node-1 untainted\n"),
        ("taint nodes node-1 a-", 'error: taint "a" not found\n'),
        ("cordon node-1", "node/node-1 cordoned\n"),
        ("cordon node-1", "node/node-1 already cordoned\n"),
        ("uncordon node-1", "node/node-1 uncordoned\n"),
    ):
        assert cluster.kubectl(line) == words
    refused = cluster.kubectl("drain node-1")
    assert (refused.out, refused.exit) == ("node/node-1 cordoned\n", 1)
    assert "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): " in refused.err
    done = cluster.kubectl("drain node-1 --ignore-daemonsets --force --delete-emptydir-data")
    assert done.out.endswith("node/node-1 drained\n")
    cluster.settle()
    left = cluster.list("pods", field_selector="spec.nodeName=node-1")
    assert {each.owner.kind for each in left if each.owner} == {"DaemonSet"}


def test_the_context_keeps_a_namespace(cluster: Cluster) -> None:
    assert cluster.kubectl("config set-context --current --namespace=kube-system") == 'Context "kdisco" modified.\n'
    assert cluster.kubectl("get svc -o name") == "service/kube-dns\n"
    assert "kube-system\n" in cluster.kubectl("config get-contexts")
    assert cluster.branch().kubectl("get svc -o name") == "service/kube-dns\n"
    assert cluster.kubectl("config current-context") == "kdisco\n"
    assert cluster.kubectl("config use-context nosuch") == 'error: no context exists with the name: "nosuch"\n'
    assert cluster.branch().kubectl("get svc -n default -o name") != "service/kube-dns\n"


def test_wait_says_what_stands(cluster: Cluster) -> None:
    for line, words, status in (
        ("wait --for=condition=Available deploy/web", "deployment.apps/web condition met\n", 0),
        ("wait --for=condition=Ready pod/pending --timeout=1s",
         "error: timed out waiting for the condition on pods/pending\n", 1),
        ("wait --for=delete pod/nosuch", "", 0),
        ("wait --for=delete pod/crash", "error: timed out waiting for the condition on pods/crash\n", 1),
        ("wait svc/web --for=jsonpath='{.spec.type}'=NodePort", "service/web condition met\n", 0),
        ("wait pod -l a=nosuch --for=condition=Ready", "error: no matching resources found\n", 1),
    ):
        found = cluster.kubectl(line)
        assert (found, found.exit) == (words, status)


def test_a_watch_shows_what_came_of_the_last_write(cluster: Cluster) -> None:
    cluster.kubectl("create deployment x --image=nginx")
    cluster.settle()
    rows = cluster.kubectl("get pods -l app=x -w --no-headers").splitlines()
    states = ["Pending", "Pending", "ContainerCreating", "ContainerCreating", "Running"]
    assert [row.split()[2] for row in rows] == states
    marked = cluster.kubectl("get pods -l app=x -w --output-watch-events").splitlines()
    assert [row.split()[0] for row in marked] == ["EVENT", "ADDED", *["MODIFIED"] * 4]
    before = cluster.kubectl("get deploy x -w --no-headers").splitlines()
    assert before[-1].split()[1] == "1/1"


def test_events_are_told_oldest_first(cluster: Cluster) -> None:
    rows = cluster.kubectl("events --for=pod/crash").splitlines()
    assert rows[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert "Pod/crash" in rows[1]
    assert cluster.kubectl("events -n nosuch") == "No events found in nosuch namespace.\n"


def test_versions_and_resources(cluster: Cluster) -> None:
    assert "Server Version: v1.36.0\n" in cluster.kubectl("version")
    warned = "WARNING: version difference between client (1.32) and server (1.36)"
    assert cluster.kubectl("version").err.startswith(warned)
    assert "apps/v1\n" in cluster.kubectl("api-versions")
    assert cluster.kubectl("api-resources --api-group=discovery.k8s.io").splitlines()[1].split() == [
        "endpointslices", "discovery.k8s.io/v1", "true", "EndpointSlice",
    ]
    assert cluster.kubectl("top pods") == "error: Metrics API not available\n"


def test_who_may_do_what(cluster: Cluster) -> None:
    assert cluster.kubectl("auth can-i create pods") == "yes\n"
    found = cluster.kubectl("auth can-i create pods --as=jane")
    assert (found, found.exit) == ("no\n", 1)
    assert cluster.kubectl("auth can-i list pods --as=jane") == "yes\n"
    assert "Username    kubernetes-admin\n" in cluster.kubectl("auth whoami")


@pytest.mark.parametrize(
    "verb", ["port-forward svc/web 80", "edit svc/web", "cp a b", "proxy", "attach db-0", "debug db-0"]
)
def test_what_needs_the_machine_is_refused(cluster: Cluster, verb: str) -> None:
    found = cluster.kubectl(verb)
    assert found.exit == 1
    assert found.err.startswith(f"error: kubectl {verb.split(maxsplit=1)[0]} needs ")


DEBUG = "debug node/node-1 --profile=sysadmin --image=busybox:1.37"


def test_a_node_is_entered_by_debug(cluster: Cluster) -> None:
    assert cluster.kubectl(f"{DEBUG} -- chroot /host sysctl -w net.netfilter.nf_conntrack_max=7").out.endswith(" = 7\n")
    assert cluster.state.hosts["node-1"].conntrack_max == 7
    seen = cluster.kubectl(f"{DEBUG} -q -- chroot /host cat /etc/hostname")
    assert (seen, seen.objects[0].name) == ("node-1\n", "node-1")
    unknown = cluster.kubectl(f"{DEBUG} -- reboot")
    assert (unknown.exit, unknown.err.splitlines()[0]) == (127, "sh: reboot: not found")
    assert not [each for each in cluster.list("pods", "default") if "debugger" in each.name]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("debug node/node-1 -- hostname", "error: you must specify --image when not using --copy-to.\n"),
        ("debug --image=busybox", "error: NAME or filename is required for debug\n"),
        ("debug node/node-9 --image=busybox -- hostname", 'Error from server (NotFound): nodes "node-9" not found\n'),
        ("debug node/node-1 --image=busybox -n nowhere -- env", 'Error from server (NotFound): namespaces "nowhere"'),
        ("debug node/node-1 --image=busybox", "error: kubectl debug needs a terminal"),
        ("debug deploy/web --image=busybox -- hostname", "error: kubectl debug needs a terminal"),
    ],
)
def test_a_node_that_cannot_be_entered(cluster: Cluster, line: str, words: str) -> None:
    found = cluster.kubectl(line)
    assert (found.out, found.exit) == ("", 1)
    assert found.err.startswith(words)


def test_explain_wraps_and_finds_its_way(cluster: Cluster) -> None:
    page = cluster.kubectl("explain deploy.spec.template.spec.containers.ports.hostPort")
    head = "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n\n"
    assert page.startswith(f"{head}FIELD: hostPort <integer>\n\n\nDESCRIPTION:\n    Number of port to expose on the")
    assert cluster.kubectl("explain pod.spec.nosuch").err == 'error: field "nosuch" does not exist\n'
    assert "      containerPort\t<integer> -required-\n" in cluster.kubectl("explain pods.spec --recursive")
    assert cluster.kubectl("explain nosuch").err == 'the server doesn\'t have a resource type "nosuch"\n'


@pytest.mark.parametrize("plural", RESOURCES)
def test_every_kind_of_the_model_is_explained(cluster: Cluster, plural: str) -> None:
    found = cluster.kubectl(f"explain {plural}")
    assert found.exit == 0
    assert f"KIND:       {RESOURCES[plural].kind}\n" in found
    assert "  metadata\t<ObjectMeta>" in found
