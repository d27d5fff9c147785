"""The machine: what it is, and which core does what. The thing measured has the first core to
itself, the load the last: otherwise they would take turns, and the load would be measured too."""

import os
import platform
import resource
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

ENOUGH_FILES = 16_384


def describe() -> dict[str, Any]:
    """What a reader needs in order to compare."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite.sqlite_version,
        "load_average": round(os.getloadavg()[0], 2),
    }


def run_on_first_core() -> None:
    """For the thing measured."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def run_on_last_core() -> None:
    """For the load."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def allow_many_sockets() -> None:
    """For the load: a socket is an open file, and 1,024 is a usual limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if most == resource.RLIM_INFINITY else min(ENOUGH_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def cpu_seconds(pid: int) -> float:
    """How long a process has had a core, all its threads together."""
    return _schedstat(pid, 0)


def waited_seconds(pid: int) -> float:
    """How long the threads of a process could have gone on, but something else had the core:
    another program, or another of these threads."""
    return _schedstat(pid, 1)


def _schedstat(pid: int, field: int) -> float:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[field]) for task in tasks) / 1e9


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_kb(pid: int) -> float:
    """What a process holds in memory, the kernel's buffers for its sockets not counted."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1000
