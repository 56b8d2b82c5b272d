# shellcheck shell=bash
# Makes .vapo/parquet: Arrow's C++ library (of a Python that has pyarrow, else of a private copy that
# pip downloads) and our shim over it. Read by ./vapo, whose variables (root, state, link) and
# functions (say, die) it uses. Nothing but Parquet files needs any of it.

: "${root:?}" "${state:?}" "${link:?}"

arrow_fetched=26.0.1        # the pyarrow that is downloaded
parquet=$state/parquet      # libvapo_parquet.so, arrow (a link or a folder), about
shim=$root/Shims/parquet

# What the shim is made of, as one line.
shim_identity() { cat "$shim"/*.h "$shim"/*.hpp "$shim"/*.cpp | cksum; }

parquet_is_good() {
  [[ -f $parquet/libvapo_parquet.so && -f $parquet/about ]] || return 1
  [[ $(head -n 1 "$parquet/about") == "$(shim_identity)" ]] || return 1
  # The pyarrow it was made with may be gone, or another one by now.
  ! ldd "$parquet/libvapo_parquet.so" 2>/dev/null | grep -q 'not found'
}

# Folders of pyarrow on this machine, one a line: beside libtorch, then of the Pythons on the PATH.
# Asked from /, so that no folder that happens to be called pyarrow is taken for it.
arrow_folders() {
  local python
  echo "$(readlink -f "$link")/../pyarrow"
  for python in ${VIRTUAL_ENV:+"$VIRTUAL_ENV/bin/python3"} python3; do
    python=$(type -P "$python") || continue
    (cd / && "$python" -c '
import importlib.util
spec = importlib.util.find_spec("pyarrow")
for folder in (spec.submodule_search_locations or []) if spec else []:
    print(folder)
' 2>/dev/null) || continue
  done
}

arrow_version_of() {
  sed -nE 's/^#define ARROW_VERSION_STRING "([^"]+)"/\1/p' "$1/include/arrow/util/config.h" | head -n 1
}

# compile_shim ARROW FOLDER: the library that lies in FOLDER beside ARROW's link or copy.
compile_shim() {
  local compiler
  for compiler in c++ clang++; do
    type -P "$compiler" >/dev/null || continue
    if "$compiler" -std=c++20 -O2 -fPIC -shared -Wall -Wextra -I "$shim" -isystem "$1/include" \
      "$shim"/*.cpp "$1"/libarrow.so.[0-9]* "$1"/libparquet.so.[0-9]* \
      -Wl,--no-undefined -Wl,-rpath,"\$ORIGIN/arrow" -o "$2/libvapo_parquet.so" \
      >>"$state/parquet.log" 2>&1; then
      return 0
    fi
  done
  return 1
}

# finish_parquet ARROW ORIGIN: compiles in .vapo/parquet.partial and puts it in place when it is
# whole.
finish_parquet() {
  local partial=$state/parquet.partial version
  [[ -f $1/include/parquet/arrow/reader.h ]] || return 1
  version=$(arrow_version_of "$1")
  say "compiling the Parquet reader against Arrow ${version:-of unknown version} ($2)"
  compile_shim "$1" "$partial" || return 1
  if ldd "$partial/libvapo_parquet.so" 2>/dev/null | grep -q 'not found'; then return 1; fi
  printf '%s\n%s\n%s\n' "$(shim_identity)" "$version" "$2" >"$partial/about"
  rm -rf "$parquet"
  mv -T "$partial" "$parquet"
  say "Parquet files can be read: Arrow $version, $2"
}

start_partial() {
  rm -rf "$state/parquet.partial"
  mkdir -p "$state/parquet.partial"
}

# Makes .vapo/parquet, or says why it cannot and fails.
set_up_parquet() {
  local folder partial=$state/parquet.partial
  mkdir -p "$state"
  : >"$state/parquet.log"
  while IFS= read -r folder; do
    [[ -f $folder/include/parquet/arrow/reader.h ]] || continue
    folder=$(readlink -f "$folder")
    start_partial
    ln -s "$folder" "$partial/arrow"
    if finish_parquet "$partial/arrow" "the pyarrow at $folder"; then return 0; fi
    say "not using the pyarrow at $folder: the reader does not compile against it (.vapo/parquet.log)"
  done < <(arrow_folders)
  if ! type -P python3 >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
    say "there is no pyarrow, and no python3 with pip to fetch one with"
    say "Debian and Ubuntu: apt-get install python3-pip; or pip install pyarrow in a virtual environment."
    return 1
  fi
  say "found no pyarrow; fetching $arrow_fetched with pip into .vapo/parquet (once)"
  start_partial
  if ! python3 "$root/dev/fetch-arrow.py" "$arrow_fetched" "$partial/arrow" >&2; then
    rm -rf "$partial"
    say "Arrow could not be fetched (see above)"
    return 1
  fi
  if finish_parquet "$partial/arrow" "a private copy made by pip"; then return 0; fi
  rm -rf "$partial"
  say "the Parquet reader does not compile: see .vapo/parquet.log"
  return 1
}
