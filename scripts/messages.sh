#!/usr/bin/env bash
# Collects every text a person can see into locale/*/LC_MESSAGES/django.po, and compiles the catalogues.
# English is filled in from the sources; what is new in another language stands there with an empty msgstr.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8

.venv/bin/python manage.py makemessages --verbosity 0 --locale en --locale ru --extension html,py \
    --no-wrap --no-obsolete --add-location file \
    --ignore .venv --ignore data --ignore staticfiles --ignore tests --ignore 'imagecreator/demo/*'

for catalogue in locale/*/LC_MESSAGES/django.po; do
    # A guess from a similar sentence is worse than an empty place; the time of collecting would change with every run.
    msgattrib --clear-fuzzy --empty --clear-previous --no-obsolete --no-wrap --output-file "$catalogue" "$catalogue"
    case $catalogue in locale/en/*) msgen --no-wrap --output-file "$catalogue" "$catalogue" ;; esac
    sed -i '/^"POT-Creation-Date:/d' "$catalogue"
    printf '%s: ' "$catalogue"
    msgfmt --check --statistics --output-file /dev/null "$catalogue" 2>&1
done
.venv/bin/pybabel --quiet compile --domain django --directory locale
