# shellcheck shell=bash
# What the scripts beside this file share: how they speak, and whether they may install Debian packages. Sourced, not run.

say() { printf '%s\n' "$*"; }

# One sentence on stderr, then the end.
fail() {
    printf '\nError: %s\n' "$*" >&2
    exit 1
}

may_install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# install_packages LOG PACKAGE…: with a fresh list of packages where the present one does not do.
install_packages() {
    local log=$1
    shift
    local install=(apt-get install --yes --no-install-recommends "$@")
    export DEBIAN_FRONTEND=noninteractive
    say "Installing Debian's $* …"
    "${install[@]}" >>"$log" 2>&1 </dev/null || { apt-get update && "${install[@]}"; } >>"$log" 2>&1 </dev/null
}

# Where the logs of the installing lie; the folder is made when it is missing.
log_folder() {
    local folder=${IMAGECREATOR_DATA:-data}/logs
    mkdir -p "$folder" 2>/dev/null || fail "The folder $folder cannot be written; name another one with IMAGECREATOR_DATA."
    printf '%s' "$folder"
}
