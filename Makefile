# `make chat` and `make test` do all their own set-up, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: chat test rebuild clean chromium

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

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The stamps are younger than what was installed from, so a second run starts at once.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/.installed

chromium:
	@command -v chromium >/dev/null || sh tests/install-chromium.sh

clean:
	rm -rf $(VENV) index build dist *.egg-info
