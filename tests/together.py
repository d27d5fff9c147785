"""Which tests run in one process, where several run them: those that share something costly.

A file's tests do: a server, a gallery, a database with a day in it. Those in browsers share little, so
they go one by one, last, and fill whatever time is left at the end; but a page of the gallery is loaded
once for all who look at it. (`--dist=loadgroup` would say this with marks. With pytest 9.2 and
pytest-xdist 3.8 it does nothing: their issue 1386.)
"""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

SHARE_A_NETWORK = "tests/browser/test_faults.py"
LOOK_AT_PAGES = "tests/browser/test_looks.py"


class Together(LoadScopeScheduling):
    """Hands out tests in the order in which they were found, and with each those that go with it."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        if "chromium" not in test or file == SHARE_A_NETWORK:
            return file
        return f"{file} {test.partition('[')[2]}" if file == LOOK_AT_PAGES else nodeid
