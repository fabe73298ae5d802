# `make` alone lists the targets. They set up what they need, except Rust, a C compiler, Python 3 and
# make itself; scripts/check-tools says how to get those.

# What the function is built for: x86_64 or arm64. Parameter Architecture of the stack must be the same;
# once `make deploy` has saved it in samconfig.toml, it is taken from there.
ARCHITECTURE ?= $(if $(shell grep -s 'Architecture=[^a-z0-9]*arm64' samconfig.toml),arm64,x86_64)
# How long each target of `make fuzz` runs.
FUZZ_SECONDS ?= 600
# The stack that `make replay`, `make smoke` and the end of `make deploy` are about.
STACK ?= iam-key-deactivator

# The Python tools: what the local AWS needs, and all.
STACK_VENV := .venv/.stack
VENV := .venv/.all
# cargo finds its `lambda` subcommand, and that finds zig, in the virtual environment. The Region is
# only a default, for checks that need none but insist on having one.
TOOLS := PATH="$(CURDIR)/.venv/bin:$$PATH" SAM_CLI_TELEMETRY=0
OFFLINE := $(TOOLS) AWS_DEFAULT_REGION=us-east-1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help tools function demo test test-rust test-stack mutants lint deny fuzz bench sbom format clippy one-http-stack template build deploy package release-files replay smoke clean

help:
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

##@ Try it
demo: tools ## The whole stack on this machine, from a finding to the mail (KEEP=1 leaves it up; first time about 3 minutes)
	@echo '==> Build the function, and set up the Python tools'
# At low priority, the tools are there before the build is, and do not hold it up.
	@$(MAKE) --no-print-directory -j2 function $(STACK_VENV) LOW=nice
	@KEEP=$(KEEP) .venv/bin/python scripts/demo

##@ Work on it
test: $(STACK_VENV) ## All tests
	@echo '==> Build the tests'
	cargo test --locked --workspace --no-run
	@echo '==> The tests in Rust, and beside them the whole stack in a local AWS: about 4 minutes on two cores'
	@$(MAKE) --no-print-directory -j2 test-rust test-stack

mutants: $(STACK_VENV) ## Break the template in many ways: the stack's tests must notice (20 minutes; ONLY=text)
	.venv/bin/python tests/stack/mutants.py $(ONLY)

lint: format clippy one-http-stack template ## Formatting, lints, dependencies, template

deny: tools ## Licences, bans and sources of the dependencies (deny.toml), known vulnerabilities
	@echo '==> cargo deny'
	@scripts/deny

fuzz: tools ## Fuzz the readers of events and of the credential report (FUZZ_SECONDS=600 each)
	@scripts/fuzz $(FUZZ_SECONDS)

bench: build target/bench/.ready ## Speed and size beside boto3, SDK v3 and Cloud Custodian (about 20 minutes)
	cargo run --locked --profile measure --package benches -- $(BENCH)

##@ Deploy it
build: $(VENV) ## The function as Lambda runs it, into .aws-sam/build (ARCHITECTURE=x86_64 or arm64)
	@echo '==> Release build: 4 to 8 minutes on two cores, the first time'
	$(TOOLS) cargo lambda build --locked --release --bin iam-key-deactivator $(if $(filter arm64,$(ARCHITECTURE)),--arm64)
	@echo '==> Package (sam build finds the binary ready)'
	$(OFFLINE) sam build --parameter-overrides Architecture=$(ARCHITECTURE)

deploy: build ## Deploy by samconfig.toml, with your AWS credentials (GUIDED=1 asks for every parameter)
# No --parameter-overrides: they would hide those of samconfig.toml.
	@echo '==> Deploy. The function was built for $(ARCHITECTURE): parameter Architecture must say so'
	$(TOOLS) sam deploy $(if $(GUIDED),--guided)
	@.venv/bin/python scripts/next-steps "$(STACK)"

package: build ## The packaged template into target/package, for CloudFormation alone (BUCKET=yours)
	@mkdir -p target/package
	$(TOOLS) sam package --s3-bucket $(or $(BUCKET),$(error BUCKET=name: in which bucket is the code to lie?)) \
	  --s3-prefix iam-key-deactivator --output-template-file target/package/template.yaml
	@echo 'Deploy target/package/template.yaml with CAPABILITY_IAM and CAPABILITY_AUTO_EXPAND.'

release-files: $(VENV) ## What people without Rust deploy from, for both architectures (TAG=v1.2.3)
	@scripts/release-files $(TAG)

##@ Operate it
replay: $(STACK_VENV) ## Send again what waits in the failure queue (STACK=name; YES=1 to not ask)
	@.venv/bin/python scripts/replay "$(STACK)" $(if $(YES),--yes)

smoke: $(STACK_VENV) ## Ask AWS what the tests assume, with throw-away users, in a test account (STACK=name; YES=1; ONLY=check)
	@.venv/bin/python scripts/smoke "$(STACK)" $(if $(YES),--yes) $(if $(ONLY),--only $(ONLY))

sbom: tools ## The function's bill of materials (CycloneDX) into target/sbom
	@echo '==> Bill of materials'
	@scripts/sbom

##@ Tidy up
clean: ## Remove all that was built or installed here
	rm -rf target .aws-sam .venv

# Made anew whenever what is measured changes. The parts of a benchmark: `make bench BENCH=respond`
# or `BENCH=sweep`.
target/bench/.ready: scripts/bench-tools $(wildcard benches/*/*.txt benches/node*/*.json benches/node/*.mjs) | tools
	@scripts/bench-tools

# The halves of `test`. What Rust's says comes in one piece, at its end; the stack's tests show how far they are.
test-rust:
	@mkdir -p target && cargo test --locked --workspace >target/test-rust.log 2>&1 || { cat target/test-rust.log; exit 1; }
	@awk '/^     Running|^   Doc-tests/ { name = $$0 } /^test result: ok. [1-9]/ { print name "\n" $$0 }' target/test-rust.log

test-stack:
	.venv/bin/pytest --numprocesses 2 --dist loadfile tests/stack

# The parts of `lint`, each a step of CI.
format: tools
	cargo fmt --all --check

clippy: tools
	cargo clippy --locked --workspace --all-targets -- -D warnings

one-http-stack: tools
	@echo '==> One HTTP stack'
	@scripts/one-http-stack

template: $(VENV)
	$(OFFLINE) sam validate --lint
	$(OFFLINE) cfn-lint --regions ALL_REGIONS --template template.yaml regional-forwarder.yaml
	scripts/validate-machines

tools:
	@scripts/check-tools

# The function alone, for the demo; FUNCTION_BINARY is one that is built already.
function: tools
	$(if $(FUNCTION_BINARY),,cargo build --locked)

# Stamps: made anew whenever a lock changes.
$(STACK_VENV): scripts/requirements-stack.txt scripts/make-venv | tools
	@$(LOW) scripts/make-venv stack

$(VENV): scripts/requirements.txt $(STACK_VENV)
	@scripts/make-venv all
