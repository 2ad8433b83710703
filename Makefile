# The README's two commands are `make example` and `make test`. Each makes the environment it needs,
# from nothing but Python and pip; VENV=path puts that environment elsewhere, PYTHON=... picks the
# interpreter it is made from.

PYTHON ?= python3
EXAMPLE_ENV := $(or $(VENV),.venv)
TEST_ENV := $(or $(VENV),.venv-test)
RUN := $(TEST_ENV)/bin/python -m

.PHONY: example test test-slow lint format parameters benchmark clean

example: $(EXAMPLE_ENV)/.skdeep-example
	$(EXAMPLE_ENV)/bin/python examples/quickstart.py

# Two pytest workers on two cores: one thread each is faster than four that compete.
test: export OMP_NUM_THREADS = 1
test: lint
	$(RUN) pytest -n 2

# The same, and what takes longer than is worth it every day.
test-slow: export OMP_NUM_THREADS = 1
test-slow: lint
	$(RUN) pytest -n 2 -m "slow or not slow"

lint: $(TEST_ENV)/.skdeep-test
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

format: $(TEST_ENV)/.skdeep-test
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

# What is declared of parameters, into the source of the estimators.
parameters: $(TEST_ENV)/.skdeep-test
	$(TEST_ENV)/bin/python tools/write_parameters.py

benchmark: $(TEST_ENV)/.skdeep-bench
	for script in benchmarks/*.py; do $(TEST_ENV)/bin/python $$script || exit 1; done

clean:
	rm -rf .venv .venv-test .pytest_cache .mypy_cache .ruff_cache .hypothesis

# One stamp an environment and set of extras: installed again when what is installed changes.
define install
	test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install -c constraints.txt -e '.[$(2)]'
	touch $@
endef

$(EXAMPLE_ENV)/.skdeep-example: pyproject.toml constraints.txt
	$(call install,$(EXAMPLE_ENV),progress)

$(TEST_ENV)/.skdeep-test: pyproject.toml constraints.txt
	$(call install,$(TEST_ENV),test)

$(TEST_ENV)/.skdeep-bench: pyproject.toml constraints.txt
	$(call install,$(TEST_ENV),bench)
