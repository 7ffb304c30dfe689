# mailferry: every target prepares what it needs on a fresh Debian 12 with Python 3.11.
.PHONY: help setup servers all-servers demo test test-long fuzz bench bench-reading bench-dav lint lock clean
PYTHON ?= python3
SECONDS ?= 60
WORKERS ?= 3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
unexport PYTHONPATH PYTHONHOME

help:  ## the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(STAMP)  ## .venv with the mailferry command and everything it needs

$(STAMP): requirements.lock pyproject.toml deploy/setup.sh
	@PYTHON="$(PYTHON)" sh deploy/setup.sh $(VENV)

servers:  ## Debian's Dovecot, which the demo and the tests run against (needs root or sudo; says so otherwise)
	@sh deploy/servers.sh

all-servers:  ## Dovecot; and Debian's Cyrus, Courier, SOGo and sabre/dav below .servers for the tests (not installed, needs no root)
	@sh deploy/servers.sh all

demo: setup servers  ## the whole story on servers it starts itself on loopback, in under two minutes
	@$(BIN)/mailferry demo $(ARGS)

test: setup all-servers  ## every fast test and a sample of the long ones, against real servers
	@$(BIN)/pytest -q -m "not long" -n $(WORKERS) --dist loadfile $(ARGS)

test-long: setup all-servers  ## full crash sweeps and fuzzing
	@$(BIN)/pytest -q $(ARGS)

fuzz: setup  ## every parser fuzzed for SECONDS=60 each; stops at a finding, its input is kept below build/fuzz
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)

bench: setup servers  ## the same work side by side with the peers that are installed
	@$(BIN)/python -m tests.bench.mail $(ARGS)

bench-reading: setup  ## how long it takes to understand each mail of the fixtures, and a table of 10,000 rows
	@$(BIN)/python -m tests.bench.reading $(ARGS)

bench-dav: setup all-servers  ## 2,000 events and 500 contacts imported, beside bare PUTs of the same bodies, on every server
	@$(BIN)/python -m tests.bench.dav $(ARGS)

lint: setup  ## ruff and mypy
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

lock: setup  ## resolve pyproject.toml again into requirements.lock (hashes, no index address)
	@$(BIN)/python -m venv build/lock && build/lock/bin/pip install -q pip-tools
	@build/lock/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --all-extras --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml

clean:  ## remove what the targets made
	rm -rf $(VENV) .servers build .pytest_cache .mypy_cache .ruff_cache .hypothesis
