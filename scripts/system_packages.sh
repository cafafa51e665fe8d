#!/usr/bin/env bash
# Installs Debian packages that some tests need, where it may; where it may not, says loudly which tests will fail for it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

program_of() { case $1 in gettext) echo msgfmt ;; *) echo "$1" ;; esac; }
needed_by() { case $1 in chromium) echo "the tests in tests/browser" ;; *) echo "'make messages' and the tests of the catalogues" ;; esac; }

# On Ubuntu `chromium` may be there and only say that it wants to be a snap: it counts when it answers.
works() { "$(program_of "$1")" --version >/dev/null 2>&1 </dev/null; }

log=$(log_folder)/system_packages.log
for package in "$@"; do
    works "$package" && continue
    if may_install_packages; then
        install_packages "$log" "$package" || true
    fi
    works "$package" && continue
    {
        say "!!! $package is missing and cannot be installed from here: $(needed_by "$package") will FAIL."
        say "!!! Install it as root, 'apt-get install $package' (details: $log), and run this again."
    } >&2
done
