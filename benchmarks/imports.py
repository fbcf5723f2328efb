"""What importing costs over a bare interpreter start, in one run, as minima of several.

Run: ``python benchmarks/imports.py``. Budgets: ``import kdisco`` under 20 ms and ``kdisco.Cluster`` under
130 ms more than a bare start. attrs and ipywidgets stand beside them for scale: a slow machine is slow
with all of them, so read the last column, the ratio to a bare start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

ROUNDS = 15
WITH_BYTECODE = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ROWS = {  # statement: budget in ms over a bare start, None without one
    "pass": None,
    "import kdisco": 20,
    "import kdisco; kdisco.ClusterConfig": None,
    "import kdisco; kdisco.Cluster": 130,
    "import attrs": None,
    "import ipywidgets": None,
}


def started(statement: str) -> float:
    """Milliseconds of a fresh process that runs a statement."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=WITH_BYTECODE)
    return (time.perf_counter() - began) * 1000


def main() -> int:
    """Print the table; 1 when a budget is broken."""
    for statement in ROWS:
        started(statement)  # bytecode and file caches are warm from here
    best = dict.fromkeys(ROWS, float("inf"))
    for _ in range(ROUNDS):  # in turns, so that a busy moment hits all of them
        for statement in ROWS:
            best[statement] = min(best[statement], started(statement))
    bare, broken = best["pass"], 0
    print(f"{'statement':40}{'over bare':>12}{'budget':>10}{'ratio':>8}")
    for statement, budget in ROWS.items():
        over = best[statement] - bare
        broken |= budget is not None and over > budget
        print(f"{statement:40}{over:9.1f} ms{f'{budget} ms' if budget else '':>10}{best[statement] / bare:8.2f}")
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main())
