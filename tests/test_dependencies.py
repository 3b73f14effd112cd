"""What is installed is what was looked at: by hash, from no fixed address, under a free licence."""

import json
import re
import subprocess
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from tests.stage import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
NPM_LOCKS = sorted(
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files", "*package-lock.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
)
FREE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC-BY-4.0", "ISC"),
    *("MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unlicense"),
}
BY_ITS_README = {"combine-errors": "MIT"}
"""Packages that say nothing where they should."""
# As those call them who write no SPDX expression.
FREE_BY_OTHER_NAMES = re.compile(
    r"(Apache|BSD|MIT|ISC|Mozilla Public|Python Software Foundation)[ A-Za-z0-9().-]*",
    re.IGNORECASE,
)


def test_locks_are_here() -> None:
    assert len(NPM_LOCKS) >= 8


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_by_its_hash(lock: str) -> None:
    logical = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in logical if line.strip() and not line.lstrip().startswith("#")]
    assert len(packages) > 20
    for line in packages:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line
        assert "://" not in line, line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_package_is_free(lock: str) -> None:
    names = re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==", (ROOT / lock).read_text(), re.MULTILINE)
    unfree = {}
    for name in names:
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue  # of another platform
        expression = about.get("License-Expression")
        if expression:
            free = _free(expression)
        else:
            told = [about.get("License") or "", *(about.get_all("Classifier") or [])]
            licences = [one.removeprefix("License :: OSI Approved :: ") for one in told]
            free = any(FREE_BY_OTHER_NAMES.match(one) for one in licences)
        if not free:
            unfree[name] = expression or about.get("License")
    assert not unfree


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: str(lock.parent.relative_to(ROOT)))
def test_npm_packages_are_locked_by_hash_and_free(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    own = {name for name, package in packages.items() if not name or package.get("link")}
    # Those which lie in this repository, and are linked to.
    own |= {package["resolved"] for package in packages.values() if package.get("link")}
    for name, package in packages.items():
        if name in own:
            continue
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
        told = package.get("license") or BY_ITS_README.get(name.rpartition("node_modules/")[2], "")
        assert _free(told), f"{name}: {told}"


def _free(expression: str) -> bool:
    """Whether an SPDX expression lets us choose free licences only."""
    return all(
        any(licence.strip(" ()") in FREE for licence in alternatives.split(" OR "))
        for alternatives in expression.split(" AND ")
    )
