package browser

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// Whatever comes in whatever order, late, twice or with parts missing, a log lets
// each event through once and in order, and says when something is missing.
func TestLogLetsThroughOnce(t *testing.T) {
	text, err := os.ReadFile("../../internal/page/core/log.js")
	if err != nil {
		t.Fatal(err)
	}
	a := NewWindow(t, StartServer(t).URL()).Tab("a visitor").Go("/sign-in")
	Eval[any](a, strings.NewReplacer("%", "%%", "export class Log", "window.Log = class Log").Replace(string(text))+";0")
	seed := rand.Int64N(1 << 31)
	t.Logf("seed %d", seed)
	faults := Eval[[]string](a, `(() => {
		let state = %s;
		const chance = (n) => (state = (state * 48271) %% 2147483647) %% n; // the minimal standard of Park and Miller
		const faults = [];
		for (let run = 0; run < 2000 && faults.length < 3; run++) {
			const size = 1 + chance(60), floor = chance(4) === 0 ? chance(size) : 0;
			const all = Array.from({ length: size }, (_, i) => ({ id: (i + 1) + '.t', event: 'message', data: { seq: i + 1 } }));
			const log = new Log('0');
			const got = [];
			const take = (events) => {
				const { fresh, hole } = log.take(events);
				got.push(...fresh.filter(({ id }) => id).map(({ data }) => data.seq));
				return hole;
			};
			while (log.seq < size) {
				const at = chance(size), some = all.slice(at, at + 1 + chance(12));
				const behind = log.seq;
				const hole = take(some);
				if (hole !== (at > behind && some.length > 0)) faults.push('run ' + run + ': from ' + at + ' at ' + behind + ' it says ' + hole);
				if (!hole || chance(2) === 0) continue;
				// What was missing is asked for; some of it is gone by retention.
				if (log.seq < floor) take([{ event: 'gap', data: { from: log.seq, floor } }]);
				take(all.slice(log.seq, log.seq + 1 + chance(20)));
			}
			const want = all.map(({ data }) => data.seq);
			const rest = want.filter((seq) => seq > floor || got.includes(seq));
			if (got.join() !== rest.join()) faults.push('run ' + run + ': ' + got.join());
		}
		const log = new Log('7.t');
		const told = (events) => log.take(events).fresh.map(({ event, id }) => id ?? event).join();
		const one = (id) => ({ id, event: 'message', data: {} });
		for (const [events, want, seq] of [
			[[{ event: 'rewind', data: { to: 4 } }, one('5.u'), one('6.u')], 'rewind,5.u,6.u', 6],
			[[{ event: 'reset', data: {} }, one('2.v'), one('3.v'), one('3.v')], 'reset,2.v,3.v', 3],
			[[{ event: 'reset', data: {} }, { event: 'caught-up', data: { head: 0 } }, one('1.w')], 'reset,caught-up,1.w', 1],
			[[one('3.w')], '', 1],
		]) {
			const got = told(events);
			if (got !== want || log.seq !== seq) faults.push(want + ': ' + got + ' at ' + log.seq);
		}
		return faults;
	})()`, seed)
	for _, fault := range faults {
		t.Error(fault)
	}
}
