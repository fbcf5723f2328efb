"""What single pictures must get right: near misses of selectors, modes, steps of rollouts, who lags, cut words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import Cluster, ProxyConfig
from kdisco.examples import ARTICLE, application
from kdisco.model.manifest import to_object
from kdisco.view import dot, measure
from kdisco.view.jumps import real_servers, verdicts
from kdisco.view.lifecycle import transitions
from kdisco.view.nearness import distance, judged
from kdisco.view.rollout import plan
from kdisco.view.timeline import heard
from kdisco.view.watch import watchers

POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {space}, labels: {labels}}}\nspec: {spec}"
ONE = "{containers: [{name: a, image: a, ports: [{containerPort: 8080}]}]}"
UNREADY = "{containers: [{name: a, image: a, readinessProbe: {httpGet: {port: 99}}}]}"


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """my-app with two Pods; Pods beside it that fall short, each in its own way."""
    made = Cluster()
    made.apply(application("my-app"))
    made.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: prod}")
    for name, labels, space, spec in (
        ("typo", "{app: my-ap}", "default", ONE),
        ("capital", "{app: My-App}", "default", ONE),
        ("bare", "{}", "default", ONE),
        ("key", "{ap: my-app}", "default", ONE),
        ("far", "{app: my-app}", "prod", ONE),
        ("late", "{app: my-app}", "default", UNREADY),
        ("other", "{app: database}", "default", ONE),
    ):
        made.apply(POD.format(name=name, labels=labels, space=space, spec=spec))
    return made.settle()


def test_every_near_miss_has_its_reason(cluster: Cluster) -> None:
    found = {each.pod.name: each for each in judged(cluster.state.view, cluster.get("service", "my-app-svc"))}
    reasons = {name: [word for word, _ in found[name].why] for name in found if not name.startswith("my-app-")}
    assert reasons == {
        "typo": ["label letter"],
        "capital": ["label case"],
        "bare": ["label missing"],
        "key": ["key letter"],
        "far": ["other namespace"],
        "late": ["chosen unready"],
        "other": ["label value"],
    }
    assert [name for name, each in found.items() if each.chosen and not name.startswith("my-app-")] == ["late"]
    assert {name for name, each in found.items() if each.rank == 2} == {"typo", "capital", "key", "far"}


def test_matching_labels_are_marked(cluster: Cluster) -> None:
    drawn = cluster.diagram("selector", service="my-app-svc")
    assert drawn.dot.count('class="label ready"') == 4  # two of my-app, late, and the one in another namespace
    assert "app=my-ap: one letter from my-app" in str(drawn)
    assert "+ Pod default/late (app=my-app): selected, but not ready: no traffic yet" in str(drawn)


def test_a_selector_is_of_this_language(cluster: Cluster) -> None:
    assert "与 my-app 差一个字母" in str(cluster.diagram("selector", lang="zh", service="my-app-svc"))


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_one(one: str, two: str, three: str) -> None:
    assert (distance(one, two) == 0) == (one == two)
    assert distance(one, two) == distance(two, one) >= abs(len(one) - len(two))
    assert distance(one, three) <= distance(one, two) + distance(two, three)


@given(st.text(max_size=60), st.floats(20, 200), st.booleans())
@settings(max_examples=80)
def test_what_is_fitted_fits(text: str, room: float, middle: bool) -> None:  # noqa: FBT001 - by Hypothesis
    found = measure.fit(text, room, 9.0, middle=middle)
    assert measure.width(found, 9.0) <= room
    assert found == text or "\u2026" in found


@given(st.text(st.sampled_from("ab服务"), min_size=1, max_size=30), st.integers(3, 20))
def test_what_is_cut_takes_no_more_room(text: str, letters: int) -> None:
    for found in (dot.cut(text, letters), dot.trim(text, letters)):
        assert measure.columns(found) <= letters
        assert found == text or "\u2026" in found


@pytest.fixture(scope="module")
def article() -> Cluster:
    """The article's two applications."""
    made = Cluster()
    made.apply(ARTICLE)
    return made.settle()


def test_the_three_modes_lead_to_the_same_endpoints(article: Cluster) -> None:
    wanted = {f"{pod.addresses[0]}:8080" for pod in article.list("pods", selector="app=your-app", namespace="default")}
    for mode in ("iptables", "nftables", "ipvs"):
        text = str(article.diagram("rules", service="your-app-svc", mode=mode))
        assert {line.rpartition("-> ")[2] for line in text.splitlines() if line.endswith(":8080")} == wanted
    assert "chance 1/2" in str(article.diagram("rules", service="your-app-svc", mode="nftables"))


def test_rules_are_of_the_cluster_s_own_mode() -> None:
    made = Cluster(nodes=1, proxy=ProxyConfig(mode="nftables"))
    made.apply(application("web"))
    assert "(nftables)" in str(made.settle().diagram("rules"))


def test_packets_are_counted_at_rules(article: Cluster) -> None:
    other = article.branch()
    pod = next(each for each in other.list("pods", namespace="default") if each.labels["app"] == "my-app")
    for _ in range(5):
        other.send(f"pod/default/{pod.name}", "your-app-svc")
    text = str(other.diagram("rules", service="your-app-svc", node=pod.spec.node_name))
    assert "KUBE-SERVICES -> KUBE-SVC-" in text
    assert ", 5 packets" in text


def test_verdict_maps_are_read() -> None:
    chain, end = "service-AAAAAAAA-d/s/tcp/http", "endpoint-BBBBBBBB-d/s/tcp/http__10.0.0.2/80"
    text = (
        f"add element ip kube-proxy service-ips {{ 10.96.0.9 . tcp . 80 : goto {chain} }}\n"
        f"add rule ip kube-proxy {chain} ip daddr 10.96.0.9 ip saddr != 10.244.0.0/16 jump mark-for-masquerade\n"
        f"add rule ip kube-proxy {chain} numgen random mod 1 vmap {{ 0 : goto {end} }}\n"
        f"add rule ip kube-proxy {end} meta l4proto tcp dnat to 10.0.0.2:80\n"
    )
    found = [(each.chain, each.to, each.probability) for each in verdicts(text)]
    assert found == [("service-ips", chain, None), (chain, end, Fraction(1)), (end, "10.0.0.2:80", None)]
    assert {each.comment for each in verdicts(text)} == {"d/s:http"}


def test_real_servers_show_their_connections() -> None:
    text = "TCP  10.96.0.9:80 rr\n  -> 10.0.0.2:80                  Masq    1      2          1\n"
    assert [(each.to, each.match) for each in real_servers(text, {"10.96.0.9": "d/s"})] == [
        ("TCP 10.96.0.9:80", "rr"), ("10.0.0.2:80", "2 + 1"),
    ]  # fmt: skip


def test_iptables_visits_more_rules_the_more_services_there_are(article: Cluster) -> None:
    other = article.branch()
    few = str(other.diagram("modes", service="your-app-svc"))
    for number in range(20):
        other.apply(
            f"apiVersion: v1\nkind: Service\nmetadata: {{name: a{number}}}\n"
            "spec: {selector: {app: my-app}, ports: [{port: 80}]}"
        )
    many = str(other.settle().diagram("modes", service="your-app-svc"))
    counts = [[int(line.split(";")[2].split()[0]) for line in text.splitlines() if "rules visited" in line]
              for text in (few, many)]  # fmt: skip
    assert counts[1][0] - counts[0][0] in (19, 20, 21), "a rule for each Service; which endpoint is chosen is chance"
    assert counts[1][1:] == counts[0][1:]


def spec(replicas: int, surge: str | int, unavailable: str | int) -> object:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    return to_object({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}},
    }).spec  # type: ignore[attr-defined]  # fmt: skip


@given(st.integers(1, 12), st.integers(0, 4), st.integers(0, 4))
@settings(max_examples=60)
def test_a_planned_rollout_keeps_its_bounds_and_ends(replicas: int, surge: int, unavailable: int) -> None:
    steps = plan(spec(replicas, surge, unavailable), replicas)  # type: ignore[arg-type]
    least = replicas - min(max(unavailable, int(surge == 0)), replicas)
    assert all(old + new <= replicas + surge for old, new, _ in steps)
    assert all(old + ready >= least for old, _, ready in steps)
    assert len(steps) == 30 or steps[-1] == (0, replicas, replicas)


def test_a_rollout_passes_only_through_planned_steps(article: Cluster) -> None:
    other = article.branch()
    body = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}}}}
    other.patch("deployment", "my-app", body, type="strategic")
    seen = set()
    while other.step():
        text = str(other.diagram("rollout", deployment="my-app"))
        seen |= {line for line in text.splitlines() if line.endswith("<- now")}
        assert "between two steps" not in text
    assert len(seen) == 7


def test_who_was_cut_off_lags(article: Cluster) -> None:
    other = article.branch()
    other.hold("kube-proxy@node-2")
    other.scale("deployment/my-app", 3)
    other.settle()
    found = {each.name: each for each in watchers(other.state)}
    assert [name for name, each in found.items() if each.lags] == ["kube-proxy@node-2"]
    assert found["kube-proxy@node-2"].unheard == {"endpointslices": 1}
    assert "kube-proxy@node-2: view" in str(other.diagram("watch"))
    last = heard(other.state, other.history)[-1]
    assert last.when["kube-proxy@node-2"] is None
    assert 0 < (last.when["kube-proxy@node-1"] or 0) - last.written < 2


def test_the_model_lives_through_every_state() -> None:
    moves = {(before, after) for before, after, _ in transitions()}
    assert moves >= {
        ("none", "Pending"), ("Pending", "ContainerCreating"), ("ContainerCreating", "Running"),
        ("Running, not ready", "Running"), ("Running", "Error"), ("Error", "CrashLoopBackOff"),
        ("ErrImagePull", "ImagePullBackOff"), ("Running", "Completed"), ("Terminating", "gone"),
    }  # fmt: skip


def test_a_journey_that_ends_badly_says_where(article: Cluster) -> None:
    other = article.branch()
    assert "EAI_NONAME" in str(other.diagram("journey", name="nobody"))
    other.scale("deployment/your-app", 0)
    assert "ends: REJECT" in str(other.settle().diagram("journey", name="your-app-svc"))


def test_what_changed_since_is_new_or_gone(article: Cluster) -> None:
    other, since = article.branch(), article.revision
    other.delete("pod", next(each.name for each in other.list("pods", selector="app=my-app", namespace="default")))
    text = str(other.settle().diagram("service", service="my-app-svc", since=since))
    assert text.count(" gone") == text.count("ready, new") == 1


def test_a_service_that_nobody_has_heard_of_has_no_record(article: Cluster) -> None:
    other = article.branch()
    other.apply("apiVersion: v1\nkind: Service\nmetadata: {name: fresh}\nspec: {ports: [{port: 80}]}")
    assert "fresh.default.svc.cluster.local no record: CoreDNS has not heard" in str(other.diagram("records"))
