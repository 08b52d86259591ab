# Everything a developer needs, one word each: `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What the build links (…-dev, pkg-config), and what the program runs (postgresql, ca-certificates).
PACKAGES := libpq-dev libssl-dev libcurl4-openssl-dev libyaml-dev pkg-config postgresql \
  ca-certificates

# What the tests check the store's GraphQL documents (python3-graphql-core) and the metrics
# (python3-prometheus-client) with, the mail server that they send letters to, with its certificates
# (python3-aiosmtpd, openssl), the browser that they load the widget into (chromium), and what sets a
# process's clock wrong (faketime).
TEST_PACKAGES := python3-graphql-core python3-prometheus-client python3-aiosmtpd openssl chromium \
  faketime

# One test after the other: many start servers and processes of their own, and two cores are few.
# For example: make test TEST_FLAGS='--filter PrivateCluster'
TEST_FLAGS ?= --no-parallel

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build Laurel and show it at work: a store, orders, rewards; Ctrl-C ends it
	@exec .build/debug/laurel demo

.PHONY: build
build: toolchain setup ## build the program, with debug information
	@swift build --product laurel

.PHONY: test
test: toolchain test-setup ## build and run every test, against a throw-away PostgreSQL
	@swift build --build-tests
	@exec .ci/with-postgres swift test --skip-build $(TEST_FLAGS)

# For example, the story of one seed: make simulate SEEDS=1 SEED=499
SEEDS ?= 10000
SEED ?= 1

.PHONY: simulate
simulate: toolchain setup ## let SEEDS simulated shops go wrong in every way, and count their rewards
	@swift build --build-tests
	@SIMULATION_SEEDS=$(SEEDS) SIMULATION_FIRST_SEED=$(SEED) \
	  swift test --skip-build --no-parallel --filter SimulationTests.SimulationTests

.PHONY: docker
docker: ## check docker/ as far as that goes without an engine
	@.ci/install-packages docker-compose
	@.ci/check-docker

.PHONY: crash-test
crash-test: toolchain test-setup ## kill Laurel, its database and its store's answers, and count the rewards
	@swift build --build-tests
	@CRASH=long exec swift test --skip-build --no-parallel --filter CrashTests

# For example: make bench BENCH_FLAGS='--short', or '--only intake --json', or '--large'
BENCH_FLAGS ?=

# Linked as the image is (docker/Dockerfile), so that what is measured is what runs.
.PHONY: bench
bench: toolchain setup ## measure the service beside what the machine can do; takes ten minutes
	@swift build --configuration release --static-swift-stdlib --product laurel
	@swift build --configuration release --static-swift-stdlib --product laurel-bench
	@exec .build/release/laurel-bench run $(BENCH_FLAGS)

.PHONY: bench-rules
bench-rules: toolchain setup ## measure how long a decision by config/laurel.yaml takes
	@swift build --configuration release --product laurel-bench
	@exec .build/release/laurel-bench rules

.PHONY: lint
lint: toolchain ## check the sources' form
	@swift format lint --strict --recursive Sources Tests Package.swift

.PHONY: format
format: toolchain ## bring the sources into form
	@swift format format --in-place --recursive Sources Tests Package.swift

.PHONY: setup
setup: ## install the Debian packages that are missing
	@.ci/install-packages $(PACKAGES)

.PHONY: test-setup
test-setup: ## install what the tests need too
	@.ci/install-packages $(PACKAGES) $(TEST_PACKAGES)

.PHONY: clean
clean: ## remove what was built; data stays
	@rm -rf .build

.PHONY: toolchain
toolchain:
	@command -v swift >/dev/null || { \
	  echo "swift is not on PATH. Install Swift 6.2 or later from https://www.swift.org/install/" >&2; \
	  echo "and put its usr/bin folder on PATH." >&2; exit 1; }
