# The two promises: `make demo` and `make test`, on a fresh machine with Python 3.11+ and nothing running.
SHELL := /bin/sh
PYTHON ?= python3
DEV := $(PYTHON) infra/dev.py
RUN := .venv/bin/python
NAME ?= all
SCALE ?= small

.PHONY: demo up down test lint fmt bench requirements schema install web checks help

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 14

demo: install web ## install, start everything, take in a month of discharges, serve (DETACH=1 returns)
	@$(RUN) -m infra.serving demo $(if $(DETACH),--detach)

up: install web ## serve what is installed, without demo data (DETACH=1 returns)
	@$(RUN) -m infra.serving up $(if $(DETACH),--detach)

down: ## stop what demo or up left running
	@if [ -x $(RUN) ]; then $(RUN) -m infra.serving down; fi

install:
	@$(DEV) install --dev

web:
	@$(DEV) web

checks:
	@$(DEV) web --checks

test: install checks ## everything CI runs
	@$(RUN) -m tests.run

lint: install checks ## format check, lint, types, import contracts, migrations, schema drift
	@$(RUN) -m tests.run --gates-only

fmt: install ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

schema: install ## write docs/api/*.yaml and the typed client from the code
	@$(RUN) -m tests.schema --write

bench: install ## make bench NAME=screening SCALE=full
	@$(RUN) -m tests.benchmarks --name $(NAME) --scale $(SCALE)

requirements: install ## every row of the specification with its tests
	@$(RUN) -m tests.requirements
