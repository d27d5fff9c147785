"""The least that a server of this kind is: FastAPI under uvicorn, with one address. It says so once
it listens."""

import socket

import uvicorn
from fastapi import FastAPI

app = FastAPI(openapi_url=None)


@app.get("/")
async def there() -> str:
    """There is nothing here."""
    return "there"


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("there", flush=True)


if __name__ == "__main__":
    _Server(uvicorn.Config(app, port=0, loop="uvloop", log_level="warning")).run()
