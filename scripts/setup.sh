#!/usr/bin/env bash
# Makes .venv and installs into it: `setup.sh runtime` what the site and the worker need, `setup.sh dev` also tests and linters.
# A stamp inside .venv remembers what was installed from which files, so that a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

part=${1:-runtime}
needed_gb=11 # .venv takes 7 GB; the downloaded wheels lie beside it until pip has unpacked them
opencv='opencv-python-headless==4.11.0.86'
log=$(log_folder)/setup.log

case $part in
    runtime) list=requirements.txt ;;
    dev) list=requirements-dev.txt ;;
    *) fail "scripts/setup.sh takes 'runtime' or 'dev', not '$part'." ;;
esac

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null
}

# The first Python that really runs (a shim of a version manager may exist and not) and is 3.11 or 3.12.
find_python() {
    local candidate version seen=""
    for candidate in ${PYTHON:-python3.12 python3.11 python3}; do
        version=$(version_of "$candidate") || continue
        case $version in
            3.11 | 3.12) python=$candidate && return ;;
        esac
        seen="$candidate is Python $version"
    done
    fail "Python 3.11 or 3.12 is needed (${seen:-no ${PYTHON:-python3} runs here}); install one, for example with" \
        "'apt-get install python3.11 python3.11-venv', and name it with PYTHON=… if it is not on the PATH."
}

make_venv() {
    find_python
    say "Making .venv with $("$python" --version) …"
    "$python" -m venv --clear .venv >"$log" 2>&1 </dev/null && return
    local packages
    packages=python$(version_of "$python")-venv
    if may_install_packages && install_packages "$log" "$packages"; then
        "$python" -m venv --clear .venv >>"$log" 2>&1 </dev/null && return
    fi
    rm -rf .venv
    fail "$python cannot make virtual environments; run 'apt-get install $packages' as root, then this again (details: $log)."
}

check_disk() {
    local free_kb
    free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
    [ "$free_kb" -ge $((needed_gb * 1024 * 1024)) ] ||
        fail "Only $((free_kb / 1024 / 1024)) GB are free here and the installation needs $needed_gb GB; make room or use another disk."
}

# Runs pip with its words in the log, and shows that it is alive: one line that counts on a terminal, a line a minute elsewhere.
run_pip() {
    local started=$SECONDS shown=0 seconds line
    .venv/bin/python -m pip "$@" >>"$log" 2>&1 </dev/null &
    local pid=$!
    trap 'kill '"$pid"' 2>/dev/null; exit 130' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        seconds=$((SECONDS - started))
        if [ -t 1 ]; then
            line=$(grep -oE '^ *(Collecting|Downloading|Installing collected packages|Requirement already satisfied)[:]? ?[^ ]*' "$log" | tail -n 1)
            printf '\r\033[K  %d:%02d %.70s' $((seconds / 60)) $((seconds % 60)) "${line## }"
        elif [ $((seconds - shown)) -ge 60 ]; then
            shown=$seconds
            say "  … $((seconds / 60)) min"
        fi
        sleep 0.5
    done
    [ ! -t 1 ] || printf '\r\033[K'
    trap - INT TERM
    wait "$pid" || explain_pip
}

explain_pip() {
    local reason
    if grep -qE 'No space left on device' "$log"; then
        fail "The disk is full; make room (about $needed_gb GB) and run this again (details: $log)."
    elif grep -qE 'NewConnectionError|NameResolutionError|Name or service not known|Temporary failure|Connection refused|Network is unreachable|ConnectTimeout|Read timed out|ProxyError' "$log"; then
        fail "The Python packages cannot be downloaded: no network, or the package index does not answer (details: $log)."
    fi
    reason=$(sed -n "s/^ERROR: //p" "$log" | tail -n 1)
    fail "pip could not install $list: ${reason:-it ended early} (details: $log)."
}

install() {
    local duration=""
    if [ -z "$(find .venv/lib -maxdepth 3 -name torch -path '*site-packages*')" ]; then
        check_disk
        duration=" (about 4 GB to download, several minutes)"
    fi
    say "Installing the Python packages of $list$duration …"
    : >"$log"
    mkdir -p .venv/tmp # pip unpacks here, on the disk that was measured; /tmp may be small
    TMPDIR=$PWD/.venv/tmp run_pip install --disable-pip-version-check -r "$list" -c constraints.txt
    # mediapipe asks for the build of OpenCV with windows, which needs libGL; this one writes the same files and needs nothing.
    TMPDIR=$PWD/.venv/tmp run_pip install --disable-pip-version-check --force-reinstall --no-deps "$opencv"
    rm -rf .venv/tmp
}

compile_catalogues() {
    local po
    [ -d locale ] || return 0
    for po in locale/*/LC_MESSAGES/*.po; do
        [ -e "$po" ] || continue
        [ "${po%.po}.mo" -nt "$po" ] && continue
        .venv/bin/pybabel --quiet compile -i "$po" -o "${po%.po}.mo" -l "$(basename "$(dirname "$(dirname "$po")")")" ||
            fail "The catalogue $po cannot be compiled."
        [ -e "${po%.po}.mo" ] || fail "The catalogue $po is left out: its header is marked 'fuzzy'; remove that line."
    done
}

# The place is part of it: a .venv that was moved has the old path in its programs.
state=$({ printf '%s\n' "$PWD" && cat requirements*.txt constraints.txt scripts/setup.sh; } | sha256sum | cut -d ' ' -f 1)
stamp=.venv/installed-$part

if [ "$(cat "$stamp" 2>/dev/null || true)" != "$state" ]; then
    moved=$(cat .venv/installed-at 2>/dev/null || printf '%s' "$PWD")
    case $([ "$moved" = "$PWD" ] && version_of .venv/bin/python || true) in
        3.11 | 3.12) ;;
        *) make_venv ;;
    esac
    printf '%s' "$PWD" >.venv/installed-at
    install
    printf '%s' "$state" >"$stamp"
    [ "$part" = runtime ] || printf '%s' "$state" >.venv/installed-runtime
    say "Installed."
fi
compile_catalogues
