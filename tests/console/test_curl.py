"""curl: who answers, what is said when nobody does, and in which words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from console_scene import Scene, scene

from kdisco import Cluster
from kdisco.examples import ARTICLE

WHOLE = scene()
SIX = {"service_cidr": "fd00:96::/112", "pod_cidr": "fd00:244::/56"}
LINE = re.compile(r"pod/default/(\S+) answers on (\S+):8080, asked by (\S+):(\d+)\n")


@pytest.fixture
def web() -> Scene:
    return Scene(WHOLE.cluster.branch())


def test_a_service_answers_by_one_of_its_pods_and_names_it(web: Scene) -> None:
    names = Counter(LINE.fullmatch(web.sh("curl -s web"))[1] for _ in range(20))  # type: ignore[index]  # every line matches
    assert set(names) == {pod.name for pod in web.webs}, "each connection chooses anew"


def test_the_address_after_nat_is_told_and_the_own_one_kept(web: Scene) -> None:
    found = LINE.fullmatch(web.sh("curl -s 10.96.0.80"))
    assert found is not None
    assert found[3] == web.address("client")
    assert found[2] == next(pod.addresses[0] for pod in web.webs if pod.name == found[1])


def test_one_connection_has_one_pod(web: Scene) -> None:
    before = set(web.cluster.conntrack(web.node))
    told = LINE.fullmatch(web.sh("curl -s web"))
    assert told is not None
    new = [line for line in web.cluster.conntrack(web.node) if line not in before and "dport=80 " in line]
    assert len(new) == 1
    assert f"src={told[2]} dst={web.address('client')} sport=8080 dport={told[4]}" in new[0]


def test_verbose_tells_of_the_connection(web: Scene) -> None:
    found = web.sh("curl -v http://web/a?b#c")
    assert found.err.replace("\r\n", "\n") == (
        "*   Trying 10.96.0.80:80...\n* Connected to web (10.96.0.80) port 80 (#0)\n"
        "> GET /a?b HTTP/1.1\n> Host: web\n> User-Agent: curl/7.88.1\n> Accept: */*\n> \n"
        "< HTTP/1.1 200 OK\n< Server: kdisco\n< Content-Type: text/plain\n"
        f"< Content-Length: {len(found.out)}\n< Connection: close\n< \n* Closing connection 0\n"
    )


def test_each_verbose_line_can_tell_the_time(web: Scene) -> None:
    plain = web.sh("curl -v http://web").err
    found = web.sh("curl -v --trace-time -o /dev/null -w '%{time_namelookup} %{time_connect} %{time_total}' http://web")
    stamped = [line.split(" ", 1) for line in found.err.replace("\r\n", "\n").splitlines()]
    assert [rest.split()[0] for _, rest in stamped] == [line.split()[0] for line in plain.splitlines()]
    midnight = (web.cluster.state.epoch + web.cluster.now) // 86400 * 86400
    seen = [datetime.strptime(stamp, "%H:%M:%S.%f").replace(year=1970, tzinfo=UTC).timestamp() for stamp, _ in stamped]
    since = [midnight + each - web.cluster.state.epoch - web.cluster.now for each in seen]
    assert [round(since[at], 4) for at in (0, 1, -1)] == [round(float(each), 4) for each in found.out.split()]


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("curl nosuch", 6, "Could not resolve host: nosuch"),
        ("curl empty", 7, "Failed to connect to empty port 80 after 0 ms: Couldn't connect to server"),
        ("curl localhost:81", 7, "Failed to connect to localhost port 81 after 0 ms: Couldn't connect to server"),
        ("curl -m 2 shut", 28, "Connection timed out after 2000 milliseconds"),
        ("curl --connect-timeout 1 shut", 28, "Failed to connect to shut port 80 after 1000 ms: Timeout was reached"),
        ("curl shut", 28, "Failed to connect to shut port 80 after 127000 ms: Couldn't connect to server"),
        ("curl http://", 3, "URL using bad/illegal format or missing URL"),
        ("curl http://web:99999", 3, "URL using bad/illegal format or missing URL"),
        ("curl foo://web", 1, 'Protocol "foo" not supported or disabled in libcurl'),
        ("curl https://web:80", 35, "error:0A00010B:SSL routines::wrong version number"),
        ("curl kube-dns.kube-system:53", 52, "Empty reply from server"),
    ],
)
def test_what_fails(web: Scene, line: str, status: int, words: str) -> None:
    found = web.sh(line)
    assert found.out == ""
    assert re.sub(r"after \d ms", "after 0 ms", found.err) == f"curl: ({status}) {words}\n"
    assert found.exit == status
    quiet = web.sh(f"{line} -s")
    assert (quiet, quiet.exit) == ("", status)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("curl --foo web", "option --foo: is unknown"), ("curl -W9 web", "option -W9: is unknown"),
        ("curl -x p web", "option -x: is not modelled here"),
        ("curl --retry 3 a", "option --retry: is not modelled here"),
        ("curl -m", "option -m: requires parameter"), ("curl --max-time=3 web", "option --max-time=3: is unknown"),
        ("curl -m x web", "option -m: expected a proper numerical parameter"),
    ],
)
def test_options_that_are_none(web: Scene, line: str, words: str) -> None:
    found = web.sh(line)
    assert found == f"curl: {words}\ncurl: try 'curl --help' or 'curl --manual' for more information\n"
    assert found.exit == 2


def test_a_report_of_variables(web: Scene) -> None:
    told = r"%{http_code} %{remote_ip}:%{remote_port} %{num_connects} %{size_download}%%\n"
    found = web.sh(f"curl -s -o /dev/null -w '{told}' web")
    assert re.fullmatch(r"200 10\.96\.0\.80:80 1 \d\d+%\n", found)
    assert web.sh(r"curl -s -m 1 -w '%{http_code}\n' shut") == "000\n"
    assert web.sh("curl -s -w '%{nope}' nosuch") == "curl: unknown --write-out variable: 'nope'\n"
    times = web.sh("curl -s -o /dev/null -w '%{time_namelookup} %{time_connect} %{time_total}' web").split()
    assert 0 < float(times[0]) < float(times[1]) < float(times[2]) < 1


def test_head_and_headers(web: Scene) -> None:
    head = web.sh("curl -sI web")
    assert head.startswith("HTTP/1.1 200 OK\r\nServer: kdisco\r\n")
    assert head.endswith("\r\n\r\n")
    body = web.sh("curl -si web")
    assert body.startswith("HTTP/1.1 200 OK\r\n")
    assert LINE.search(body)
    sent = web.sh("curl -sv -A me -H 'X-A: b' -H 'Accept:' -H 'Host: other' -d a=b web").err
    asked = [line[2:].strip() for line in sent.splitlines() if line.startswith("> ")]
    assert asked == ["POST / HTTP/1.1", "Host: other", "User-Agent: me", "X-A: b", "Content-Length: 3",
                     "Content-Type: application/x-www-form-urlencoded", ""]


def test_coredns_answers_as_itself(web: Scene) -> None:
    pod = next(pod.addresses[0] for pod in web.cluster.list("pods", namespace="kube-system") if "coredns" in pod.name)
    assert web.sh(f"curl -s {pod}:8080/health") == web.sh(f"curl -s {pod}:8181/ready") == "OK"
    missing = web.sh(f"curl -sf {pod}:8080/nosuch")
    assert (missing, missing.exit) == ("", 22)


def test_a_kubelet_wants_tls(web: Scene) -> None:
    node = web.cluster.get("node", web.node).internal_ips[0]
    assert web.sh(f"curl -s {node}:10250") == "Client sent an HTTP request to an HTTPS server.\n"
    assert web.sh(f"curl https://{node}:10250").exit == 60
    assert web.sh(f"curl -sk https://{node}:10250") == "Unauthorized"


def test_in_the_own_pod_localhost_answers(web: Scene) -> None:
    name = web.webs[0].name
    found = web.sh("curl -s localhost:8080", pod=name)
    assert found.startswith(f"pod/default/{name} answers on ")


def test_the_world_outside_is_silent_and_says_why(web: Scene) -> None:
    found = web.sh("curl -m 3 203.0.113.7")
    assert found.exit == 28
    assert found.splitlines()[1].startswith("kdisco: the packet has left the cluster")


def test_on_a_node_names_of_the_cluster_are_unknown(web: Scene) -> None:
    assert web.sh("curl web.default.svc.cluster.local", node=web.node).exit == 6
    found = LINE.fullmatch(web.sh("curl -s 10.96.0.80", node=web.node))
    assert found is not None
    node = web.cluster.get("node", web.node)
    own = (each.partition("/")[0] for each in web.cluster.addresses(f"node/{web.node}").split())
    assert found[3] in {*node.internal_ips, *own}


@pytest.mark.parametrize(("ranges", "longest"), [({}, 5), (SIX, 1005)], ids=["IPv4", "IPv6"])
def test_over_ipv6_a_rejected_connection_is_refused_when_the_second_packet_is(
    ranges: dict[str, str], longest: int
) -> None:
    cluster = Cluster(nodes=1, **ranges)
    cluster.apply(ARTICLE)
    cluster.scale("deployment/my-app", 0)
    cluster.settle()
    ip = cluster.get("service", "my-app-svc").spec.cluster_ip
    url = f"http://[{ip}]/" if ranges else f"http://{ip}/"
    told = cluster.sh(f"curl -sS {url}", node="node-1")
    words = re.fullmatch(r"curl: \(7\) Failed to connect to \S+ port 80 after (\d+) ms: Couldn't .*\n", told)
    assert words is not None
    assert longest - 5 <= int(words[1]) <= longest
    assert cluster.sh(f"curl -sS -m 1 {url}", node="node-1").exit == (28 if ranges else 7)


def test_several_urls_are_asked_in_turn(web: Scene) -> None:
    found = web.sh("curl -sv web 10.96.0.80")
    assert len(LINE.findall(found.out)) == 2
    assert "(#1)" in found.err
