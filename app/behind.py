"""Runs another module behind everything else on the machine: `python -m app.behind MODULE`.

It steps back before it brings in anything: a module with all its libraries can be a second of a core,
and live frames would wait for that as for any other work.
"""

import os
import runpy
import sys
from contextlib import suppress


def step_back() -> None:
    """Work only while nobody else wants to. The lowest niceness is not enough: whoever wakes for a
    phone would still wait for the end of our slice."""
    with suppress(AttributeError, OSError):  # not every system has it
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.nice(19)


if __name__ == "__main__":
    step_back()
    runpy.run_module(sys.argv[1], run_name="__main__")
