"""The add-ons that kubeadm installs, as far as discovery needs them. Upstream: cmd/kubeadm/app/phases/addons."""

from __future__ import annotations

__all__ = ["COREDNS", "KUBE_DNS", "KUBE_PROXY"]

KUBE_DNS = """\
apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
  labels: {{k8s-app: kube-dns, kubernetes.io/cluster-service: "true", kubernetes.io/name: CoreDNS}}
  annotations: {{prometheus.io/port: "9153", prometheus.io/scrape: "true"}}
spec:
  clusterIP: {dns}
  selector: {{k8s-app: kube-dns}}
  ports:
  - {{name: dns, port: 53, protocol: UDP, targetPort: 53}}
  - {{name: dns-tcp, port: 53, protocol: TCP, targetPort: 53}}
  - {{name: metrics, port: 9153, protocol: TCP, targetPort: 9153}}
"""

COREDNS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: coredns
  namespace: kube-system
  labels: {{k8s-app: kube-dns}}
spec:
  replicas: 2
  strategy: {{type: RollingUpdate, rollingUpdate: {{maxUnavailable: 1}}}}
  selector: {{matchLabels: {{k8s-app: kube-dns}}}}
  template:
    metadata: {{labels: {{k8s-app: kube-dns}}}}
    spec:
      dnsPolicy: Default
      serviceAccountName: coredns
      containers:
      - name: coredns
        image: registry.k8s.io/coredns/coredns:v1.14.0
        args: [-conf, /etc/coredns/Corefile]
        ports:
        - {{name: dns, containerPort: 53, protocol: UDP}}
        - {{name: dns-tcp, containerPort: 53, protocol: TCP}}
        - {{name: metrics, containerPort: 9153, protocol: TCP}}
        - {{name: liveness-probe, containerPort: 8080, protocol: TCP}}
        - {{name: readiness-probe, containerPort: 8181, protocol: TCP}}
        livenessProbe: {{httpGet: {{path: /health, port: liveness-probe}}, timeoutSeconds: 5, failureThreshold: 5}}
        readinessProbe: {{httpGet: {{path: /ready, port: readiness-probe}}}}
"""

KUBE_PROXY = """\
apiVersion: v1
kind: Pod
metadata:
  generateName: kube-proxy-
  namespace: kube-system
  labels: {{k8s-app: kube-proxy}}
spec:
  nodeName: {node}
  hostNetwork: true
  serviceAccountName: kube-proxy
  containers:
  - name: kube-proxy
    image: registry.k8s.io/kube-proxy:{version}
    command: [/usr/local/bin/kube-proxy, --config=/var/lib/kube-proxy/config.conf]
"""
