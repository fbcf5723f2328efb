"""Services that do not answer, each broken in one way: manifests as people write them."""

from __future__ import annotations

from attrs import frozen

__all__ = ["BROKEN", "Broken", "application"]


def application(  # noqa: PLR0913 - each part of the manifests can be another
    *,
    labels: str = "app: web",
    selector: str = "app: web",
    port: str = "port: 80, targetPort: 8080",
    declares: str = "{containerPort: 8080}",
    meta: str = "",
    container: str = "",
    pod: str = "",
    service: str = "",
    namespace: str = "default",
    image: str = "nginx:1.27",
    replicas: int = 2,
) -> str:
    """A Deployment and its Service, both named web; what is given goes into their parts as it is."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {namespace}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{{labels}}}}}
  template:
    metadata: {{labels: {{{labels}}}{meta}}}
    spec: {{containers: [{{name: web, image: "{image}", ports: [{declares}]{container}}}]{pod}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{{selector}}}, ports: [{{{port}}}]{service}}}
"""


def _policy(spec: str) -> str:
    return f"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: strict}}\nspec: {{{spec}}}\n"


def _alias(target: str) -> str:
    spec = f"{{type: ExternalName, externalName: {target}}}"
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n"


def _by_hand(labels: str, port: str, more: str = "") -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, labels: {{{labels}}}}}
addressType: IPv4
ports: [{port}]
endpoints: [{{addresses: [203.0.113.8]{more}}}]
"""


def _client(space: str, variable: str) -> str:
    return f"""---
apiVersion: v1
kind: Pod
metadata: {{name: client, namespace: {space}}}
spec: {{containers: [{{name: main, image: busybox, env: [{variable}]}}]}}
"""


@frozen
class Broken:
    """Manifests, the code of the cause, the object to be mended first, words of the evidence.

    ``heals``: its remedy mends it all by itself; ``live``: only a cluster that lives shows it, not manifests alone.
    """

    text: str
    code: str
    about: str
    shows: str
    heals: bool = True
    live: bool = False


WEB, DEPLOYMENT = "service/default/web", "deployment/default/web"
SLICE = "kubernetes.io/service-name: web"
READY = ", readinessProbe: {{{}}}"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: main, image: nginx, ports: [{containerPort: 80}]%s}]%s}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: %s}, ports: [{port: 80}]}
"""
BROKEN = {
    "a typo in the selector": Broken(application(selector="app: wbe"), "wrong-selector", WEB, "app=wbe"),
    "a typo in a selector's key": Broken(application(selector="aap: web"), "wrong-selector", WEB, "aap=web"),
    "a selector with a label too many": Broken(
        application(selector="app: web, tier: front"), "wrong-selector", WEB, "tier=front"
    ),
    "a selector in other letters": Broken(application(selector="app: Web"), "wrong-selector", WEB, "app=Web"),
    "a selector with a hash of the past": Broken(
        application(selector="app: web, pod-template-hash: abc123"), "wrong-selector", WEB, "pod-template-hash=abc123"
    ),
    "a selector for something else": Broken(
        application(labels="run: nginx", selector="app: backend"), "wrong-selector", WEB, "run=nginx"
    ),
    "a selector that misses a Pod": Broken(POD % ("", "", "wen"), "wrong-selector", WEB, "app=wen"),
    "Pods in another namespace": Broken(application(namespace="shop"), "wrong-namespace", WEB, "deployment/shop/web"),
    "no replicas": Broken(application(replicas=0), "no-endpoints", DEPLOYMENT, "spec.replicas 0"),
    "no selector": Broken(application(selector=""), "no-endpoints", WEB, "spec.selector is not set"),
    "a targetPort of nobody": Broken(
        application(port="port: 80, targetPort: 9090"), "wrong-target-port", WEB, "targetPort 9090"
    ),
    "a targetPort left out": Broken(application(port="port: 80"), "wrong-target-port", WEB, "8080/TCP"),
    "a container that declares no port": Broken(
        application(declares=""), "wrong-target-port", WEB, "none", live=True
    ),
    "a named port that is not there": Broken(
        application(port="port: 80, targetPort: http", declares="{name: web, containerPort: 8080}"),
        "named-port-missing", WEB, "web=8080/TCP",
    ),
    "a named port of another protocol": Broken(
        application(port="port: 53, targetPort: dns, protocol: UDP", declares="{name: dns, containerPort: 53}"),
        "named-port-missing", WEB, "dns=53/TCP", heals=False,
    ),
    "UDP to a TCP port": Broken(
        application(port="port: 80, targetPort: 8080, protocol: UDP"), "wrong-protocol", WEB, "protocol UDP"
    ),
    "a program on 127.0.0.1": Broken(
        application(meta=', annotations: {kdisco.dev/listens: "127.0.0.1:8080/tcp"}'), "listens-on-localhost", WEB,
        "127.0.0.1:8080/tcp",
    ),
    "a program on another port": Broken(
        application(meta=', annotations: {kdisco.dev/listens: "9090/tcp"}'), "container-not-listening", WEB, "9090/tcp"
    ),
    "a readiness probe of nobody's port": Broken(
        application(container=READY.format("httpGet: {path: /ready, port: 9999}")), "readiness-failing", DEPLOYMENT,
        "readinessProbe httpGet /ready on port 9999",
    ),
    "a readiness command that fails": Broken(
        application(container=READY.format('exec: {command: ["false"]}')), "readiness-failing", DEPLOYMENT, "exec false"
    ),
    "a startup probe that fails": Broken(
        application(container=", startupProbe: {tcpSocket: {port: 9999}}"), "startup-failing", DEPLOYMENT,
        "startupProbe tcpSocket on port 9999",
    ),
    "a liveness probe that fails": Broken(
        application(container=", livenessProbe: {tcpSocket: {port: 9999}}"), "liveness-failing", DEPLOYMENT,
        "livenessProbe tcpSocket on port 9999",
    ),
    "a closed readiness gate": Broken(
        application(pod=", readinessGates: [{conditionType: example.com/lb}]"), "readiness-gate-closed", DEPLOYMENT,
        "example.com/lb",
    ),
    "a crash loop": Broken(
        application(container=', command: ["sh", "-c", "sleep 1; exit 3"]'), "crash-loop", DEPLOYMENT, "exitCode 3"
    ),
    "an init container that fails": Broken(
        application(pod=', initContainers: [{name: wait, image: busybox, command: ["false"]}]'),
        "init-container-failing", DEPLOYMENT, "wait",
    ),
    "an image of nobody": Broken(
        application(image="registry.invalid/nginx:1.27"), "image-pull-error", DEPLOYMENT, "ImagePullBackOff"
    ),
    "a node that there is not": Broken(
        application(pod=", nodeSelector: {disk: ssd}"), "pod-unschedulable", DEPLOYMENT,
        "didn't match Pod's node affinity/selector", live=True,
    ),
    "a Pod that has ended": Broken(
        POD % (', command: ["true"]', ", restartPolicy: Never", "web"), "pod-finished", "pod/default/web", "Succeeded",
        heals=False,
    ),
    "headless with a port mapping": Broken(
        application(service=", clusterIP: None"), "headless-with-port-mapping", WEB, "spec.clusterIP None"
    ),
    "a selector that finds strangers": Broken(
        application(labels="app: web, tier: back", selector="tier: back")
        + "---\n"
        + application(labels="app: db, tier: back", declares="{containerPort: 5432}").split("---")[0]
        .replace("{name: web, namespace", "{name: db, namespace"),
        "selector-too-wide", WEB, "tier=back",
    ),
    "an alias for a Service that is not there": Broken(
        _alias("web.prod.svc.cluster.local"), "external-name-to-nowhere", WEB, "web.prod.svc.cluster.local", heals=False
    ),
    "an alias for an address": Broken(_alias("203.0.113.9"), "external-name-to-nowhere", WEB, "203.0.113.9"),
    "a slice whose port has another name": Broken(
        _by_hand(SLICE, "{name: http, port: 8080, protocol: TCP}"), "slice-port-mismatch",
        "endpointslice/default/web-1", "'http'/TCP",
    ),
    "a slice of no Service": Broken(
        _by_hand("", "{name: '', port: 8080, protocol: TCP}"), "orphan-slice", "endpointslice/default/web-1", "not set"
    ),
    "a slice of endpoints that are not ready": Broken(
        _by_hand(SLICE, "{name: '', port: 8080, protocol: TCP}", ", conditions: {ready: false, serving: false}"),
        "no-endpoints", "endpointslice/default/web-1", "conditions.ready false",
    ),
    "a policy without DNS": Broken(
        application() + _policy("podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]"),
        "network-policy-blocks-dns", "networkpolicy/default/strict", "spec.egress",
    ),
    "a policy for the Service's port": Broken(
        application() + _policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]"), "network-policy-blocks-port",
        "networkpolicy/default/strict", "8080/tcp",
    ),
    "a policy for clients that there are not": Broken(
        application() + _policy("podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: "
                                "{matchLabels: {role: client}}}]}]"),
        "network-policy-blocks-port", "networkpolicy/default/strict", "spec.ingress",
    ),
    "a policy against everything": Broken(
        application() + _policy("podSelector: {}, policyTypes: [Ingress, Egress]"), "network-policy-blocks-port",
        "networkpolicy/default/strict", "strict isolates it",
    ),
    "internal traffic that stays on its node": Broken(
        application(service=", internalTrafficPolicy: Local", replicas=1), "internal-traffic-policy-local-without-pod",
        WEB, "ends with DROP",
    ),
    "outside traffic that stays on its node": Broken(
        application(service=", type: NodePort, externalTrafficPolicy: Local", replicas=1),
        "external-traffic-policy-local-without-pod", WEB, "no local endpoint", live=True,
    ),
    "a load balancer of nobody": Broken(
        application(service=", type: LoadBalancer"), "load-balancer-pending", WEB, "status.loadBalancer", live=True
    ),
    "a client that asks for another port": Broken(
        application() + _client("default", "{name: WEB_URL, value: 'http://web:8080/x'}"), "client-names-wrong-port",
        "pod/default/client", "http://web:8080/x",
    ),
    "a client elsewhere that uses the short name": Broken(
        application() + _client("kube-public", "{name: WEB_HOST, value: web}"), "wrong-namespace-in-name",
        "pod/kube-public/client", "no Service web in namespace kube-public",
    ),
}  # fmt: skip
