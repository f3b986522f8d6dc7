# Sourced by demo and test, in the repository root: makes .venv and installs into it, once.
# shellcheck shell=bash

fail() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 1
}

is_ready() {
    key=$({ pwd && cat setup.* pyproject.toml constraints.txt devices/kernels/source/*; } | cksum)
    [ -x .venv/bin/python ] && grep -qsxF -- "$key" "$@"
}

install() {
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
        --constraint constraints.txt "$@" </dev/null >.venv/install.log 2>&1
}

make_environment() {
    wanted='import sys, ensurepip; sys.exit(sys.version_info < (3, 11))'
    if ! .venv/bin/python -c "$wanted" 2>/dev/null; then
        for python in python3.13 python3.12 python3.11 python3 none; do
            if "$python" -c "$wanted" 2>/dev/null; then break; fi
        done
        [ "$python" != none ] || fail "Python 3.11 or newer with ensurepip is needed, none was found."
        "$python" -m venv --clear .venv >/dev/null || fail "$python could not make .venv."
    fi
    .venv/bin/python -m pip --version >/dev/null 2>&1 ||
        .venv/bin/python -m ensurepip >/dev/null 2>&1 ||
        fail "there is no pip in .venv; remove .venv and try again."
}

# The stamp is written last, so that an interrupted installation is taken up again. It names the
# folder too: a copy of the repository must not run the original; and the sources of the native
# kernels, which an old build must not outlive. Tests install all a demo needs.
prepare() {
    stamp=.venv/.ready-$1
    shift
    if is_ready .venv/.ready-test "$stamp"; then return; fi
    printf '%s: installing into .venv, once; this takes minutes.\n' "$0" >&2
    make_environment
    rm -f .venv/.ready-*
    if ! install "$@"; then
        [ -z "${CI:-}" ] || cat .venv/install.log >&2
        fail "packages could not be installed (is there a network?); .venv/install.log says more."
    fi
    printf '%s\n' "$key" >"$stamp"
}
