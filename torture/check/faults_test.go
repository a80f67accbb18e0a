package check

import (
	"slices"
	"testing"
	"time"

	"maru/torture/history"
)

// more adds records at the end, one after the other.
func more(records ...history.Record) func([]history.Record) []history.Record {
	return func(all []history.Record) []history.Record {
		at := all[len(all)-1].At
		for _, r := range records {
			at += int64(time.Second)
			r.At = at
			all = append(all, r)
		}
		return all
	}
}

func at(what, node string) history.Record {
	return history.Record{Kind: history.Server, Name: what, ID: node}
}

func knocked(status int, took time.Duration, again string) history.Record {
	return history.Record{Kind: history.Knock, Client: "node1", Status: status, Seq: int64(took), ID: again}
}

// What only several nodes can do wrong is found, and what they may do is not.
func TestNodes(t *testing.T) {
	opened := history.Record{Kind: history.Open, Client: "host", Conn: 1_000_009, Via: history.Final, Room: "r", Name: "node1"}
	row := history.Record{Kind: history.Row, Client: "host", Conn: 1_000_009, Room: "r", Seq: 4, Msg: "m1", Ver: 1, Hash: hash("m1", 1)}
	event := said(4, 4, "m1", 2)
	event.Client, event.Conn, event.Room = "host", 1_000_009, "r"
	for _, c := range []struct {
		name string
		rule int // 0: none
		do   func([]history.Record) []history.Record
	}{
		{"a node's log is not whole", 7, more(opened, event)},
		{"a node's history is not that of the tables", 7, more(opened, row)},
		{"a node breaks", 8, change(of(history.Status, "b", 3), func(r *history.Record) { r.Status = 500 })},
		{"a node hangs", 10, more(knocked(503, 8*time.Second, "1"))},
		{"a node does not say when to try again", 10, more(knocked(503, time.Second, ""))},
		{"a node refuses in time", 0, more(knocked(503, 5*time.Second, "1"))},
		{"a node was stopped meanwhile", 0, more(at("pause", "node1"), at("continue", "node1"), at("pause", "node1"),
			at("", ""), at("continue", "node1"), knocked(201, 8*time.Second, ""))},
		{"another node was stopped meanwhile", 10, more(at("pause", "node2"), at("", ""), at("", ""),
			at("continue", "node2"), knocked(201, 8*time.Second, ""))},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := Judge(c.do(good())).Broken()
			if c.rule == 0 && len(broken) > 0 || c.rule > 0 && !slices.Contains(broken, c.rule) {
				t.Errorf("rule %d was broken; found were %v", c.rule, broken)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	spans := []span{{"a", 10, 20}, {"b", 15, 30}, {"a", 40, forever}}
	for _, c := range []struct {
		node           string
		from, to, want int64
	}{
		{"a", 0, 5, 0}, {"a", 0, 15, 5}, {"a", 0, 50, 20}, {"b", 20, 25, 5}, {"c", 0, 50, 0}, {"", 12, 18, 9},
	} {
		if got := within(spans, c.node, c.from, c.to); got != c.want {
			t.Errorf("%q from %d to %d: %d, not %d", c.node, c.from, c.to, got, c.want)
		}
	}
}
