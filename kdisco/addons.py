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
        volumeMounts: [{{name: config-volume, mountPath: /etc/coredns, readOnly: true}}]
        ports:
        - {{name: dns, containerPort: 53, protocol: UDP}}
        - {{name: dns-tcp, containerPort: 53, protocol: TCP}}
        - {{name: metrics, containerPort: 9153, protocol: TCP}}
        - {{name: liveness-probe, containerPort: 8080, protocol: TCP}}
        - {{name: readiness-probe, containerPort: 8181, protocol: TCP}}
        livenessProbe: {{httpGet: {{path: /health, port: liveness-probe}}, timeoutSeconds: 5, failureThreshold: 5}}
        readinessProbe: {{httpGet: {{path: /ready, port: readiness-probe}}}}
      volumes:
      - {{name: config-volume, configMap: {{name: coredns, items: [{{key: Corefile, path: Corefile}}]}}}}
"""

KUBE_PROXY = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: kube-proxy
  namespace: kube-system
  labels: {{k8s-app: kube-proxy}}
spec:
  selector: {{matchLabels: {{k8s-app: kube-proxy}}}}
  updateStrategy: {{type: RollingUpdate}}
  template:
    metadata: {{labels: {{k8s-app: kube-proxy}}}}
    spec:
      priorityClassName: system-node-critical
      hostNetwork: true
      serviceAccountName: kube-proxy
      nodeSelector: {{kubernetes.io/os: linux}}
      tolerations: [{{operator: Exists}}]
      containers:
      - name: kube-proxy
        image: registry.k8s.io/kube-proxy:{version}
        imagePullPolicy: IfNotPresent
        command:
        - /usr/local/bin/kube-proxy
        - --config=/var/lib/kube-proxy/config.conf
        - --hostname-override=$(NODE_NAME)
        env: [{{name: NODE_NAME, valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}}}]
        securityContext: {{privileged: true}}
        volumeMounts:
        - {{name: kube-proxy, mountPath: /var/lib/kube-proxy}}
        - {{name: xtables-lock, mountPath: /run/xtables.lock}}
        - {{name: lib-modules, mountPath: /lib/modules, readOnly: true}}
      volumes:
      - {{name: kube-proxy, configMap: {{name: kube-proxy}}}}
      - {{name: xtables-lock, hostPath: {{path: /run/xtables.lock, type: FileOrCreate}}}}
      - {{name: lib-modules, hostPath: {{path: /lib/modules}}}}
"""
