# shellcheck shell=bash
# Makes .vapo/plotly: plotly.js, which draws the dashboard's charts, out of the wheel of Python's plotly. Read by
# ./vapo, whose variables (root, state) and functions (say) it uses. Nothing but the dashboard needs it.

: "${root:?}" "${state:?}"

plotly_fetched=7.1.0        # the plotly that is downloaded
plotly=$state/plotly        # plotly.min.js, version

dashboard_is_good() {
  [[ -s $plotly/plotly.min.js && $(cat "$plotly/version" 2>/dev/null) == "$plotly_fetched" ]]
}

# Fetches it, or says why that cannot be done and fails.
set_up_dashboard() {
  local partial
  if ! type -P python3 >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
    say "there is no python3 with pip to fetch plotly.js with"
    say "Debian and Ubuntu: apt-get install python3-pip"
    return 1
  fi
  say "fetching plotly $plotly_fetched with pip into .vapo/plotly (once): it draws the charts"
  mkdir -p "$state"
  # Of two that begin at once the last one stays; both are whole.
  partial=$(mktemp -d "$state/plotly.XXXXXX")
  # A wheel is a zip file; its Python stays where it is, and nothing is installed.
  if python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --dest "$partial" "plotly==$plotly_fetched" >&2 &&
    python3 - "$partial" <<'PYTHON'; then
import pathlib
import sys
import zipfile

folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("plotly-*.whl")
with zipfile.ZipFile(wheel) as archive:
    script = archive.read("plotly/package_data/plotly.min.js")
(folder / "plotly.min.js").write_bytes(script)
wheel.unlink()
PYTHON
    echo "$plotly_fetched" >"$partial/version"
    chmod 755 "$partial"
    rm -rf "$plotly"
    mv -T "$partial" "$plotly"
    say "the dashboard has its charts: plotly $plotly_fetched"
    return 0
  fi
  rm -rf "$partial"
  say "plotly.js could not be fetched (see above)"
  return 1
}
