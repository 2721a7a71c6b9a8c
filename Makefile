# `make chat` and `make test` do all their own set-up, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: chat test test-llm test-engines rebuild licences performance clean chromium

## chat: ask the articles in seeds/ in a browser
chat: $(VENV)/.installed
	$(BIN)/dateline chat $(ARGS)

## rebuild: take in what changed in seeds/
rebuild: $(VENV)/.installed
	$(BIN)/dateline rebuild $(ARGS)

## test: style, types and every test, in a real browser too
test: $(VENV)/.installed-test chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(ARGS)

## test-llm: the optional writer against a real server with a small real model
test-llm: $(VENV)/.installed-test $(VENV)-llm/.installed
	DATELINE_TEST_LLM_PYTHON=$(CURDIR)/$(VENV)-llm/bin/python \
	$(BIN)/python -m pytest -s tests/test_language_model_server.py $(ARGS)

## test-engines: what every search engine must do, on Milvus as a file and as a real server too
test-engines: $(VENV)-engines/.installed chromium
	DATELINE_TEST_ENGINES=1 $(VENV)-engines/bin/python -m pytest -m engines $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The stamps are younger than what was installed from, so a second run starts at once.
# Where hashes.txt is there, only archives with these hashes are installed.
$(VENV)/.installed: pyproject.toml constraints.txt $(wildcard hashes.txt) | $(VENV)/bin/python
ifeq ($(wildcard hashes.txt),)
	$(PIP) install --quiet --constraint constraints.txt --editable .
else
	$(PIP) install --quiet --no-deps --require-hashes --requirement hashes.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
endif
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/.installed

# The server is compiled from source, which takes some minutes.
$(VENV)-llm/.installed: tests/llm-requirements.txt
	$(PYTHON) -m venv $(VENV)-llm
	$(VENV)-llm/bin/python -m pip --disable-pip-version-check install --quiet -r $<
	touch $@

# The server is a package of 57 MB that Dateline itself has no need of.
$(VENV)-engines/.installed: tests/engines-requirements.txt pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)-engines
	$(VENV)-engines/bin/python -m pip --disable-pip-version-check install --quiet \
		--constraint constraints.txt --editable '.[test,milvus,ray]' -r $<
	touch $@

## licences: write docs/LICENCES.md from the packages' own metadata
licences: $(VENV)/.installed-test
	$(BIN)/python docs/licences.py

## performance: measure everything again, and write docs/PERFORMANCE.md's tables and plots
performance: $(VENV)/.installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[benchmarks]'
	$(BIN)/python benchmarks/performance.py $(ARGS)

## audit: is every installed file as pinned and as packed? Asks no other machine
audit: $(VENV)/.installed-test
	$(BIN)/python docs/supply.py audit

## hashes: pin what the package index serves today by its hashes too
hashes: $(VENV)/.installed
	$(BIN)/python docs/supply.py hashes

chromium:
	@command -v chromium >/dev/null || sh tests/install-chromium.sh

clean:
	rm -rf $(VENV) $(VENV)-llm $(VENV)-engines index build dist *.egg-info
