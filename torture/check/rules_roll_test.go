package check

import (
	"fmt"
	"slices"
	"testing"

	"maru/torture/history"
)

// rolled is a rolling restart of one node with some streams on it. Its records
// come one second after the other.
func rolled() (records []history.Record) {
	const streams = spreadLeast
	note := func(i, conn int, kind history.Kind, r history.Record) {
		r.Kind, r.Client, r.Conn = kind, fmt.Sprint("s", i), conn
		records = append(records, r)
	}
	opened := func(i, conn int, node string) {
		note(i, conn, history.Led, history.Record{ID: node})
		note(i, conn, history.Open, history.Record{Via: history.Stream, Room: "r", ID: "head"})
		note(i, conn, history.Status, history.Record{Status: 200, Name: history.Bare})
	}
	for i := range streams {
		opened(i, 1, "node1")
	}
	records = append(records, at("roll", "node1"))
	for i := range streams {
		note(i, 1, history.Event, history.Record{Name: "bye", Seq: int64(1000 + 100*i)})
		note(i, 1, history.End, history.Record{Name: "bye"})
		opened(i, 2, "node2")
	}
	return records
}

// What a node does wrong when it is stopped in order is found.
func TestFarewells(t *testing.T) {
	first := func(kind history.Kind, conn int) which { return of(kind, "s0", conn) }
	for _, c := range []struct {
		name string
		bad  bool
		do   func([]history.Record) []history.Record
	}{
		{"all is well", false, func(all []history.Record) []history.Record { return all }},
		{"no good-bye", true, drop(first(history.Event, 1))},
		{"a good-bye that does not say when", true, change(first(history.Event, 1), func(r *history.Record) { r.Seq = 0 })},
		{"all at once", true, change(func(r history.Record) bool { return r.Name == "bye" }, func(r *history.Record) { r.Seq = 2000 })},
		{"one does not come back", true, drop(first(history.Status, 2))},
		{"to the same node", true, change(func(r history.Record) bool { return r.Kind == history.Led }, func(r *history.Record) { r.ID = "node1" })},
		{"a stream of another node", false, func(all []history.Record) []history.Record {
			all = change(first(history.Led, 1), func(r *history.Record) { r.ID = "node2" })(all)
			return drop(first(history.Event, 1))(all)
		}},
		{"a stream that had ended before", false, func(all []history.Record) []history.Record {
			all = drop(func(r history.Record) bool {
				return r.Client == "s0" && (r.Kind == history.Event || r.Kind == history.End)
			})(all)
			return after(first(history.Status, 1), history.Record{Kind: history.End, Name: "cut"})(all)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := Judge(more(c.do(rolled())...)(good()))
			if broken := report.Broken(); slices.Contains(broken, 10) != c.bad || !c.bad && len(broken) > 0 {
				t.Errorf("found were %v: %v", broken, report.Rules[9].Samples)
			}
			if !c.bad && len(report.Back) != len(report.Farewells) {
				t.Errorf("%d good-byes, %d came back", len(report.Farewells), len(report.Back))
			}
		})
	}
}
