# The commands of this project; each is a script in scripts/.
.DEFAULT_GOAL := help
.PHONY: help run setup test lint bench flow cluster screenshots clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and start the demo (PORT=3000)
	@scripts/run

setup: ## Install what building and running needs
	@scripts/setup

test: ## Format, lints, unit, HTTP and browser tests
	@scripts/test

lint: ## Format and lints only
	@scripts/lint

bench: ## Measure, each figure beside its floor, into target/bench.json (CONSENTS=10000000 ONLY=name)
	@scripts/bench

flow: ## Walk the whole story over HTTP (URL=… for a server that runs already)
	@scripts/flow

cluster: ## Start three servers, PostgreSQL with a replica, and nginx in front (PORT=3000)
	@scripts/cluster

screenshots: ## Take pictures of every page into end2end/screenshots
	@scripts/screenshots

clean: ## Remove everything built
	@cargo clean
	@rm -rf end2end/node_modules end2end/test-results end2end/playwright-report end2end/screenshots
