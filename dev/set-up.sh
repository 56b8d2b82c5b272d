# shellcheck shell=bash
# Finds or fetches what the build needs beside Swift: libtorch. Read by ./vapo, whose variables
# (root, state, link) and functions (say, die) it uses.
#
# Only libtorch's include/ and lib/ are ever touched; no Python code of torch runs.

: "${root:?}" "${state:?}" "${link:?}"

minimum=2.11                # the oldest libtorch the shim is compiled against (dev/check-shim)
fetched=2.13.0              # the one that is downloaded
private=$state/torch        # the private copy: torch/ and, for CUDA, nvidia/ beside it

# Why FOLDER is no usable libtorch; nothing when it is one.
objection_to() {
  local folder=$1 file version major minor
  [[ -d $folder ]] || { echo "there is no such folder"; return; }
  for file in include/ATen/ATen.h lib/libtorch.so lib/libtorch_cpu.so lib/libc10.so; do
    [[ -e $folder/$file ]] || { echo "it has no $file"; return; }
  done
  version=$(version_of "$folder")
  IFS=. read -r major minor _ <<<"$version"
  if ! [[ $major =~ ^[0-9]+$ && $minor =~ ^[0-9]+$ ]]; then
    echo "its version is unknown (no version.py, build-version or version.h says it)"
  elif ((major < ${minimum%.*} || (major == ${minimum%.*} && minor < ${minimum#*.}))); then
    echo "it is libtorch $version, and $minimum or newer is needed"
  fi
}

# The version of a libtorch folder: a wheel says it in version.py, a zip in build-version, and the
# headers know it without the build's suffix.
version_of() {
  local folder=$1 header
  if [[ -f $folder/version.py ]]; then
    sed -nE "s/^__version__ = ['\"]([^'\"]+)['\"].*/\1/p" "$folder/version.py"
  elif [[ -f $folder/build-version ]]; then
    head -n 1 "$folder/build-version"
  else
    for header in headeronly csrc/api/include/torch; do
      header=$folder/include/torch/$header/version.h
      [[ -f $header ]] || continue
      sed -nE '/define TORCH_VERSION /,/"/ s/.*"([^"]+)".*/\1/p' "$header" | head -n 1
    done | head -n 1
  fi
}

# The folder of the torch package PYTHON would import, or nothing. Asked from /, so that no folder
# that happens to be called torch is taken for it.
torch_of() {
  (cd / && "$1" -c '
import importlib.util
spec = importlib.util.find_spec("torch")
for folder in (spec.submodule_search_locations or []) if spec else []:
    print(folder)
' 2>/dev/null) | head -n 1
}

has_gpu() { [[ -e /dev/nvidia0 ]] || { type -P nvidia-smi && nvidia-smi -L; } >/dev/null 2>&1; }

# use FOLDER ORIGIN: makes it the libtorch of the build. The rename is atomic, so nobody ever sees
# the link missing.
use() {
  ln -sfn "$(readlink -f "$1")" "$link.new"
  mv -T "$link.new" "$link"
  printf '%s\n' "$2" >"$state/origin"
}

find_libtorch() {
  local python folder objection
  if [[ -n ${LIBTORCH-} ]]; then
    objection=$(objection_to "$LIBTORCH")
    [[ -z $objection ]] || die "LIBTORCH is $LIBTORCH, but $objection" \
      "It must be a folder with include/ and lib/: an unzipped libtorch, or the torch folder of a" \
      "Python's site-packages. Unset LIBTORCH to let ./vapo find or fetch one."
    use "$LIBTORCH" "the variable LIBTORCH"
    return
  fi
  for python in ${VIRTUAL_ENV:+"$VIRTUAL_ENV/bin/python3"} python3; do
    python=$(type -P "$python") || continue
    folder=$(torch_of "$python") || continue
    [[ -n $folder ]] || continue
    objection=$(objection_to "$folder")
    if [[ -z $objection ]]; then
      use "$folder" "the torch of $python"
      return
    fi
    say "not using the torch of $python ($folder): $objection"
  done
  if [[ -n $(objection_to "$private/torch") ]]; then fetch_libtorch; fi
  use "$private/torch" "a private copy made by pip"
}

# Downloads into .vapo/partial and renames at the end: a copy that is there is a whole one.
fetch_libtorch() {
  local ways="Other ways: LIBTORCH=<an unzipped libtorch> ./vapo, or pip install torch in a virtual environment."
  type -P python3 >/dev/null || die "there is no libtorch, and no python3 to fetch one with" \
    "Debian and Ubuntu: apt-get install python3-pip." "$ways"
  python3 -m pip --version >/dev/null 2>&1 || die "there is no libtorch, and python3 has no pip to fetch one with" \
    "Debian and Ubuntu: apt-get install python3-pip." "$ways"
  local kind=cpu
  if has_gpu; then kind=cuda; fi
  say "found no libtorch; fetching torch $fetched ($kind) with pip into .vapo/torch (once)"
  rm -rf "$state/partial" "$private"
  python3 "$root/dev/fetch-libtorch.py" "$fetched" "$kind" "$state/partial" >&2 || {
    rm -rf "$state/partial"
    die "libtorch could not be fetched (see above)" "$ways"
  }
  mv -T "$state/partial" "$private"
  local objection
  objection=$(objection_to "$private/torch")
  [[ -z $objection ]] || die "the libtorch that pip fetched does not do: $objection" "$ways"
}

# Where the headers of CUDA and NCCL are, beside a libtorch for CUDA: as packages of a Python put them, or a toolkit.
# Without them, and with VAPO_NCCL set to nothing, tensors travel between GPUs over the host's memory.
choose_nccl() {
  [[ -n ${VAPO_NCCL-unset} ]] || return 0
  unset VAPO_NCCL
  [[ -e $link/lib/libtorch_cuda.so ]] || return 0
  local beside cuda nccl missing=
  beside=$(readlink -f "$link/..")/nvidia
  cuda=$(folder_with cuda_runtime_api.h "$beside"/{cu*,cuda_runtime}/include "${CUDA_HOME:-/usr/local/cuda}/include")
  nccl=$(folder_with nccl.h "$beside/nccl/include" "${NCCL_HOME:-/usr/local/nccl}/include" /usr/include)
  [[ $cuda ]] || missing+="cuda_runtime_api.h (CUDA_HOME) "
  [[ $nccl ]] || missing+="nccl.h (NCCL_HOME) "
  if [[ $missing ]]; then
    say "tensors will travel between GPUs over the host's memory: not found beside libtorch: ${missing% };" \
      "with them there call ./vapo setup (a copy in .vapo/torch is fetched with them once that folder is deleted)"
    return
  fi
  export VAPO_NCCL=$cuda
  # The compiler's own folder stays where it is among the others.
  if [[ $nccl != /usr/include ]]; then VAPO_NCCL+=:$nccl; fi
}

# folder_with FILE FOLDER...: the first that has it, or nothing.
folder_with() {
  local folder
  for folder in "${@:2}"; do
    if [[ -f $folder/$1 ]]; then echo "$folder" && return; fi
  done
}

check_disk() {
  local free
  free=$(df -Pk "$state" | awk 'NR == 2 { print int($4 / 1048576) }')
  if ((free < 4)); then
    say "only $free GB are free here; set-up and build need about 4"
  fi
}

json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# What was found, for `vapo doctor`. swift_version comes from require_swift in ./vapo.
write_set_up() {
  local cuda=false gpu=false
  if [[ -e $link/lib/libtorch_cuda.so ]]; then cuda=true; fi
  if has_gpu; then gpu=true; fi
  cat >"$state/setup.json.new" <<JSON
{
  "libtorch": $(json "$(readlink -f "$link")"),
  "version": $(json "$(version_of "$link")"),
  "origin": $(json "$(cat "$state/origin" 2>/dev/null || echo "the link .vapo/libtorch")"),
  "cuda": $cuda,
  "gpu": $gpu,
  "swift": $(json "${swift_version:?}")
}
JSON
  mv "$state/setup.json.new" "$state/setup.json"
  if [[ $gpu == true && $cuda == false ]]; then
    say "this machine has a GPU, but libtorch at $(readlink -f "$link") is built for the CPU only"
  fi
}

# Makes .vapo complete. What an earlier call found is kept while it is good; `anew` looks again.
set_up() {
  rm -rf "$state/partial"
  check_disk
  if [[ ${1-} == anew || -n $(objection_to "$link") ]] ||
    [[ -n ${LIBTORCH-} && ! $LIBTORCH -ef $link ]]; then
    find_libtorch
    say "libtorch $(version_of "$link") at $(readlink -f "$link")"
  fi
  write_set_up
  choose_nccl
}

print_set_up() { cat "$state/setup.json"; }
