"""Fetches a libtorch with pip: `fetch-libtorch.py VERSION cpu|cuda FOLDER`.

A torch wheel is an ordinary zip file. Its include/ and lib/ are all a C++ program needs, so they are
unpacked into FOLDER/torch and the Python in the wheel stays where it is. A wheel for CUDA also wants
NVIDIA's libraries, which it looks for beside itself: they are unpacked into FOLDER/nvidia. Nothing
is installed, hence this works with a Python that forbids installing.
"""

import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# What pip may call a machine's wheels when it is asked for another Python's (see `ways`).
PLATFORMS = ["manylinux_2_%d" % minor for minor in (28, 27, 26, 24, 17)] + ["manylinux2014"]


def say(text):
    print("vapo: " + text, flush=True)


def ways():
    """Arguments to try in turn. The Python that runs the wheel does not matter, since none will:
    when torch is not made for this one, any other's wheel has the same libtorch."""
    yield []
    for version in ("3.12", "3.11"):
        arguments = ["--only-binary=:all:", "--implementation", "cp", "--python-version", version]
        arguments += ["--abi", "cp" + version.replace(".", ""), "--abi", "abi3", "--abi", "none"]
        for name in PLATFORMS:
            arguments += ["--platform", f"{name}_{platform.machine()}"]
        yield arguments


def download(requirements, folder, extra):
    """What pip says is wrong; nothing when it downloaded the requirements. Shows its progress."""
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", *extra]
    command += ["--dest", str(folder), *requirements]
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if result.returncode == 0:
        return ""
    errors = [line for line in result.stderr.splitlines() if line]
    if any("connection broken" in line for line in errors):
        # Nothing else will be found either; retrying it all would only take minutes.
        sys.exit("vapo: pip cannot reach its index: check the connection, the proxy, and pip config list")
    return "\n".join(errors[-6:])


def nvidia_requirements(wheel):
    """What a wheel for CUDA loads at run time, out of all its requirements."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    required = (line.partition(":") for line in lines)
    required = [value.strip() for key, _, value in required if key == "Requires-Dist"]
    return [requirement for requirement in required if re.match("nvidia-|cuda-toolkit", requirement)]


def unpack(wheel, folder):
    """Unpacks what a program needs of a wheel; zipfile checks every file's checksum."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if re.match(r"torch/(include|lib|version\.py)|nvidia/.*(lib|include)/|[^/]+\.dist-info/", name):
                archive.extract(name, folder)


def download_torch(version, kind, folder):
    """Downloads a wheel of torch and gives the arguments that found it."""
    # A machine with a GPU may have only the CPU build nearby (a local folder of wheels): not that.
    cuda = f"torch=={version},!={version}+cpu"
    if kind == "cpu":
        for extra in ways():
            if not download([f"torch=={version}+cpu"], folder, ["--no-deps", *extra]):
                return extra
        say(f"pip finds no torch {version}+cpu: it is in PyTorch's own index for CPUs, which pip asks")
        say("when PIP_EXTRA_INDEX_URL names it. Taking the default build, for CUDA: it runs on a CPU")
        say("too, but is a download of two gigabytes, and takes four.")
    for extra in ways():
        errors = download([cuda], folder, ["--no-deps", *extra])
        if not errors:
            return extra
    sys.exit(errors)


def fetch(version, kind, folder):
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        wheels = Path(scratch)
        extra = download_torch(version, kind, wheels)
        torch = next(wheels.glob("torch-*.whl"))
        nvidia = [] if "+cpu" in torch.name else nvidia_requirements(torch)
        if nvidia:
            errors = download(nvidia, wheels, extra)
            if errors:
                sys.exit(errors)
        for wheel in sorted(wheels.glob("*.whl")):
            say(f"unpacking {wheel.name}")
            unpack(wheel, folder)
            wheel.unlink()


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[2] not in ("cpu", "cuda"):
        sys.exit(__doc__)
    try:
        fetch(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    except OSError as error:
        shutil.rmtree(sys.argv[3], ignore_errors=True)
        sys.exit(f"vapo: {error}")
