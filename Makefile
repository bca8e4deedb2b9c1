# What people and CI call. `make run` alone is enough on a fresh machine; CONTRIBUTING.md explains the others.
PORT ?= 8000
HOST ?= 127.0.0.1
DATA ?= data
BIN := .venv/bin
# Checks must not touch the data folder of a running installation.
SCRATCH := build/check-data
# Each walk has its time (tests/browser/chromium.py) and fails when that is over; this is the limit for all of them.
WALK = timeout 900 $(BIN)/pytest -q -m "browser and not trial"

.PHONY: docs papers run test test-sqlite test-postgres check fix demo bench trials lock

run:
	@sh scripts/prepare.sh run
	@$(BIN)/huiyin init --data "$(DATA)" --demo-when-empty
	@exec $(BIN)/huiyin serve --data "$(DATA)" --host "$(HOST)" --port "$(PORT)"

demo:
	@sh scripts/prepare.sh run
	@$(BIN)/huiyin init --data "$(DATA)"
	@$(BIN)/huiyin demo --data "$(DATA)"

test: test-sqlite test-postgres

test-sqlite:
	@sh scripts/prepare.sh dev
	HUIYIN_DATABASE= $(BIN)/pytest -q -n 2 --dist loadfile -m "not trial and not browser"
	HUIYIN_DATABASE= $(WALK) tests/ui
	HUIYIN_DATABASE= $(WALK) tests/browser

# What holds no rows of a database is the same on both.
NO_ROWS = $(addprefix --ignore=tests/,kernel cases/routes papers/test_writers.py papers/test_templates.py)
# The browser walks on SQLite alone: it tests the pages, which are the same on both.
test-postgres:
	@sh scripts/prepare.sh dev
	$(BIN)/python scripts/with_postgres.py $(BIN)/pytest -q -n 2 --dist loadfile -m "not trial and not browser" $(NO_ROWS)

check:
	@sh scripts/prepare.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	HUIYIN_DATA=$(SCRATCH) $(BIN)/mypy
	$(BIN)/djlint huiyin --quiet --lint
	$(BIN)/pytest -q tests/house

docs:
	@sh scripts/prepare.sh dev
	HUIYIN_DATA=$(SCRATCH) DJANGO_SETTINGS_MODULE=config.settings $(BIN)/python -c "import django; django.setup(); from huiyin.cases import rules_page; print(rules_page.render(), end='')" > docs/rules/steps.md
	HUIYIN_DATA=$(SCRATCH) DJANGO_SETTINGS_MODULE=config.settings $(BIN)/python -c "import django; django.setup(); from huiyin.cases import flow_picture; print(flow_picture.render(), end='')" > docs/flow/case.svg
	$(BIN)/python -m huiyin.clocks.policy_page > docs/rules/limits.md
	$(BIN)/python -m huiyin.papers.forms_page > docs/rules/papers.md
	$(BIN)/python -c "from huiyin.cases.routes import page; print(page.render(), end='')" > docs/rules/routes.md

# Every kind of paper as pictures on one contact sheet: build/papers/sheet.png.
papers:
	@sh scripts/prepare.sh dev
	HUIYIN_DATA=$(SCRATCH) HUIYIN_DEBUG=1 $(BIN)/python scripts/contact_sheet.py build/papers

fix:
	@sh scripts/prepare.sh dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench:
	@sh scripts/prepare.sh dev
	$(BIN)/huiyin bench --data build/bench-sqlite
	$(BIN)/python scripts/with_postgres.py $(BIN)/huiyin bench --data build/bench-postgres

# Long trials: 50 x kill -9 on each database, and whatever else is marked `trial`.
trials:
	@sh scripts/prepare.sh dev
	HUIYIN_DATABASE= $(BIN)/pytest -q -m trial
	$(BIN)/python scripts/with_postgres.py $(BIN)/pytest -q -m trial

lock:
	@sh scripts/lock.sh
