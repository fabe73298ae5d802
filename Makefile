# `make` alone lists the targets. They install what they need, except Rust, a C compiler, Python 3 and make;
# scripts/check-tools says how to install those.

# The processor of the function: x86_64 or arm64. The stack's parameter Architecture must have the same
# value. Its value in samconfig.toml is the default here.
ARCHITECTURE ?= $(if $(shell grep -s 'Architecture=[^a-z0-9]*arm64' samconfig.toml),arm64,x86_64)
# Seconds for each target of `make fuzz`.
FUZZ_SECONDS ?= 600
# The stack that `make replay`, `make deactivate`, `make activate`, `make smoke` and the end of `make deploy` are about.
STACK ?= iam-key-deactivator

# The Python tools: those of the local AWS, and all.
STACK_VENV := .venv/.stack
VENV := .venv/.all
# cargo finds its `lambda` subcommand in the virtual environment, and `lambda` finds zig there. The Region is
# a default for checks that insist on one.
TOOLS := PATH="$(CURDIR)/.venv/bin:$$PATH" SAM_CLI_TELEMETRY=0
OFFLINE := $(TOOLS) AWS_DEFAULT_REGION=us-east-1

# `make deactivate` and `make activate`. Neither make nor the shell reads what a person types. USER in the
# environment is not the key's user.
quoted = '$(subst ','\'',$(value $(1)))'
change-key = .venv/bin/python scripts/key $@ "$(STACK)" $(call quoted,KEY) $(call quoted,REASON) \
  $(if $(filter command,$(firstword $(origin USER))),--user $(call quoted,USER)) $(if $(DRY_RUN),--dry-run)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help tools function demo test test-rust test-stack mutants lint deny fuzz bench sbom format clippy one-http-stack template build deploy package release-files replay deactivate activate smoke clean

help:
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

##@ Try it
demo: tools ## Run the whole stack on this machine, from the finding to the mail (KEEP=1 leaves it running; first run: 3 minutes)
	@echo '==> Build the function, and set up the Python tools'
# At low priority the tools are ready before the build, and do not slow it down.
	@$(MAKE) --no-print-directory -j2 function $(STACK_VENV) LOW=nice
	@KEEP=$(KEEP) .venv/bin/python scripts/demo

##@ Work on it
test: $(STACK_VENV) ## All tests
	@echo '==> Build the tests: about 3 minutes on two cores, the first time'
	cargo test --locked --workspace --no-run
	@echo '==> The tests in Rust, and beside them the whole stack in a local AWS: about 4 minutes on two cores'
	@$(MAKE) --no-print-directory -j2 test-rust test-stack

mutants: $(STACK_VENV) ## Break the template in many ways; the stack's tests must fail (ONLY=text selects; 20 minutes)
	.venv/bin/python tests/stack/mutants.py $(ONLY)

lint: format clippy one-http-stack template ## Check formatting, lints, the HTTP stack and the templates

deny: tools ## Check the dependencies: licences, bans, sources, known vulnerabilities (deny.toml)
	@echo '==> cargo deny'
	@scripts/deny

fuzz: tools ## Fuzz the readers of events and of the credential report (FUZZ_SECONDS=600 for each)
	@scripts/fuzz $(FUZZ_SECONDS)

bench: build target/bench/.ready ## Compare speed and size with boto3, SDK v3 and Cloud Custodian (20 minutes)
	cargo run --locked --profile measure --package benches -- $(BENCH)

##@ Deploy it
build: $(VENV) ## Build the function for Lambda into .aws-sam/build (ARCHITECTURE=x86_64 or arm64)
	@echo '==> Release build: the first one takes 4 to 8 minutes on two cores'
	$(TOOLS) cargo lambda build --locked --release --bin iam-key-deactivator $(if $(filter arm64,$(ARCHITECTURE)),--arm64)
	@echo '==> Package (sam build uses this binary)'
	$(OFFLINE) sam build --parameter-overrides Architecture=$(ARCHITECTURE)

deploy: build ## Deploy with samconfig.toml and your AWS credentials (GUIDED=1 asks for every parameter)
# No --parameter-overrides: they would replace those of samconfig.toml.
	@echo '==> Deploy. The function was built for $(ARCHITECTURE): the parameter Architecture must be $(ARCHITECTURE)'
	$(TOOLS) sam deploy $(if $(GUIDED),--guided)
	@.venv/bin/python scripts/next-steps "$(STACK)"

package: build ## Write the packaged template into target/package, for CloudFormation alone (BUCKET=name)
	@mkdir -p target/package
	$(TOOLS) sam package --s3-bucket $(or $(BUCKET),$(error BUCKET is missing: BUCKET=name says which S3 bucket to upload the code to)) \
	  --s3-prefix iam-key-deactivator --output-template-file target/package/template.yaml
	@echo 'Deploy target/package/template.yaml with CAPABILITY_IAM and CAPABILITY_AUTO_EXPAND.'

release-files: $(VENV) ## Write the files of a release, for people without Rust (TAG=v1.2.3)
	@scripts/release-files $(TAG)

##@ Operate it
replay: $(STACK_VENV) ## Send the events in the failure queue again (STACK=name; YES=1 skips the question)
	@.venv/bin/python scripts/replay "$(STACK)" $(if $(YES),--yes)

deactivate: $(STACK_VENV) ## Deactivate a key (KEY=AKIA… REASON=why; USER=name, STACK=name, DRY_RUN=1)
	@$(change-key)

activate: $(STACK_VENV) ## Activate a key that the stack deactivated (KEY=AKIA… REASON=why; USER=name, STACK=name, DRY_RUN=1)
	@$(change-key)

smoke: $(STACK_VENV) ## Ask AWS what the tests assume, with throw-away users, in a test account (STACK=name; YES=1; ONLY=check)
	@.venv/bin/python scripts/smoke "$(STACK)" $(if $(YES),--yes) $(if $(ONLY),--only $(ONLY))

sbom: tools ## The function's bill of materials (CycloneDX) into target/sbom
	@echo '==> Bill of materials'
	@scripts/sbom

##@ Tidy up
clean: ## Remove everything that was built or installed here
	rm -rf target .aws-sam .venv

# Made again when a contestant changes. `make bench BENCH=respond` or `BENCH=sweep` runs one part.
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

# The function for the demo, unless FUNCTION_BINARY names a built one.
function: tools
	$(if $(FUNCTION_BINARY),,cargo build --locked)

# Stamps: made again when a lock changes.
$(STACK_VENV): scripts/requirements-stack.txt scripts/make-venv | tools
	@$(LOW) scripts/make-venv stack

$(VENV): scripts/requirements.txt $(STACK_VENV)
	@scripts/make-venv all
