# A node between a client (10.61.0.50) and a server (10.61.1.5), with one Service at 10.111.4.20, masqueraded from
# the node's side; connections in each state are made, then the node's `conntrack -L` is printed.
set -e
ip link set lo up
unshare -n sleep 60 >/dev/null 2>&1 & client=$!
unshare -n sleep 60 >/dev/null 2>&1 & server=$!
trap 'kill $client $server $serving' EXIT
for who in $client $server; do
  until [ "$(readlink /proc/$who/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
done
within() { who=$1; shift; nsenter -t $who -n "$@"; }
ip link add left type veth peer name eth0 netns $client
ip link add right type veth peer name eth0 netns $server
ip addr add 10.61.0.1/24 dev left; ip addr add 10.61.1.1/24 dev right; ip link set left up; ip link set right up
for row in "$client 10.61.0.50 10.61.0.1" "$server 10.61.1.5 10.61.1.1"; do
  set -- $row
  within $1 ip link set lo up; within $1 ip addr add $2/24 dev eth0; within $1 ip link set eth0 up
  within $1 ip route add default via $3
done
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 86400 > /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established
iptables-restore <<RULES
*nat
-A PREROUTING -d 10.111.4.20 -p tcp --dport 80 -j DNAT --to-destination 10.61.1.5:8080
-A PREROUTING -d 10.111.4.20 -p udp --dport 53 -j DNAT --to-destination 10.61.1.5:5353
-A POSTROUTING -p tcp --dport 8080 --sport 40004 -j MASQUERADE
COMMIT
RULES
within $server iptables -A INPUT -p tcp --dport 9 -j DROP
nsenter -t $server -n python3 -c '
import select, socket
tcp = socket.create_server(("0.0.0.0", 8080))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 5353))
kept = []
while True:
    for ready in select.select([tcp, udp, *kept], [], [])[0]:
        if ready is tcp:
            kept.append(tcp.accept()[0])
        elif ready is udp:
            data, who = udp.recvfrom(99)
            if data != b"hush":
                udp.sendto(data, who)
        else:
            try:
                gone = not ready.recv(99)
            except ConnectionResetError:
                gone = True
            if gone:
                kept.remove(ready)
                ready.close()
' >/dev/null 2>&1 &
serving=$!
until within $server ss -Hltn | grep -q 8080; do sleep 0.02; done
within $client python3 -c '
import socket, struct, time
VIP = "10.111.4.20"
def tcp(sport, to=(VIP, 80)):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("10.61.0.50", sport))
    made.settimeout(1)
    made.connect(to)
    return made
def udp(sport, data=b"x", to=(VIP, 53)):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("10.61.0.50", sport))
    made.settimeout(1)
    made.sendto(data, to)
    if data != b"hush":
        made.recv(9)
    return made
stream = udp(40012)
time.sleep(2.5)
stream.sendto(b"x", (VIP, 53)); stream.recv(9)
stays = [tcp(40001), tcp(40004), udp(40010), udp(40011, b"hush")]
tcp(40002).close()
reset = tcp(40003)
reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
reset.close()
silent = socket.socket()
silent.setblocking(False)
silent.bind(("10.61.0.50", 40005))
silent.connect_ex(("10.61.1.5", 9))
refused = socket.socket()
refused.bind(("10.61.0.50", 40006))
assert refused.connect_ex(("10.61.1.5", 7)) == 111
ping = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
ping.sendto(struct.pack("!BBHHH", 8, 0, 0xFFFF - 0x0800 - 77 - 1, 77, 1), ("10.61.1.5", 0))
ping.recv(99)
time.sleep(0.3)
print("made", flush=True)
time.sleep(2)
' | { read -r line; conntrack -L 2>/dev/null; }
