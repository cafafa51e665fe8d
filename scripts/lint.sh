#!/usr/bin/env bash
# Runs every check of the sources, all of them even when one fails, and ends with the number of those that did.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PATH=$PWD/.venv/bin:$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=()

# check NAME COMMAND…: quiet when all is well.
check() {
    local name=$1 started=$SECONDS
    shift
    if "$@" >"$folder/words" 2>&1 </dev/null; then
        printf 'ok      %-14s %3d s\n' "$name" $((SECONDS - started))
    else
        printf 'FAILED  %-14s %3d s\n' "$name" $((SECONDS - started))
        cat "$folder/words"
        failed+=("$name")
    fi
}

# As a person would run the site: HTTPS, a host name, secrets from outside; nothing of ./data is read or written.
# shellcheck disable=SC2329  # `check` calls it
in_production() {
    env IMAGECREATOR_DATA="$folder/data" HTTPS=1 ALLOWED_HOSTS=pictures.example SECRET_KEY="$(head -c 48 /dev/urandom | base64)" "$@"
}

check "ruff" ruff check --output-format concise .
check "ruff format" ruff format --check --output-format concise .
check "djlint format" djlint --quiet --check templates
check "djlint" djlint --quiet --lint templates
check "codespell" codespell
check "import-linter" lint-imports --no-cache --no-logo
check "migrations" env IMAGECREATOR_DATA="$folder/data" python manage.py makemigrations --check --dry-run
check "check --deploy" in_production python manage.py check --deploy --fail-level WARNING
check "mypy" env IMAGECREATOR_DATA="$folder/data" mypy imagecreator channels_app generation celery_worker.py manage.py

[ ${#failed[@]} = 0 ] && exit 0
printf '\n%d of the checks failed: %s\n' ${#failed[@]} "${failed[*]}"
exit 1
