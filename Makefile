# Thin on purpose: finds a Python by running it (a pyenv shim can exist and fail) and hands over to
# honkweb/bootstrap.py. Variables of `make run`: PORT, HONK_HOST, HONK_URL, HONK_DATA, HONK_ADMIN.
# `make test ARGS="tests/reviews -k merge"` hands ARGS to pytest.

CANDIDATES = python3.14 python3.13 python3.12 python3
IS_NEW = import sys; sys.exit(sys.version_info < (3, 12))
export ARGS

define with_python
@for python in $(CANDIDATES); do \
	if $$python -c '$(IS_NEW)' >/dev/null 2>&1; then exec $$python honkweb/bootstrap.py $(1); fi; \
done; \
found=$$(python3 -V 2>/dev/null || python -V 2>&1) || found="none"; \
echo "Honkweb needs Python 3.12 or newer and found $$found: install python3.12 (Debian 13:" \
	"apt install python3; elsewhere: pyenv, uv or your system's packages) and run make again." >&2; \
exit 1
endef

.PHONY: run test check bench soak clean

run: ## set up what is missing, start everything, print the address and a sign-in link
	$(call with_python,run)

test: ## every test, in the embedded and the fleet mode
	$(call with_python,test)

check: ## format, lint, types, architecture, migrations, templates, scripts, stylesheets
	$(call with_python,check $(CHECKS))

bench: ## the table of measured ratios, also as var/bench.json
	$(call with_python,bench)

soak: ## the long counts, also as var/soak.json
	$(call with_python,soak)

clean: ## remove what the set-up made; the data under var/ stays
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
