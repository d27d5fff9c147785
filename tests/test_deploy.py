"""The files for containers and systemd hold what the pages about them promise.

No container engine is needed: they are read, by their own linters where those are at hand.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import app
from app.settings import Settings
from tests.conftest import ROOT
from tests.test_proxies import program

DOCKERFILE = (ROOT / "Dockerfile").read_text()
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("sheaf:")}
UNIT = (ROOT / "deploy" / "sheaf.service").read_text()
FILES = [ROOT / "Dockerfile", ROOT / "compose.yaml", *sorted((ROOT / "deploy").iterdir())]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    known = {f"SHEAF_{name.upper()}" for name in Settings.model_fields}
    # What compose.yaml fills in from the environment has the same names.
    assert set(re.findall(r"\bSHEAF_\w+", file.read_text())) <= known


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_has_a_secret(file: Path) -> None:
    text = file.read_text()
    assert not re.findall(r"(?i)(?:password|secret|token)\w*\s*[:=]\s*[\"']?\w", text)
    assert not re.findall(r"://\w+:[^@\s$]+@", text)


# Containers


def test_the_dockerfile_is_as_hadolint_wants_it() -> None:
    ran = subprocess.run([*program("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "hadolint ignore" not in DOCKERFILE


def test_the_image_runs_as_nobody_of_consequence() -> None:
    [user] = re.findall(r"^USER (.+)$", FINAL, re.MULTILINE)
    assert user.isdigit()  # a cluster that forbids root can tell without looking into the image
    assert int(user) >= 10_000
    assert f"--uid {user}" in FINAL
    # Nothing but the data folder is its own.
    assert "--chown" not in DOCKERFILE
    assert re.findall(r"^VOLUME (.+)$", FINAL, re.MULTILINE) == ["/var/lib/sheaf"]


def test_the_image_finds_its_code() -> None:
    """With the same command and environment, from somewhere else."""
    [command] = re.findall(r"^ENTRYPOINT (.+)$", FINAL, re.MULTILINE)
    [environment] = re.findall(r"^ENV (.+?)^USER", FINAL, re.MULTILINE | re.DOTALL)
    given = dict(part.split("=", 1) for part in environment.replace("\\\n", " ").split())
    said = {name: value.replace("/sheaf", str(ROOT), 1) for name, value in given.items() if name[:2] == "PY"}
    said["PYTHONPYCACHEPREFIX"] = os.environ["PYTHONPYCACHEPREFIX"]  # compiled already, as an image is
    program, *how = json.loads(command)
    ran = subprocess.run([sys.executable, *how, "--help"], cwd="/", env=said, capture_output=True)
    assert (program, ran.returncode) == ("python", 0), ran.stderr


def test_the_image_says_how_it_is() -> None:
    assert "HEALTHCHECK" in FINAL
    assert "/readyz" in FINAL


def test_only_what_the_image_needs_is_sent_to_be_built() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    taken = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert let_in == {name for names in taken for name in names.split()}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert "privileged" not in service
    if name == "database":
        return  # PostgreSQL's own image gives up root by itself, and needs it for that
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_one_command_gives_one_server_with_its_data_on_a_volume() -> None:
    assert [name for name, one in SERVICES.items() if "profiles" not in one] == ["sheaf"]
    assert SERVICES["sheaf"]["volumes"] == ["data:/var/lib/sheaf"]
    assert "SHEAF_DATABASE_URL" not in SERVICES["sheaf"]["environment"]
    assert set(COMPOSE["volumes"]) == {"data", "one", "two", "postgres", "balancer"}


def test_the_other_has_two_servers_a_database_and_a_balancer() -> None:
    several = {name for name, one in SERVICES.items() if one.get("profiles") == ["several"]}
    assert several == {"one", "two", "balancer", "database"}
    # What each keeps for itself, such as the ledger of what was erased, lasts.
    for name in ("one", "two"):
        assert SERVICES[name]["volumes"] == [f"{name}:/var/lib/sheaf"]
    assert SERVICES["one"] | {"volumes": 0} == SERVICES["two"] | {"volumes": 0}
    assert set(SERVICES["balancer"]["depends_on"]) == {"one", "two"}
    balancer = (ROOT / "deploy" / "balancer.Caddyfile").read_text()
    assert "reverse_proxy one:8000 two:8000" in balancer
    assert "health_uri /readyz" in balancer


def test_what_an_operator_sets_reaches_every_server() -> None:
    taken = [set(re.findall(r"\$\{(SHEAF_\w+)", str(one["environment"]))) for one in OURS.values()]
    # The several believe their balancer, whatever is set.
    assert taken[0] - {"SHEAF_TRUSTED_PROXIES"} == taken[1] == taken[2]
    oidc = {f"SHEAF_{name.upper()}" for name in Settings.model_fields if name.startswith("oidc_")}
    assert oidc | {"SHEAF_PUBLIC_URL", "SHEAF_TRUSTED_PROXIES"} <= taken[0]


def test_a_proxy_on_the_same_machine_has_an_address_that_can_be_named() -> None:
    gateway = COMPOSE["networks"]["default"]["ipam"]["config"][0]["gateway"]
    assert f"`{gateway}`" in (ROOT / "docs" / "operating.md").read_text()


def test_only_the_balancer_is_reached_from_outside_and_only_it_is_believed() -> None:
    inside = COMPOSE["networks"]["inside"]
    assert inside["internal"] is True
    assert SERVICES["one"]["environment"]["SHEAF_TRUSTED_PROXIES"] == inside["ipam"]["config"][0]["subnet"]
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["sheaf", "balancer"]
    for name in ("one", "two", "database"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_images_have_the_version_that_the_code_has() -> None:
    assert {one["image"] for one in OURS.values()} == {f"sheaf:{app.__version__}"}
    assert f"sheaf-{app.__version__}-py3" in UNIT
    assert f"\n## {app.__version__} (" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("name", ["Caddyfile", "balancer.Caddyfile"])
def test_caddy_understands_its_files(name: str) -> None:
    how = ["validate", "--adapter", "caddyfile", "--config", ROOT / "deploy" / name]
    ran = subprocess.run([*program("caddy"), *how], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


# systemd

HARDENED = [
    *("ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes"),
    *("NoNewPrivileges=yes", "CapabilityBoundingSet=", "MemoryDenyWriteExecute=yes"),
    *("RestrictNamespaces=yes", "UMask=0077", "StateDirectory=sheaf", "User=sheaf"),
    *("Restart=on-failure", "LimitNOFILE=65536"),
]


@pytest.mark.parametrize("line", HARDENED)
def test_the_unit_is_hardened(line: str) -> None:
    assert line in UNIT.splitlines()


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("There is no systemd here.")
    file = tmp_path / "sheaf.service"
    file.write_text(UNIT.replace("/opt/sheaf/bin/sheaf", sys.executable))
    ran = subprocess.run(["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True)
    assert (ran.returncode, [line for line in ran.stderr.splitlines() if "sheaf" in line]) == (0, [])
