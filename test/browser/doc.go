// Package browser tests Maru from outside, as people meet it: the real program
// runs as a process that can be killed, and a real Chromium types, clicks and
// reads what is on the screen. Between the two a proxy can do what networks do.
//
// It is a module of its own, so that nobody who builds Maru fetches a browser's
// tools. Run it with `go test -count=1 ./...` in this folder; the count is
// needed since the program under test is outside of what go's cache looks at.
// Without a Chromium the tests are skipped; MARU_TESTS=all makes that a
// failure. MARU_SEEDS=100 runs the test of restarts with more seeds,
// MARU_SHOTS=folder writes pictures of every page, and MARU_README=folder those
// of the README. The tests with axe-core and tsc need `npm ci` in this folder
// once, and are skipped like the others.
package browser
