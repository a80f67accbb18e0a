#!/usr/bin/env bash
# Runs every check there is, from the quickest to the slowest, and stops at the
# first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n── %s\n' "$1"; }

modules=(. bench torture test/browser)

step 'format'
unformatted=$(gofmt -l $(git ls-files --cached --others --exclude-standard '*.go'))
[ -z "$unformatted" ] || { echo "not formatted: $unformatted"; exit 1; }

step 'vet and staticcheck'
for module in "${modules[@]}"; do
	(cd "$module" && go vet ./... && "$OLDPWD/bin/staticcheck" ./...)
done

step 'types of the browser code'
test/browser/node_modules/.bin/tsc -p internal/page

step 'Go tests, with the race detector'
# Under the race detector Go checks each unsafe pointer, too. SQLite, which was
# translated from C, is made of those; ours are checked. Memory is no matter here.
GOGC=400 go test -race -gcflags='modernc.org/...=-d=checkptr=0' -timeout 40m ./...

step 'the checks of the benchmarks'
(cd bench && go test -count=1 ./...)

step 'torture, in its short form'
(cd torture && go test -count=1 -timeout 20m ./...)

step 'browser tests'
(cd test/browser && go test -count=1 -timeout 30m ./...)
