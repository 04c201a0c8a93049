# The commands of this project. `make demo` and `make test` do all their own set-up.
PY := .venv/bin/python
.PHONY: help demo test check bench campaign matrix schema requirements clean

help:
	@echo "make demo       install, then the main job end to end on bundled data (no outside network after the install)"
	@echo "make test       install, then every check and test"
	@echo "make check      style, types, floors: the quick part of make test"
	@echo "make campaign   the long campaigns (kill -9, hostile inputs, clocks)"
	@echo "make matrix     the wheel with lowest, pinned and newest packages on every Python found"
	@echo "make bench      the figures stated in docs/, where the evaluation data is present"

demo:
	@.ci/setup requirements/run.txt
	@$(PY) -m tracker demo

test: check
	@$(PY) -m pytest -n auto --dist loadfile

check:
	@.ci/setup requirements/dev.txt
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/lint-imports --no-logo >/dev/null || .venv/bin/lint-imports
	@.venv/bin/mypy

campaign:
	@.ci/setup requirements/dev.txt
	@$(PY) -m pytest -m campaign -s

matrix:
	@.ci/matrix

bench:
	@.ci/setup requirements/dev.txt
	@$(PY) -m benchmarks.all

schema:
	@$(PY) -m tracker config schema > config/tracker.schema.json

requirements:
	uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/run.txt
	uv pip compile pyproject.toml requirements/build.in --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/dev.txt
	uv pip compile pyproject.toml requirements/build.in --all-extras --resolution lowest-direct --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/lowest.txt

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis state/demo
