# Everything is written below out/ and nothing is installed: the Go tools are
# pinned in go.mod and tools/go.mod.

GO ?= go
OUT ?= out
KILLPOINT = out/bin/killpoint
TOOL = $(GO) tool -modfile=tools/go.mod
RUN_FLAGS = $(if $(SEED),--seed '$(SEED)') $(if $(P),--parallel '$(P)') --out '$(OUT)'

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'OUT=folder (default out) takes the reports, P=4 runs so many cells side by side,'
	@echo 'SEED=7 sets their order. A cell that fails makes killpoint exit 1 and make exit 2.'

.PHONY: build
build: ## build out/bin/killpoint
	$(GO) build -buildvcs=false -o $(KILLPOINT) ./cmd/killpoint

# Tests build their children from sources that the test cache does not watch.
.PHONY: test
test: ## run all tests, the crash matrix among them, then ring and harness with the race detector
	$(GO) test -timeout 5m -count=1 ./...
	$(GO) test -timeout 5m -count=1 -tags markhook -run 'Fuzz|Model' ./ring
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ]; then \
		echo '$(GO) test -race -timeout 5m -count=1 ./ring ./harness/...' && \
		$(GO) test -race -timeout 5m -count=1 ./ring ./harness/...; \
	else \
		echo 'test: NOT run with the race detector, which needs a C compiler' >&2; \
	fi

.PHONY: matrix
matrix: build ## run the crash matrix: [SEED=7] [P=4] [SHARD=1/4] [FILTER=text] [OUT=folder]
	$(KILLPOINT) run $(RUN_FLAGS) $(if $(SHARD),--shard '$(SHARD)') $(if $(FILTER),'$(FILTER)')

.PHONY: site
site: ## run one cell and show all of it: SITE=name or SITE=cell [MODE=kill] [POLL=off] [KEEP=1]
	@[ -n '$(SITE)' ] || { echo 'site: name a site or a cell, such as make site SITE=writer-after-publish-header; make sites and make cells list them' >&2; exit 1; }
	@$(MAKE) --no-print-directory build
	$(KILLPOINT) repro $(if $(MODE),--mode '$(MODE)') $(if $(POLL),--poll '$(POLL)') $(if $(KEEP),--keep) --out '$(OUT)' '$(SITE)'

.PHONY: explore
explore: build ## find, judge and try every state that a crash can leave: [OP=push-wrap] [BUILD=plain] [REPEAT=50] [P=4] [OUT=folder]
	$(KILLPOINT) explore $(if $(OP),--op '$(OP)') $(if $(BUILD),--build '$(BUILD)') $(if $(REPEAT),--repeat '$(REPEAT)') $(if $(P),--parallel '$(P)') --out '$(OUT)'

.PHONY: soak
soak: build ## kill writer and reader at full speed and check every message: [FOR=1m] [KILLS=1000] [SEED=7] [P=2] [OUT=folder]
	$(KILLPOINT) soak $(if $(FOR),--for '$(FOR)') $(if $(KILLS),--kills '$(KILLS)') $(RUN_FLAGS)

.PHONY: mutants
mutants: build ## plant bugs in ring and harness; each must be caught: [MUTANT=name] [OF=harness] [ALL=1] [SEED=7] [P=4]
	$(KILLPOINT) mutants $(RUN_FLAGS) $(if $(OF),--of '$(OF)') $(if $(ALL),--all) $(MUTANT)

.PHONY: bench
bench: build ## measure the ring against what else there is: [ROUNDS=7] [IMPL=name] [SIZE=64] [QUICK=1] [OUT=folder]
	$(KILLPOINT) bench $(if $(ROUNDS),--rounds '$(ROUNDS)') $(if $(IMPL),--impl '$(IMPL)') $(if $(SIZE),--size '$(SIZE)') $(if $(QUICK),--quick) --out '$(OUT)'

.PHONY: report
report: build ## turn what is in out/ into out/report.html and report.md: [DIRS='out other'] [OUT=folder]
	$(KILLPOINT) report --out '$(OUT)/report.html' $(or $(DIRS),'$(OUT)')

# Needs chromium, which ci/install-tools.sh installs, and fails without it.
BROWSER_TEST = cd page/browsertest && SCREENSHOTS='$(abspath $(1))' $(GO) test -timeout 5m -count=1 ./...

.PHONY: browser-test
browser-test: build ## try the report in a real browser; leaves screenshots in out/screenshots
	$(call BROWSER_TEST,$(OUT)/screenshots)

.PHONY: screenshots
screenshots: build ## the same, and renews the pictures in docs/
	$(call BROWSER_TEST,docs)
	rm -f docs/report.pdf

.PHONY: gobench
gobench: ## run the Go benchmarks of harness and ring
	$(GO) test -run '^$$' -bench . ./harness ./ring

FUZZTIME ?= 30s
FUZZ ?= FuzzOpen FuzzPop FuzzPush FuzzHostilePeer
.PHONY: fuzz
fuzz: ## fuzz the ring, one target after the other: [FUZZTIME=30s] [FUZZ=FuzzPop]
	GO='$(GO)' ci/fuzz.sh '$(FUZZTIME)' $(FUZZ)

.PHONY: arm64
arm64: ## run the ring's tests for linux/arm64 under qemu-user, if it is installed
	GO='$(GO)' ci/arm64.sh

.PHONY: sites
sites: build ## list the crash sites
	@$(KILLPOINT) sites

.PHONY: cells
cells: build ## list the cells of the matrix and their labels: [FILTER=text]
	@$(KILLPOINT) cells $(if $(FILTER),'$(FILTER)')

.PHONY: failpoint-enable
failpoint-enable: build ## make the markers live in ring/ itself; nothing here needs it, a debugger may
	$(KILLPOINT) failpoint enable ./ring

.PHONY: failpoint-disable
failpoint-disable: build ## undo failpoint-enable and keep what was edited since
	$(KILLPOINT) failpoint disable ./ring

.PHONY: module
module: ## give the module another path, everywhere: MODULE=example.com/you/killpoint
	@GO='$(GO)' ci/module.sh '$(MODULE)'

.PHONY: generate
generate: build ## write the table of sites into docs/cells.md, and ring/CRASH_BEHAVIOR.md
	ci/generated.sh

.PHONY: lint
lint: lint-tree lint-format lint-vet lint-cross lint-static lint-modules lint-workflows lint-scripts lint-generated ## check format, vet, staticcheck, modules, workflows, scripts, generated text

.PHONY: lint-tree lint-format lint-vet lint-cross lint-static lint-modules lint-workflows lint-scripts lint-generated
lint-tree:
	@if [ -n "$$(find ring -name '*__failpoint_*')" ]; then \
		echo 'lint: ring/ is rewritten: run make failpoint-disable first' >&2; exit 1; \
	fi

lint-format: lint-tree
	@bad=$$(gofmt -l .) && if [ -n "$$bad" ]; then echo "lint: not formatted, run gofmt -w on:" "$$bad" >&2; exit 1; fi

lint-vet: lint-tree
	$(GO) vet ./...
	$(GO) vet -tags failpoint ./...
	cd page/browsertest && $(GO) vet ./...

# The ring is for Linux and Darwin; all else is for Linux alone.
lint-cross: lint-tree
	GOOS=linux GOARCH=arm64 $(GO) vet ./...
	GOOS=linux GOARCH=arm64 $(GO) vet -tags failpoint ./ring
	GOOS=darwin GOARCH=arm64 $(GO) vet ./ring
	$(GO) vet -tags markhook ./ring

lint-static: lint-tree
	$(TOOL) staticcheck ./...
	$(TOOL) staticcheck -tags failpoint ./...
	cd page/browsertest && $(GO) tool -modfile=../../tools/go.mod staticcheck ./...

lint-modules:
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff
	cd page/browsertest && $(GO) mod tidy -diff

lint-workflows:
	$(TOOL) actionlint

lint-scripts:
	@command -v shellcheck >/dev/null || { \
		echo 'lint: scripts were NOT checked: shellcheck is missing; ci/install-tools.sh installs it' >&2; exit 1; \
	}
	shellcheck ci/*.sh .ci/run

lint-generated: build
	ci/generated.sh --check

.PHONY: clean
clean: ## remove out/
	rm -rf out
