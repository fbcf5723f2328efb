"""The exercises of chapter 08: twenty broken clusters. What is wrong with each is injected, and told to nobody."""

from __future__ import annotations

from kdisco.course import mending as mend
from kdisco.course.scenes import application, client, service
from kdisco.course.workbook import Exercise

__all__ = ["EXERCISES"]

MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
SHOP = application("shop") + service("shop", MAPPED)
TOWN = SHOP + client(more="nodeName: node-3")
STRANGER = client("stranger")
NAMESPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: office}}\n---\n"
OFFICE = NAMESPACE + application("desk", 1, namespace="office")
AT_SHOP = {"service": "shop"}
NODE = "kubectl debug node/%s --profile=sysadmin --image=busybox:1.37 -- chroot /host "
RESTART = "kubectl rollout restart deployment/shop"
PATCH = "kubectl patch service shop -p '{\"spec\": %s}'"
PORTS = 'c.patch("service", "shop", {"spec": {"ports": [%s]}})'
IN_TEMPLATE = """
c.patch("deployment", "shop", type="%s", patch=%s)
"""
CONTAINER = '{"name": "web", "readinessProbe": {"httpGet": {"port": 8080}}}'
PROBE = f'{{"spec": {{"template": {{"spec": {{"containers": [{CONTAINER}]}}}}}}}}'
NO_PROBE = '[{"op": "remove", "path": "/spec/template/spec/containers/0/readinessProbe"}]'
OWN_DNS = ('{"spec": {"template": {"spec": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.96.0.10"],'
           ' "searches": ["default.svc.cluster.local"]}}}}}')
POLICY = """
c.apply('''
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ask-the-dns}
spec: {podSelector: {}, policyTypes: [Egress], egress: [RULE]}
''')
"""
BILLING = """
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: billing}
spec: {HEADLESS selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
''')
"""
WRONG_DNS = "sed -i s/10.96.0.11/10.96.0.10/ /var/lib/kubelet/config.yaml && systemctl restart kubelet"
DNS_ANEW = "kubectl rollout restart deployment/coredns -n kube-system"
PROXY_ANEW = "kubectl rollout restart daemonset/kube-proxy -n kube-system"
OPEN_TUNNEL = "iptables -D INPUT -p udp --dport 8472 -s 172.18.0.%d -j DROP"

EXERCISES = (
    Exercise(
        name="08/01", about=(1,), manifests=TOWN, faults=(("wrong-selector", AT_SHOP),), check=mend.answers,
        solution=PATCH % '{"selector": {"app": "shop"}}', wrong=(RESTART, PATCH % '{"selector": {"app": "Shop"}}'),
    ),
    Exercise(
        name="08/02", manifests=TOWN, faults=(("no-endpoints", AT_SHOP),), check=mend.answers,
        solution="kubectl scale deployment/shop --replicas=2", wrong=(RESTART, "kubectl delete service shop"),
    ),
    Exercise(
        name="08/03", about=(3,), manifests=TOWN, faults=(("wrong-target-port", AT_SHOP),), check=mend.answers,
        solution=PORTS % '{"port": 80, "targetPort": 8080}',
        wrong=(PORTS % '{"port": 8080, "targetPort": 8080}', PORTS % '{"port": 80}', RESTART),
    ),
    Exercise(
        name="08/04", manifests=TOWN, faults=(("image-pull-error", AT_SHOP),), check=mend.answers,
        solution="kubectl rollout undo deployment/shop",
        wrong=("kubectl scale deployment/shop --replicas=4", "kubectl delete pods -l app=shop"),
    ),
    Exercise(
        name="08/05", manifests=TOWN, faults=(("crash-loop", AT_SHOP),), check=mend.answers,
        solution="kubectl rollout undo deployment/shop", wrong=(RESTART, "kubectl delete pods -l app=shop"),
    ),
    Exercise(
        name="08/06", about=(2,), manifests=TOWN, faults=(("readiness-failing", AT_SHOP),), check=mend.probes,
        solution=IN_TEMPLATE % ("strategic", PROBE), wrong=(RESTART, IN_TEMPLATE % ("json", NO_PROBE)),
    ),
    Exercise(
        name="08/07", about=(3,), manifests=TOWN, faults=(("named-port-missing", AT_SHOP),), check=mend.answers,
        solution=PORTS % '{"port": 80, "targetPort": "http"}',
        wrong=(PORTS % '{"port": 80, "targetPort": "web"}', PORTS % '{"port": 80, "name": "no-such-port"}'),
    ),
    Exercise(
        name="08/08", about=(9,), manifests=SHOP, check=mend.elsewhere,
        faults=(("wrong-namespace-in-name", AT_SHOP),),
        solution="kubectl set env deployment/shop-client -n elsewhere BACKEND_URL=http://shop.default:80",
        wrong=("kubectl set env deployment/shop-client -n elsewhere BACKEND_URL=http://shop.elsewhere:80",
               "kubectl rollout restart deployment/shop-client -n elsewhere"),
    ),
    Exercise(
        name="08/09", manifests=TOWN + STRANGER, faults=(("network-policy-blocks-port", AT_SHOP),), check=mend.admits,
        solution="kubectl label pod client access=granted",
        wrong=("kubectl delete networkpolicy --all", "kubectl label deployment shop access=granted"),
    ),
    Exercise(
        name="08/10", about=(22,), manifests=TOWN + OFFICE, check=mend.confined,
        faults=(("network-policy-blocks-dns", {}),),
        solution=POLICY.replace("RULE", "{ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]}"),
        wrong=("kubectl delete networkpolicy --all", POLICY.replace("RULE", "{ports: [{protocol: TCP, port: 53}]}")),
    ),
    Exercise(
        name="08/11", about=(11,), manifests=TOWN, check=mend.own_port,
        faults=(("headless-with-port-mapping", AT_SHOP),),
        solution=PORTS % '{"port": 8080, "targetPort": 8080}',
        wrong=(PORTS % '{"port": 80, "targetPort": 80}', RESTART),
    ),
    Exercise(
        name="08/12", about=(20,), manifests=TOWN, faults=(("external-name-to-nowhere", AT_SHOP),), check=mend.answers,
        solution=PATCH % '{"type": "ClusterIP", "externalName": null}',
        wrong=(PATCH % '{"externalName": "shop.default.svc.cluster.local"}', RESTART),
    ),
    Exercise(
        name="08/13", about=(7,), manifests=TOWN, check=mend.doors,
        faults=(("external-traffic-policy-local-without-pod", AT_SHOP),),
        solution=PATCH % '{"externalTrafficPolicy": "Cluster"}',
        wrong=(RESTART, PATCH % '{"internalTrafficPolicy": "Local"}'),
    ),
    Exercise(
        name="08/14", about=(21,), manifests=TOWN, faults=(("coredns-down", {}),), check=mend.answers,
        solution=DNS_ANEW, wrong=(RESTART, PROXY_ANEW),
    ),
    Exercise(
        name="08/15", manifests=TOWN, faults=(("coredns-stale", AT_SHOP),), check=mend.told_alike,
        solution=DNS_ANEW, wrong=(RESTART, PROXY_ANEW),
    ),
    Exercise(
        name="08/16", about=(15,), manifests=TOWN, faults=(("kube-proxy-dead", {**AT_SHOP, "node": "node-3"}),),
        check=mend.answers, solution=PROXY_ANEW, wrong=(RESTART, DNS_ANEW),
    ),
    Exercise(
        name="08/17", settings={"service_cidr": "10.96.0.0/27"}, manifests=TOWN,
        faults=(("service-cidr-exhausted", {}),), check=mend.billing,
        solution='c.delete("service", "filler-0")' + BILLING.replace("HEADLESS ", ""),
        wrong=(BILLING.replace("HEADLESS", "clusterIP: None,"),
               'c.delete("service", "shop")' + BILLING.replace("HEADLESS ", "")),
    ),
    Exercise(
        name="08/18", manifests=application("shop", 3) + service("shop", MAPPED) + client(more="nodeName: node-3"),
        faults=(("vxlan-link-cut", {"node": "node-3", "other": "node-2"}),), check=mend.linked,
        solution=f"{NODE % 'node-2'}{OPEN_TUNNEL % 5}\n{NODE % 'node-3'}{OPEN_TUNNEL % 4}",
        wrong=(PROXY_ANEW, f"{NODE % 'node-2'}{OPEN_TUNNEL % 5}"),
    ),
    Exercise(
        name="08/19", manifests=TOWN, faults=(("wrong-cluster-dns", AT_SHOP),), check=mend.told_where,
        solution="\n".join(f"{NODE % f'node-{number}'}sh -c '{WRONG_DNS}'" for number in (1, 2, 3)) + f"\n{RESTART}",
        wrong=(RESTART, DNS_ANEW, IN_TEMPLATE % ("strategic", OWN_DNS)),
    ),
    Exercise(
        name="08/20", manifests=TOWN, faults=(("conntrack-full", {"node": "node-3"}),), check=mend.answers,
        solution=f"{NODE % 'node-3'}sysctl -w net.netfilter.nf_conntrack_max=131072",
        wrong=(PROXY_ANEW, f"{NODE % 'node-2'}sysctl -w net.netfilter.nf_conntrack_max=131072"),
    ),
)  # fmt: skip
