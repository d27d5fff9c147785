"""What a provider says is believed only where it proves it, and whatever is amiss is one sentence."""

import asyncio
import base64
import hmac
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from app import openid, passes
from app.forms.reading import Refused
from app.main import create_app
from app.openid import provider as asked
from app.openid.provider import Provider, provider
from app.passes import Errand, Handshake, Signer
from app.settings import Settings
from tests.conftest import ROOT, SECRET, Command

CLIENT = "sheaf"
SENT = Handshake("the state", "the nonce", "the verifier " + 30 * "x")
KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig", "alg": "RS256"})
COULD_NOT = "id.here could not sign you in. Please tell whoever runs Sheaf."
AWAY = "id.here does not answer. Please use your password, or try later."
Known = dict[str, str]


def known(issuer: str, **more: str) -> Settings:
    named: dict[str, Any] = {
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": "between us",
        "oidc_name": "id.here",
        "public_url": "http://localhost:8000",
        "secret": SECRET,
    }
    return Settings(**named | more)


class Rogue:
    """A provider that does as it is told, however wrong."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "ours"}
        self.key: Any = KEY
        self.token = ""
        self.keys: Any = {"keys": [KEY.as_dict(private=False), {"kty": "AKP", "use": "sig"}, "x"]}
        self.about: dict[str, Any] = {}
        self.people: dict[str, Any] = {}
        self.raw: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        _method, path, _ = head.split(" ", 2)
        lines = {k.lower(): v for k, v in (line.split(": ", 1) for line in head.split("\r\n")[1:-2])}
        body = await reader.readexactly(int(lines.get("content-length", 0)))
        self.asked.append((path, head + body.decode()))
        said = self.raw.get(path)
        if said is None:
            answer = json.dumps(self._answer(path)).encode()
            said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        writer.write(said)
        await writer.drain()
        writer.close()

    def _answer(self, path: str) -> object:
        match path:
            case "/.well-known/openid-configuration":
                ways = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
                return (
                    {"issuer": self.issuer} | {k: f"{self.issuer}/{v}" for k, v in ways.items()} | self.about
                )
            case "/token":
                return {
                    "access_token": "opens people",
                    "token_type": "Bearer",
                    "id_token": self.token or self.made(),
                }
            case "/keys":
                return self.keys
            case _:
                return self.people

    def made(self) -> str:
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": SENT.nonce,
        }
        said = {k: v for k, v in (usual | self.claims).items() if v is not None}
        algorithms = [self.header["alg"]]
        return jwt.encode(self.header, said, self.key, algorithms=algorithms)


@pytest.fixture
async def rogue(anyio_backend: str) -> AsyncIterator[Rogue]:
    made = Rogue()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


async def come_back(rogue: Rogue, **said: str) -> Any:
    return await Provider(known(rogue.issuer)).person(SENT, {"code": "bought", **said})


async def refusal(rogue: Rogue, **said: str) -> str:
    with pytest.raises(Refused) as refused:
        await come_back(rogue, **said)
    return str(refused.value.sentence)


@pytest.mark.anyio
async def test_a_token_that_proves_itself_is_believed(rogue: Rogue) -> None:
    rogue.claims = {"email": "Ailsa@Strath.example", "email_verified": True, "name": "Ailsa"}
    person = await come_back(rogue)
    assert person == (rogue.issuer, "1", "ailsa@strath.example", True, "Ailsa")
    [bought] = [said for path, said in rogue.asked if path == "/token"]
    form = parse_qs(bought.partition("\r\n\r\n")[2])
    assert (form["code"], form["code_verifier"]) == (["bought"], [SENT.verifier])
    assert base64.b64encode(b"sheaf:between+us").decode() in bought


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("takes", "secret", "in_body"),
    [
        (["client_secret_post", "client_secret_basic"], "plain-secret", False),
        (["client_secret_post", "client_secret_basic"], "a secret/with+odd&ones", True),
        (["client_secret_post"], "plain-secret", True),
        (["private_key_jwt"], "plain-secret", False),
    ],
)
async def test_the_secret_goes_where_nobody_reads_it_otherwise(
    rogue: Rogue, takes: list[str], secret: str, in_body: bool
) -> None:
    rogue.about = {"token_endpoint_auth_methods_supported": takes}
    await Provider(known(rogue.issuer, oidc_client_secret=secret)).person(SENT, {"code": "bought"})
    [bought] = [said for path, said in rogue.asked if path == "/token"]
    form = parse_qs(bought.partition("\r\n\r\n")[2])
    assert form.get("client_secret") == ([secret] if in_body else None)
    assert ("Authorization: Basic" in bought) != in_body


FORGED: dict[str, Callable[[Rogue], None]] = {
    "of another key": lambda rogue: setattr(rogue, "key", OTHER),
    "for another sign-in": lambda rogue: rogue.claims.update(nonce="another"),
    "for none": lambda rogue: rogue.claims.update(nonce=None),
    "for somebody else": lambda rogue: rogue.claims.update(aud="another"),
    "for somebody else, and us in passing": lambda rogue: rogue.claims.update(aud="another", azp=CLIENT),
    "for us and others, and meant for them": lambda rogue: rogue.claims.update(aud=[CLIENT, "b"], azp="b"),
    "for nobody": lambda rogue: rogue.claims.update(aud=None),
    "by somebody else": lambda rogue: rogue.claims.update(iss="https://evil.example"),
    "by nobody": lambda rogue: rogue.claims.update(iss=None),
    "too old": lambda rogue: rogue.claims.update(exp=int(time.time()) - 120),
    "without an end": lambda rogue: rogue.claims.update(exp=None),
    "from tomorrow": lambda rogue: rogue.claims.update(iat=int(time.time()) + 86_400),
    "about nobody": lambda rogue: rogue.claims.update(sub=None),
    "about a number": lambda rogue: rogue.claims.update(sub=7),
    "about too much": lambda rogue: rogue.claims.update(sub="x" * 256),
    "with another token's proof": lambda rogue: rogue.claims.update(at_hash="x" * 22),
    "signed by nobody": lambda rogue: unsigned(rogue),
    "signed with what is public": lambda rogue: confused(rogue),
    "signed with the secret": lambda rogue: symmetric(rogue),
    "no token": lambda rogue: setattr(rogue, "token", "not a token"),
    "without keys": lambda rogue: setattr(rogue, "keys", {"keys": []}),
    "with no set of keys": lambda rogue: setattr(rogue, "keys", [1]),
}


def unsigned(rogue: Rogue) -> None:
    rogue.token = f"{url64(NONE)}.{rogue.made().split('.')[1]}."


def confused(rogue: Rogue) -> None:
    """The public key, which everybody knows, taken for a secret."""
    said = f"{url64(HS256)}.{rogue.made().split('.')[1]}"
    rogue.token = f"{said}.{url64(hmac.digest(KEY.as_pem(private=False), said.encode(), 'sha256'))}"


def url64(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


NONE, HS256 = b'{"alg":"none"}', b'{"alg":"HS256","kid":"ours"}'


def symmetric(rogue: Rogue) -> None:
    """With what only the two know, which is no proof to anybody else; and they publish it."""
    rogue.header = {"alg": "HS256", "kid": "shared"}
    rogue.key = OctKey.import_key(b"between us, and long enough to be taken for one", {"kid": "shared"})
    rogue.keys = {"keys": [rogue.key.as_dict(private=True)]}


@pytest.mark.anyio
@pytest.mark.parametrize("how", FORGED)
async def test_a_token_that_does_not_prove_itself_is_not_believed(
    rogue: Rogue, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    FORGED[how](rogue)
    assert await refusal(rogue) == COULD_NOT
    assert "nobody was signed in by the provider" in caplog.text
    assert "eyJ" not in caplog.text


@pytest.mark.anyio
@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"issuer": 7},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_response_iss_parameter_supported": True},
    ],
)
async def test_a_provider_that_is_another_is_not_asked(rogue: Rogue, about: dict[str, Any]) -> None:
    rogue.about = about
    assert await refusal(rogue) == COULD_NOT
    assert {path for path, _said in rogue.asked} == {"/.well-known/openid-configuration"}


@pytest.mark.anyio
async def test_another_host_that_it_names_is_not_sought_inside(rogue: Rogue) -> None:
    """The operator named the issuer, and it names the rest: not a router, nor a cloud's own secrets."""
    port = rogue.issuer.rpartition(":")[2]
    rogue.about = {"jwks_uri": f"http://localhost:{port}/keys"}
    assert await refusal(rogue) == AWAY
    assert "/keys" not in {path for path, _said in rogue.asked}


@pytest.mark.anyio
async def test_what_the_token_lacks_is_asked_for_and_must_be_about_the_same(rogue: Rogue) -> None:
    rogue.about = {"userinfo_endpoint": f"{rogue.issuer}/people"}
    rogue.people = {"sub": "1", "email": "a@strath.example", "email_verified": True, "iss": "evil"}
    assert await come_back(rogue) == (rogue.issuer, "1", "a@strath.example", True, "a")
    assert "Bearer opens people" in rogue.asked[-1][1]
    rogue.people["sub"] = "2"
    assert await refusal(rogue) == COULD_NOT


@pytest.mark.anyio
@pytest.mark.parametrize("email", [None, "", "no address", 7, "a@b@c", "x" * 300 + "@example.org"])
async def test_an_address_that_is_none_is_none(rogue: Rogue, email: object) -> None:
    rogue.claims = {"email": email, "email_verified": True, "name": "\0 "}
    person = await come_back(rogue)
    assert (person.email, person.is_sure, person.name) == ("", False, "")


@pytest.mark.anyio
@pytest.mark.parametrize("said", [False, "yes", 1.5, None, "false", [True]])
async def test_an_address_that_was_not_checked_is_not_sure(rogue: Rogue, said: object) -> None:
    rogue.claims = {"email": "a@strath.example", "email_verified": said}
    assert not (await come_back(rogue)).is_sure


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", AWAY),
        (b"HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n", COULD_NOT),
        (b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}", COULD_NOT),
        (HEAD + b"Content-Length: 9\r\n\r\n{}", AWAY),
        (HEAD + b"Content-Length: 300000\r\n\r\n" + b" " * 300_000, AWAY),
        (HEAD + b"Content-Length: 3\r\n\r\n[1]", COULD_NOT),
        (HEAD + b"\r\n<html>", COULD_NOT),
        (HEAD + b"Content-Length: 60000\r\n\r\n" + b"[" * 60_000, COULD_NOT),
        (b"SSH-2.0-OpenSSH\r\n", AWAY),
        (b"", AWAY),
    ],
    ids=[
        "away",
        "elsewhere",
        "gone",
        "cut short",
        "too long",
        "list",
        "page",
        "deep",
        "no web server",
        "silent",
    ],
)
async def test_an_answer_that_is_none_is_one_sentence(rogue: Rogue, raw: bytes, sentence: str) -> None:
    rogue.raw["/keys"] = raw
    assert await refusal(rogue) == sentence
    rogue.raw = {"/.well-known/openid-configuration": raw}
    assert await refusal(rogue) == sentence


@pytest.mark.anyio
async def test_answers_come_in_pieces_and_without_a_length(rogue: Rogue) -> None:
    keys = json.dumps(rogue.keys).encode()
    rogue.raw["/keys"] = b"HTTP/1.1 103 Early\r\n\r\n" + HEAD + b"\r\n" + keys
    assert (await come_back(rogue)).subject == "1"
    rogue.raw["/keys"] = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(keys), keys)
    assert (await come_back(rogue)).subject == "1"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "sentence"),
    [("invalid_grant", str(asked.STALE)), ("invalid_client", COULD_NOT), ("<script>", COULD_NOT)],
)
async def test_a_code_that_is_not_taken_is_one_sentence(
    rogue: Rogue, error: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"error": error, "error_description": "a secret"}).encode()
    rogue.raw["/token"] = b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    assert await refusal(rogue) == sentence
    assert ("invalid_client" in caplog.text) == (error == "invalid_client")
    assert "a secret" not in caplog.text
    assert "<script>" not in caplog.text


@pytest.mark.anyio
async def test_a_code_is_sent_only_where_it_came_from(rogue: Rogue) -> None:
    assert await refusal(rogue, iss="https://evil.example") == COULD_NOT
    assert await refusal(rogue, error="server_error") == COULD_NOT
    assert await refusal(rogue, code="") == str(asked.STALE)
    assert "/token" not in {path for path, _said in rogue.asked}
    assert (await come_back(rogue, iss=rogue.issuer)).subject == "1"


@pytest.mark.anyio
async def test_so_many_at_once_ask_and_no_more(rogue: Rogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "MOST_AT_ONCE", 0)
    assert await refusal(rogue) == AWAY
    assert rogue.asked == []


# Sheaf without its provider


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A Sheaf whose provider is down."""
    down = known("http://127.0.0.1:9", data_dir=str(settings.data_dir), database_url=settings.database_url)
    here = down.public_url
    with TestClient(create_app(down), base_url=here, headers={"Origin": here}) as client:
        yield client


def test_a_provider_that_is_down_leaves_the_password(client: Any) -> None:
    page = client.post("/sign-in/with", data={"to": "/sessions/new"})
    assert page.status_code == 502
    assert AWAY in page.text
    assert 'name="password"' in page.text
    assert 'name="to" value="/sessions/new"' in page.text


def test_setting_out_again_and_again_is_slowed(client: Any) -> None:
    statuses = [client.post("/sign-in/with").status_code for _ in range(100)]
    assert statuses == [502] * 100
    while client.post("/sign-in/with").status_code != 429:
        pass  # one more is allowed every two seconds, and they may have taken longer


def test_whoever_comes_back_again_is_not_worth_a_request(client: TestClient) -> None:
    signer = Signer(SECRET, https=False)
    cookie = f"{signer.errand_cookie}={signer.errand_token(Errand('a state', '/sessions'))}"
    for sentence in (AWAY, str(asked.STALE)):
        answer = client.get("/sign-in/back?state=a+state&code=x", headers={"Cookie": cookie})
        assert answer.status_code == 422
        assert sentence in answer.text


def test_a_way_back_holds_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    signer, errand = Signer(SECRET, https=True), Errand("state", "/sessions", 7, True)
    cookies = {signer.errand_cookie: signer.errand_token(errand)}
    assert signer.errand(cookies) == errand
    assert Signer("another secret", https=True).errand(cookies) is None
    assert passes.ERRAND_HOLDS == 600
    monkeypatch.setattr(passes, "ERRAND_HOLDS", -1)
    assert signer.errand(cookies) is None


def test_each_state_has_a_nonce_and_a_verifier_that_nobody_can_know() -> None:
    signer = Signer(SECRET, https=True)
    one, other = signer.handshake("one"), signer.handshake("other")
    assert len({*one[1:], *other[1:], *Signer("another", https=True).handshake("one")[1:]}) == 6
    assert len(one.verifier) == len(one.nonce) == 43


# Settings


HALF: dict[str, tuple[dict[str, str], str]] = {
    "id": ({"oidc_client_id": ""}, "SHEAF_OIDC_… speaks of a provider, but SHEAF_OIDC_CLIENT_ID is not set."),
    "secret": (
        {"oidc_client_secret": ""},
        "SHEAF_OIDC_… speaks of a provider, but SHEAF_OIDC_CLIENT_SECRET is not",
    ),
    "issuer": ({"oidc_issuer": ""}, "SHEAF_OIDC_… speaks of a provider, but SHEAF_OIDC_ISSUER is not set."),
    "http": ({"oidc_issuer": "http://id.example"}, "SHEAF_OIDC_ISSUER must begin with https://"),
    "odd": ({"oidc_issuer": "id.example"}, "SHEAF_OIDC_ISSUER must begin with https://"),
    "public": ({"public_url": ""}, "SHEAF_OIDC_ISSUER needs SHEAF_PUBLIC_URL"),
    "domain": ({"oidc_domains": "strath.example, *"}, "SHEAF_OIDC_DOMAINS: * is no domain"),
    "down": ({}, "The provider of SHEAF_OIDC_ISSUER can’t be reached: ConnectionRefusedError."),
}


@pytest.mark.parametrize("how", HALF)
def test_check_says_what_is_wrong(command: Command, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    given, sentence = HALF[how]
    said = known("http://localhost:9", **given).model_dump()
    for name, value in said.items():
        if name.startswith("oidc") or name == "public_url":
            monkeypatch.setenv(f"SHEAF_{name.upper()}", str(value))
    ran = command("check")
    assert ran.status == 1
    assert f"Wrong     {sentence}" in ran.out


def test_without_the_extra_there_is_no_button_and_check_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "find_spec", lambda _name: None)
    settings = known("https://id.example")
    assert provider(settings) is None
    assert [*openid.problems(settings)] == [
        "What SHEAF_OIDC_ISSUER needs is not installed: start with bin/run, or install the wheel with [oidc]."
    ]


def test_what_is_half_set_is_nothing_and_what_is_not_set_is_no_matter() -> None:
    assert provider(known("http://id.example")) is None
    assert provider(Settings()) is None
    made = provider(known("https://ID.example/realms/x/", oidc_name=""))
    assert made is not None
    assert made.name == "id.example"


IDLE = """
import sys
from app import cli
from app.main import create_app
from app.openid.provider import provider
from app.settings import Settings
create_app(Settings())
assert provider(Settings()).name == "id.here"
print(*sorted(name for name in sys.modules if name.split(".")[0] in ("authlib", "joserfc", "cryptography")))
"""


def test_what_the_extra_brings_is_not_imported_until_somebody_signs_in() -> None:
    said = known("https://id.example").model_dump()
    names = ("public_url", *(name for name in said if name.startswith("oidc")))
    given = {f"SHEAF_{name.upper()}": str(said[name]) for name in names}
    ran = subprocess.run(
        [sys.executable, "-c", IDLE], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == ""
