"""A session's links, all under the address at which people reach this server."""

from app.live import Live
from app.passes import spoken_code
from app.roles import Pass
from app.settings import Settings


def links_to(house: Live, address: str, code: str, organiser: Pass, secret: str) -> dict[str, str]:
    """What whoever made a session gets: its links, and a token for programs."""
    return {
        "code": code,
        "join": f"{address}/j/{code}",
        "phone": f"{address}/s/{code}",
        "board": f"{address}/i/{secret}",
        "projector": f"{address}/s/{code}/projector",
        "summary": f"{address}/s/{code}/summary",
        "facilitator_token": house.signer.token(organiser),
    }


def print_links(links: dict[str, str]) -> None:
    """For people to read and click on."""
    print(f"Code       {spoken_code(links['code'])}")
    for name in ("phone", "board", "projector", "summary"):
        print(f"{name.capitalize():<10} {links[name]}")


def address_of(settings: Settings) -> str:
    """The public address; else the one at which the server of this data directory listens."""
    file = settings.data_dir / "address"
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return file.read_text().strip() if file.exists() else f"http://localhost:{settings.port}"
