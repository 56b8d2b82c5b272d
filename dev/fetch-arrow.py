"""Fetches Arrow's C++ library with pip: `fetch-arrow.py VERSION FOLDER`.

A pyarrow wheel is an ordinary zip file. Its include/, libarrow and libparquet are all that a C++
program needs to read Parquet, so they are unpacked into FOLDER and the Python in the wheel stays
where it is. Nothing is installed, hence this works with a Python that forbids installing.
"""

import platform
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def ways():
    """Arguments to try in turn. The Python that runs the wheel does not matter, since none will:
    when pyarrow is not made for this one, any other's wheel has the same library."""
    yield []
    for version in ("3.13", "3.12", "3.11"):
        arguments = ["--implementation", "cp", "--python-version", version]
        for name in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
            arguments += ["--platform", f"{name}_{platform.machine()}"]
        yield arguments


def download(version, folder):
    """The wheel; ends the program with pip's words where there is none."""
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), f"pyarrow=={version}"]
    errors = []
    for extra in ways():
        result = subprocess.run(command + extra, stderr=subprocess.PIPE, text=True)
        wheels = list(Path(folder).glob("pyarrow-*.whl"))
        if result.returncode == 0 and wheels:
            return wheels[0]
        errors = [line for line in result.stderr.splitlines() if line]
        if any("connection broken" in line for line in errors):
            sys.exit("vapo: pip cannot reach its index: check the connection, the proxy, and pip config list")
    sys.exit("\n".join(errors[-6:]))


def unpack(wheel, folder):
    """Unpacks what a program needs of the wheel; zipfile checks every file's checksum."""
    wanted = re.compile(r"pyarrow/(include/.*|libarrow\.so\.\d+|libparquet\.so\.\d+)$")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if wanted.match(name) and not name.endswith("/"):
                target = folder / Path(name).relative_to("pyarrow")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            unpack(download(sys.argv[1], scratch), Path(sys.argv[2]))
    except OSError as error:
        sys.exit(f"vapo: {error}")
