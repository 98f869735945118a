"""Makes the zip of a Lambda function: pinned requirements for Lambda's platform, this package, and the app's own files.

    python zip_function.py --requirements requirements-lambda.txt --out dist/app.zip app.py on_lambda.py contract.json

The same inputs give the same bytes, so that a deployment of what has not changed is none.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parent / "postern_fastapi"
#: What differs from one installation to the next, or is of no use in a function.
LEFT_OUT = frozenset({"__pycache__", "bin", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument(
        "files", nargs="+", type=Path, help="the app's files and folders; they stand at the top of the zip"
    )
    arguments.add_argument("--requirements", type=Path, required=True, help="pinned with hashes")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--platform", default="manylinux2014_aarch64", help="or `host`, for this machine")
    arguments.add_argument("--python", default="3.13", help="the runtime's version")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        install(given.requirements, Path(folder), given.platform, given.python)
        members = {
            path.relative_to(folder).as_posix(): path for path in Path(folder).rglob("*") if path.is_file()
        }
        for source in (PACKAGE, *given.files):
            members |= files_of(source)
        write(given.out, {name: path for name, path in members.items() if not is_left_out(name)})
    print(f"{given.out}  {given.out.stat().st_size / 1024:.0f} KiB")


def install(requirements: Path, folder: Path, platform: str, python: str) -> None:
    host = (
        []
        if platform == "host"
        else ["--platform", platform, "--python-version", python, "--implementation", "cp"]
    )
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
    ]
    command += [
        "--only-binary=:all:",
        "--require-hashes",
        "--target",
        str(folder),
        *host,
        "--requirement",
        str(requirements),
    ]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"zip_function: pip does not install {requirements}; see above")


def files_of(source: Path) -> dict[str, Path]:
    if source.is_dir():
        return {
            path.relative_to(source.parent).as_posix(): path for path in source.rglob("*") if path.is_file()
        }
    if not source.is_file():
        sys.exit(f"zip_function: {source} is not there")
    return {source.name: source}


def is_left_out(name: str) -> bool:
    return not LEFT_OUT.isdisjoint(Path(name).parts)


def write(out: Path, members: dict[str, Path]) -> None:
    """In order, with one time for all: the earliest that a zip can say."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, members[name].read_bytes())


main()
