.DEFAULT_GOAL := help
.PHONY: help install install-dev run test test-plain test-all check audit format bench bench-web portraits flat crash simulate web pages lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One process of tests for each processor, up to four.
EACH := --numprocesses logical --maxprocesses 4 --dist worksteal
PYTEST := $(BIN)/python -m pytest $(EACH)
# Nobody's global settings are needed, and a prompt would stop the install.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKING := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --quiet

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tertulia needs Python 3.11 or later; try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), which takes a moment the first time"
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/installed ## Install the server into .venv, from the lock file

install-dev: $(VENV)/installed-dev ## Install what development needs as well

run: install pages ## Serve at http://127.0.0.1:8000 with open registration
	@exec $(BIN)/tertulia serve --registration $${TERTULIA_REGISTRATION:-open}

test: install-dev ## Run the fast tests (a few minutes)
	$(PYTEST) -m "not slow"

test-plain: install-dev ## Run the fast tests without any of the shortcuts
	TERTULIA_SHORTCUTS=none $(PYTEST) -m "not slow"

test-all: test ## Run all tests: also the slow ones, npm clients, a browser, PostgreSQL
	$(PYTEST) -m slow
	$(BIN)/python -m tests.postgres $(EACH) -m "not slow"

check: install-dev ## Check format, lint, types, layout, dependencies and the printed schema
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/pyright --project tests
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/tertulia schema | diff - schema/schema.graphql

audit: ## Ask whether anything that is locked has known weaknesses (needs the internet, uv and npm)
	for lock in requirements.lock requirements-dev.lock; do \
		uvx --quiet pip-audit --require-hashes --disable-pip --requirement $$lock || exit; done
	for lock in $$(git ls-files '*package-lock.json'); do \
		npm audit --package-lock-only --prefix $$(dirname $$lock) || exit; done

format: install-dev ## Format the code and print the schema
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/tertulia schema > schema/schema.graphql

bench: install-dev ## Measure beside a stock Strawberry server and a Node server, as ratios
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.fanout --rounds 1
	$(BIN)/python -m tests.bench.limits
	$(BIN)/python -m tests.bench.bans
	$(BIN)/python -m tests.bench.files
	$(BIN)/python -m tests.bench.signals
	$(BIN)/python -m tests.bench.direct

bench-web: install-dev web ## Measure the web client with a long channel and a busy one (about 5 minutes)
	$(BIN)/python -m tests.bench.web

portraits: install-dev web ## Take the pictures of the web client that the README shows
	$(BIN)/python -m tests.browser.gallery

flat: install-dev ## Measure whether anything gets slower up to a million messages and 10,000 members
	$(BIN)/python -m tests.bench.flat

simulate: install-dev ## Play 1,000 seeds of users, nodes, crashes and clocks against the law of the feed
	$(BIN)/python -m tests.simulator --seeds 1000 --jobs 2

crash: install-dev ## Kill a server 200 times while clients send and follow (about 8 minutes)
	$(BIN)/python -m tests.crash

PAGES := graphiql web

web: $(PAGES:%=client-examples/%/dist/index.html) ## Build the web pages (needs Node.js 20.19 or later, and npm)

.SECONDEXPANSION:
client-examples/%/dist/index.html: $$(shell git ls-files client-examples/$$* client-examples/resume 2>/dev/null)
	@echo "Building $(dir $(@D)), which takes a moment the first time"
	@cd client-examples/$* && npm ci --silent --no-audit --no-fund && npm run build --silent
	@touch $@

pages:
	@if command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory web || echo "The web pages are not built; the API works without."; \
	else echo "npm is not installed: the web pages are not built; the API works without."; fi

lock: ## Renew both lock files (needs uv)
	$(LOCKING) --group build -o requirements.lock
	$(LOCKING) --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Delete the virtual environment and caches, never data
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis *.egg-info
	rm -rf client-examples/*/dist client-examples/*/node_modules client-examples/*/*/node_modules
	rm -rf tests/*/node_modules tests/bench/node/node_modules
