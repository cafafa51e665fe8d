# The commands of Image Creator; `make` alone lists them. What each one does in detail stands in scripts/.
#
# Settings, on the command line or in the environment:
#   PORT=8000               the port of the site that `make demo` starts
#   VIDEO=path TITLE="…"    a video of your own for `make demo`
#   ONCE=1                  `make demo` ends when the pictures are painted
#   IMAGECREATOR_DATA=data  the one folder for everything that is written while the site runs
#   PYTHON=python3.12       the Python to make .venv with
#   ARGS="…"                more arguments for pytest in `make test` and `make chaos`
#   CHAOS_REQUESTS=300      how many requests `make chaos` asks for; CHAOS_SEED=7 repeats its choices

SHELL := /bin/sh
BIN := .venv/bin

# A title may hold anything, a dollar sign too: make must not read it as one of its own.
ifdef TITLE
override export TITLE := $(value TITLE)
endif
ifdef VIDEO
override export VIDEO := $(value VIDEO)
endif

.DEFAULT_GOAL := help
.PHONY: help demo setup setup-dev test chaos bench lint messages clean

help: ## say what there is to be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## install what the site and the worker need into .venv
	@scripts/setup.sh runtime

setup-dev:
	@scripts/setup.sh dev

demo: setup ## start everything and paint four thumbnails for a video: VIDEO=path TITLE="…" ONCE=1 PORT=8000
	@exec scripts/demo.sh

test: setup-dev ## install what the tests need and run them all: ARGS="-k words"
	@scripts/system_packages.sh chromium gettext
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

chaos: setup-dev ## paint 300 requests while workers are killed and servers restarted
	@CHAOS_REQUESTS=$${CHAOS_REQUESTS:-300} $(BIN)/python -m pytest -n 0 -s tests/live/test_chaos.py $(ARGS)

bench: setup-dev ## measure painting, batches, the queue and the times it tells, a claim among 100,000, LoRAs, upscaling, restyling in ten styles, captions, rules, memory
	@$(BIN)/python -m tests.bench.thumbnails
	@$(BIN)/python -m tests.bench.batching
	@$(BIN)/python -m tests.bench.overhead
	@$(BIN)/python -m tests.bench.eta
	@$(BIN)/python -m tests.bench.scale
	@$(BIN)/python -m tests.bench.lora
	@$(BIN)/python -m tests.bench.shared
	@$(BIN)/python -m tests.bench.restyle
	@$(BIN)/python -m tests.bench.styles
	@$(BIN)/python -m tests.bench.upscale
	@$(BIN)/python -m tests.bench.captions
	@$(BIN)/python -m tests.bench.rules

lint: setup-dev ## ruff, mypy, djlint, import-linter, codespell and Django's own checks
	@scripts/lint.sh

messages: setup-dev ## collect the texts for translation into locale/ and compile the catalogues
	@scripts/system_packages.sh gettext
	@scripts/messages.sh

clean: ## remove .venv and what the tools leave behind, never data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
