"""A real OpenID provider in a process of its own: Django OAuth Toolkit, with a few people and a client.

It shares no library with Sheaf's side of it. It has its own page to sign in on and its own question for
consent, signs with a key of its own, and holds a client to its redirect address, its secret and PKCE.
`python -m tests.provider FOLDER PORT REDIRECT_URI` serves it.
"""

import secrets
import subprocess
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CLIENT_ID = "sheaf"
CLIENT_SECRET = "a secret between the two: with/odd+characters&"
PASSWORD = "known there"

PEOPLE = {
    "ailsa": ("ailsa@strath.example", True),
    "mairi": ("mairi@strath.example", True),
    "iain": ("iain@strath.example", True),
    "unsure": ("unsure@strath.example", False),
    "far": ("far@elsewhere.example", True),
    "newcomer": ("newcomer@elsewhere.example", True),
    "linker": ("linker@elsewhere.example", True),
    "kept": ("kept@elsewhere.example", True),
    "browser": ("browser@strath.example", True),
}
"""Their addresses, and whether the provider has checked them."""


class Process:
    """The provider, from outside. It takes a second or two until it is `there`."""

    def __init__(self, folder: Path, port: int, redirect_uri: str) -> None:
        self.issuer = f"http://127.0.0.1:{port}/o"
        self._log = folder / "provider.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.provider", str(folder), str(port), redirect_uri],
                cwd=Path(__file__).parent.parent,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_until_there(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), self._log.read_text()

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def _configure(folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    page = "<form method=post>{% csrf_token %}{{ form }}<button>Log in</button></form>"
    loaders = [
        ("django.template.loaders.locmem.Loader", {"registration/login.html": page}),
        "django.template.loaders.app_directories.Loader",
    ]
    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.provider",
        LOGIN_URL="/login/",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        MIGRATION_MODULES={"auth": None, "contenttypes": None, "sessions": None, "oauth2_provider": None},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": loaders},
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.private_bytes(serialization.Encoding.PEM, *form).decode(),
            "SCOPES": {"openid": "Who you are", "email": "Your address", "profile": "Your name"},
            "OAUTH2_VALIDATOR_CLASS": "tests.provider.claims",
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        },
    )


def _furnish(redirect_uri: str) -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", run_syncdb=True, verbosity=0)
    for name, (email, is_checked) in PEOPLE.items():
        # Whether somebody is of the staff is where this one keeps whether their address is theirs.
        User.objects.create_user(name, email, PASSWORD, first_name=name.title(), is_staff=is_checked)
    Application.objects.create(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=redirect_uri,
        algorithm=Application.RS256_ALGORITHM,
    )


def __getattr__(name: str) -> Any:
    """What Django looks for here by its name, and only once it is set up."""
    if name == "urlpatterns":
        from django.contrib.auth.views import LoginView
        from django.urls import include, path

        return [path("login/", LoginView.as_view()), path("o/", include("oauth2_provider.urls"))]
    if name == "claims":
        from oauth2_provider.oauth2_validators import OAuth2Validator

        return type(
            "Claims", (OAuth2Validator,), {"oidc_claim_scope": _SCOPES, "get_additional_claims": _said}
        )
    raise AttributeError(name)


_SCOPES = {"sub": "openid", "email": "email", "email_verified": "email", "name": "profile"}


def _said(_validator: Any, request: Any) -> dict[str, Any]:
    user = request.user
    return {"email": user.email, "email_verified": user.is_staff, "name": user.first_name}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_said: Any) -> None:
        pass


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main(folder: Path, port: int, redirect_uri: str) -> None:
    _configure(folder)
    import django
    from django.core.handlers.wsgi import WSGIHandler

    django.setup()
    _furnish(redirect_uri)
    with make_server("127.0.0.1", port, WSGIHandler(), _Threads, _Quiet) as server:
        print("It is there.", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
