# One node in network namespaces: two Pods (10.61.0.5 and .50), a machine outside, nft's rules from the first argument.
# Reads lines "WHO SOURCE TO PORT PROTOCOL" and answers each with who replied, "refused" or "silence".
set -e
ip link set lo up
unshare -n sleep 120 & pod=$!
unshare -n sleep 120 & client=$!
unshare -n sleep 120 & outside=$!
trap 'kill $(jobs -p) 2>/dev/null' EXIT
for who in $pod $client $outside; do
  until [ "$(readlink /proc/$who/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
done
within() { nsenter -t "$1" -n sh -c "$2"; }
ip link add cni0 type veth peer name eth0 netns $pod
ip link add veth1 type veth peer name eth0 netns $client
ip link set veth1 up; ip route add 10.61.0.50/32 dev veth1
ip link add up0 type veth peer name eth0 netns $outside
ip addr add 10.61.0.1/24 dev cni0; ip link set cni0 up
ip addr add 192.0.2.11/24 dev up0; ip addr add 192.0.2.99/24 dev up0; ip link set up0 up
within $pod 'ip link set lo up; ip addr add 10.61.0.5/32 dev eth0; ip link set eth0 up
  ip route add default via 10.61.0.1 dev eth0 onlink'
within $client 'ip link set lo up; ip addr add 10.61.0.50/32 dev eth0; ip link set eth0 up
  ip route add default via 10.61.0.1 dev eth0 onlink'
within $outside 'ip link set lo up; ip addr add 192.0.2.77/24 dev eth0; ip addr add 198.51.100.7/32 dev eth0
  ip link set eth0 up; ip route add default via 192.0.2.11'
ip route add default via 192.0.2.77
cd /proc/sys/net/ipv4
echo 1 > ip_forward
echo 0 > icmp_ratelimit
for device in all up0; do echo 0 > conf/$device/send_redirects; done
cd /
nft -f "$1"
here=$$
for who in $pod $here; do
  nsenter -t $who -n python3 -c '
import socket, sys, threading
def serve(port):
    with socket.create_server(("0.0.0.0", port)) as server:
        while True:
            with server.accept()[0] as found:
                found.sendall(sys.argv[1].encode())
for port in sys.argv[2:]:
    threading.Thread(target=serve, args=(int(port),)).start()
' "$([ $who = $here ] && echo node || echo endpoint)" $([ $who = $here ] && echo 30081 30082 || echo 8080) &
done
until ss -Hltn | grep -q 30082 && nsenter -t $pod -n ss -Hltn | grep -q 8080; do sleep 0.02; done
while read -r who source to port protocol; do
  case $who in pod) at=$client ;; outside) at=$outside ;; *) at=$here ;; esac
  nsenter -t $at -n python3 -c '
import socket, sys
source, to, port, protocol = sys.argv[1:]
kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
with socket.socket(socket.AF_INET, kind) as asking:
    asking.settimeout(0.5)
    try:
        asking.bind((source, 0))
        asking.connect((to, int(port)))
        if protocol == "udp":
            asking.send(b"?")
        print(asking.recv(9).decode())
    except ConnectionRefusedError:
        print("refused")
    except TimeoutError:
        print("silence")
' "$source" "$to" "$port" "$protocol"
done
