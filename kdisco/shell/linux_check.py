"""Random flows in model and kernel: what differs is told, flow by flow."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.meter import counted
from kdisco.shell.linux_build import Built, check_needs
from kdisco.shell.linux_flow import Flow, Result, asked, expected, judged
from kdisco.shell.linux_listen import Answering
from kdisco.shell.linux_plan import planned
from kdisco.shell.linux_random import random_cluster, random_flows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kdisco.cluster import Cluster
    from kdisco.store.state import State

__all__ = ["Difference", "check", "compared"]

AT_ONCE = 50  # flows in one cluster, side by side
IN_WORDS = {"REJECT": "refused", "DROP": "silence"}


@frozen
class Difference:
    """A flow that ends otherwise in the kernel than in the model."""

    flow: Flow
    kernel: Result
    model: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.flow}\n  kernel: {self.kernel}\n  model:  {'; or '.join(self.model)}"


def check(flows: int, seed: int, mode: str, write: Callable[[str], object]) -> int:
    """Compare so many flows in clusters that follow from ``seed``; gives the exit code, 1 where anything differs."""
    check_needs()
    done = wrong = clusters = 0
    with counted("check", flows) as count:
        while done < flows:
            dice = Random(f"{seed}/{clusters}")  # noqa: S311 - repeatable, that is the point
            cluster = random_cluster(dice, mode)
            drawn = random_flows(dice, cluster, min(AT_ONCE, flows - done))
            for difference in compared(cluster, drawn):
                wrong += 1
                write(f"cluster {clusters} of seed {seed}, {mode}: {difference}\n")
            done, clusters = done + len(drawn), clusters + 1
            count(len(drawn))
    write(f"kube-proxy in {mode} mode: flows {done}, clusters {clusters}, differences {wrong}\n")
    return int(bool(wrong))


def compared(cluster: Cluster, flows: Sequence[Flow]) -> list[Difference]:
    """Build a cluster, send the flows in its kernel and in its model, and take it down again."""
    spaces = planned(cluster.state)
    with Built(spaces) as built, Answering(cluster, spaces, built):
        results = asyncio.run(_all(built, flows))
        found = [_judged(cluster.state, flow, result) for flow, result in zip(flows, results, strict=True)]
        for at, each in enumerate(found):
            if each is not None and each.kernel.how == "silence":
                # a kernel says only so often in a second that no route leads there: who heard nothing asks again, alone
                found[at] = _judged(cluster.state, each.flow, asyncio.run(asked(built, each.flow)))
    return [each for each in found if each]


async def _all(built: Built, flows: Sequence[Flow]) -> list[Result]:
    return await asyncio.gather(*(asked(built, flow) for flow in flows))


def _judged(state: State, flow: Flow, kernel: Result) -> Difference | None:
    """None where the kernel did what the model can do, traced and by its fates."""
    ways: dict[Result, None] = {}
    for way in expected(state, flow):
        ways[way] = None
        if way == kernel:
            break
    fates = judged(state, flow)
    words = {IN_WORDS.get(fate.verdict, fate.endpoint or "") for fate in fates}
    told = tuple(f"fate {fate.verdict} {fate.endpoint or ''}".strip() for fate in fates)
    differs = kernel not in ways or bool(words - {""} and not words & {kernel.how, kernel.endpoint})
    sent = any(fate.verdict == "DNAT" for fate in fates)
    unheard = sent and kernel.how in ("refused", "silence")  # nobody listens there, or a NetworkPolicy is against it
    if kernel in ways and (unheard or not differs):
        return None
    return Difference(flow, kernel, (*(str(way) for way in ways), *told))
