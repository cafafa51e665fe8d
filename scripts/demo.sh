#!/bin/sh
# Hands the settings of `make demo` to the program that does it.
cd "$(dirname "$0")/.." || exit 1
case ${ONCE:-0} in 0 | no | false) ;; *) set -- --once ;; esac
exec .venv/bin/python -m imagecreator.demo "$@" --port "${PORT:-8000}" ${VIDEO:+--video "$VIDEO"} ${TITLE:+--title "$TITLE"}
