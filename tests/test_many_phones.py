"""A hall of phones is a thousand open files and more."""

import resource

from tests.conftest import Server


def test_a_server_takes_all_the_sockets_that_the_system_allows(server: Server) -> None:
    server.stop()
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    assert server.process is not None
    assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (most, most)
