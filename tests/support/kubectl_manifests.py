"""What stories of kubectl feed to ``-f -``, by name: good manifests, and bad ones of every sort."""

from __future__ import annotations

__all__ = ["MANIFESTS"]


def _service(name: str, port: str = "port: 80", spec: str = "", more: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{more}}}\nspec: {{{spec}ports: [{{{port}}}]}}\n"
    )


def _config(name: str, more: str = "") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{more}}}\ndata: {{a: b}}\n"


def _deployment(label: str = "d", image: str = "nginx", replicas: int = 1) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: d, labels: {{app: {label}}}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {label}}}}}
  template:
    metadata: {{labels: {{app: {label}}}}}
    spec: {{containers: [{{name: c, image: '{image}', ports: [{{containerPort: 80}}]}}]}}
"""


def _stream(*documents: str) -> str:
    return "---\n".join(documents)


NOSUCH, NO_KIND = "apiVersion: v1\nkind: Nosuch\nmetadata: {name: x}\n", "metadata: {name: x}\n"
INVALID, UNKNOWN = "port: 0, targetPort: 1", "port: 80, tragetPort: 5"
MANIFESTS = {
    **{name: _service(name) for name in ("s", "s22", "s33", "s55", "s66", "s77")},
    "s-default": _service("s", more=", namespace: default"),
    "s-nosuch": _service("s", more=", namespace: nosuch"),
    "s-changed": _service("s", "port: 81", more=", labels: {a: b}"),
    "s-immutable": _service("s", spec="clusterIP: 10.96.9.9, "),
    "s-stale": _service("s", more=", resourceVersion: '1'"),
    "web": _service("web", "name: http, port: 80"),
    "unknown-field": _service("uf", UNKNOWN),
    "unknown-field2": _service("uf2", UNKNOWN),
    "unknown-field3": _service("uf3", UNKNOWN),
    "invalid": _service("inv", INVALID),
    "two-invalid": _stream(_service("i1", "port: 0"), _service("i2", INVALID)),
    "second-invalid": _stream(_service("tb1"), _service("tb2", "port: 0"), _service("tb3")),
    "no-kind": NO_KIND,
    "second-kindless": _stream(_config("n1"), NO_KIND, _config("n3")),
    "second-unknown": _stream(_service("s"), NOSUCH),
    "first-unknown": _stream(NOSUCH, _config("k1")),
    "second-unreadable": _stream(_config("b1"), "{a: b: c\n", _config("b3")),
    "empty": "",
    "not-yaml": "a: b: c\n",
    "nameless": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\ndata: {a: b}\n",
    "generated": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}\ndata: {a: b}\n",
    "deploy": _deployment(),
    "deploy-changed": _deployment(image="nginx:2", replicas=2),
    "deploy-selector": _deployment(label="e"),
    "two": _stream(_service("two", more=", labels: {app: two}"), _config("two")),
    "two-spaces": _stream(_config("m1", ", namespace: default"), _config("m2")),
    "ns": "apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n",
    "ssa": _service("ssa", spec="selector: {a: b}, "),
    "ssa-changed": _service("ssa", spec="selector: {a: c}, "),
}
