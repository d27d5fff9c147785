"""kill -9 of the real server while 20 phones post: what was acknowledged is there, once."""

import random

import pytest

from tests.conftest import Server
from tests.oracle import Crowd

pytestmark = pytest.mark.anyio

BEFORE_A_KILL = 40
"""Acknowledgements after which, or a little earlier, the server dies."""

ROUNDS_OF_A_SESSION = 20
"""Then another begins: what is compared after each round would otherwise grow with the rounds before."""


@pytest.mark.parametrize("rounds", [6, pytest.param(200, marks=pytest.mark.long)])
async def test_what_was_acknowledged_is_there_once(server: Server, rounds: int) -> None:
    for nth in range(rounds):
        if nth % ROUNDS_OF_A_SESSION == 0:
            crowd = Crowd(server)
        async with crowd.posting() as ledger:
            await ledger.grown(random.randint(5, BEFORE_A_KILL))
            server.kill()
            crowd.require_kept()
            server.start()
