#!/usr/bin/env bash
# Collects every text a person can see into locale/*/LC_MESSAGES/django.po, and compiles the catalogues.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p locale
.venv/bin/python manage.py makemessages --locale en --locale ru --no-wrap --no-obsolete --add-location file \
    --ignore .venv --ignore data --ignore staticfiles --ignore tests
scripts/setup.sh dev
for catalogue in locale/*/LC_MESSAGES/django.po; do
    printf '%s: ' "$catalogue"
    LC_ALL=C msgfmt --check --statistics --output-file=/dev/null "$catalogue" 2>&1
done
