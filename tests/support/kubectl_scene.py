"""A cluster with something of every kind, for kubectl to show."""

from __future__ import annotations

from functools import cache

from kdisco import Cluster

__all__ = ["MANIFESTS", "scene"]

MANIFESTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {note: x}}
    spec:
      initContainers: [{name: init, image: busybox, command: [sh, -c, "true"]}]
      containers:
      - name: nginx
        image: nginx:1.27
        ports: [{containerPort: 8080, name: http}, {containerPort: 53, protocol: UDP}]
        env:
        - {name: A, value: b}
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: CM, valueFrom: {configMapKeyRef: {name: cm, key: a}}}
        envFrom: [{configMapRef: {name: cm}}]
        args: [a, "b c"]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
        volumeMounts: [{name: v, mountPath: /v, readOnly: true}, {name: cfg, mountPath: /cfg, subPath: x}]
        readinessProbe: {httpGet: {path: /ok, port: http}, periodSeconds: 5}
        livenessProbe: {tcpSocket: {port: 8080}, initialDelaySeconds: 3}
      volumes:
      - {name: v, emptyDir: {}}
      - {name: cfg, configMap: {name: cm, optional: true}}
      - {name: h, hostPath: {path: /h}}
      nodeSelector: {kubernetes.io/os: linux}
      tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {a: "1", b.txt: "line1\\nline2\\n"}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {example.com/note: long}}
spec:
  selector: {app: web}
  type: NodePort
  sessionAffinity: ClientIP
  externalTrafficPolicy: Local
  ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 53, protocol: UDP, targetPort: 53}]
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {selector: {app: web}, clusterIP: None, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: ext}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: lb}
spec: {type: LoadBalancer, selector: {app: none}, ports: [{port: 80}], loadBalancerSourceRanges: [10.0.0.0/8]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: headless
  replicas: 2
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: redis}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: agent}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: crash, annotations: {kdisco.dev/crashes: "after 2s exit 3"}}
spec: {containers: [{name: c, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pending}
spec: {containers: [{name: c, image: nginx}], nodeSelector: {no: where}, readinessGates: [{conditionType: foo/bar}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: some}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {matchLabels: {a: b}}
    - namespaceSelector: {}
    - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
    ports: [{port: 80}, {port: 100, endPort: 200}]
  egress: [{}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: ["", apps], resources: [pods, deployments/scale], verbs: [get, list]}
- {apiGroups: [""], resources: [configmaps], resourceNames: [cm], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}
- {kind: ServiceAccount, name: default, namespace: default}
"""


@cache
def _settled() -> Cluster:
    cluster = Cluster(nodes=2)
    cluster.apply(MANIFESTS)
    return cluster.settle()


def scene() -> Cluster:
    """A cluster of one's own."""
    return _settled().branch()
