"""What a hand on a node's machine changes there: a machine that is switched off runs nothing any more."""

from __future__ import annotations

from attrs import evolve

from kdisco.store.events import Operate
from kdisco.store.state import Process
from kdisco.store.transaction import Transaction

__all__ = ["POWER_LOSS", "operate"]

POWER_LOSS = 255  # exit status that a kubelet finds of a container of which nobody knows how it ended


def operate(txn: Transaction, event: Operate) -> None:
    """Set what is out of the ordinary with the machines; the containers of one that goes off end at once."""
    before = txn.hosts
    txn.hosts, txn.faults = event.hosts, event.faults
    txn.conntrack = txn.conntrack.merged(event.conntrack)
    off = {name for name, host in event.hosts.items() if host.down and not (name in before and before[name].down)}
    if not off:
        return
    for key, box in txn.sandboxes.items():
        if box.node in off:
            ended = tuple(_over(txn, each) for each in box.processes)
            txn.sandboxes = txn.sandboxes.set(key, evolve(box, processes=ended))
    txn.conntrack = txn.conntrack.without(*(name for name in off if name in txn.conntrack))


def _over(txn: Transaction, process: Process) -> Process:
    """A process after the power went; with nobody who looks, it counts as ready until its kubelet is back."""
    return evolve(process, ended=txn.now, code=POWER_LOSS, ready=False, up=None) if process.running else process
