"""What somebody at a terminal sees while a rehearsal runs: bars, or plain lines where nobody looks."""

import asyncio
import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.locales import Sentence, _
from app.rehearsal.hall import Hall

LOOK_EVERY = 0.25


class Display:
    """Shows on standard error how far a rehearsal is."""

    def __init__(self, hall: Hall, posts: int) -> None:
        self._hall = hall
        self._console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=self._console,
            auto_refresh=False,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._joined = self._bars.add_task(_("Phones joined"), total=hall.wanted)
        self._saved = self._bars.add_task(_("Posts saved"), total=posts)

    async def __aenter__(self) -> "Display":
        """Begin to show."""
        self._bars.start()
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars away."""
        self._looking.cancel()
        self._bars.stop()

    def say(self, sentence: Sentence) -> None:
        """One line, which stays."""
        if self._console.is_terminal:
            self._bars.console.print(sentence)
        else:
            print(sentence, file=sys.stderr, flush=True)

    async def _look(self) -> None:
        while True:
            self._bars.update(self._joined, completed=self._hall.joined)
            self._bars.update(self._saved, completed=self._hall.acknowledged)
            self._bars.refresh()
            await asyncio.sleep(LOOK_EVERY)
