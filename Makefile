# make help lists what there is to do.

.PHONY: help dev test check bench torture torture-nodes torture-mute browser-torture mutants setup bin/staticcheck

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

dev: ## serve, with the pages read from disk at each request
	go run . --dev internal/page

setup: ## install what the tests need (Chromium, fonts, sqlite3, tsc, axe), as root; else say what to install
	@bash scripts/setup.sh

test: setup bin/staticcheck ## all tests
	@bash scripts/test.sh

check: ## what must pass before a change lands
	bash .ci/run

bench: ## measure against a naive server, in eight minutes; ARGS=-help tells how to do less
	cd bench && go run . $(ARGS)

torture: ## cut, kill and stop for three minutes, and prove that nothing was lost
	cd torture && go run . --form full

torture-nodes: ## the same for three nodes on one PostgreSQL, in six minutes
	cd torture && go run . --form nodes

torture-mute: ## the same where no node hears what another announces
	cd torture && go run . --form nodes --mute

browser-torture: ## kill the server under a page a hundred times, while 250 messages a second are written
	cd test/browser && MARU_SEEDS=100 go test -count=1 -timeout 60m -run TestRestarts -v .

mutants: ## prove that the torture would notice: break Maru on purpose, in each way
	cd torture && go run . --mutants

bin/staticcheck:
	@cd tools && go build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
