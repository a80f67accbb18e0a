package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maru/torture/history"
)

func TestGood(t *testing.T) {
	report := Judge(good())
	if n := report.Violations(); n > 0 {
		var b strings.Builder
		report.Print(&b)
		t.Fatalf("a good run is red:\n%s", b.String())
	}
	for _, rule := range report.Rules {
		if rule.Checked == 0 {
			t.Errorf("rule %d has nothing to check", rule.Number)
		}
	}
	if report.Acked != 4 || report.Resets != 1 || report.Forged != 1 || report.Denied != 1 || report.Forgotten != 1 {
		t.Errorf("the counts are wrong: %+v", report)
	}
}

// which chooses records of a history.
type which func(r history.Record) bool

// event chooses the event with a number that a client got on a connection.
func event(who string, conn int, seq int64) which {
	return func(r history.Record) bool {
		return r.Kind == history.Event && r.Client == who && r.Conn == conn && r.Seq == seq && r.Name != "caught-up"
	}
}

// of chooses the records of a kind of one connection.
func of(kind history.Kind, who string, conn int) which {
	return func(r history.Record) bool { return r.Kind == kind && r.Client == who && r.Conn == conn }
}

// op chooses a step of an operation.
func op(kind history.Kind, msg string) which {
	return func(r history.Record) bool { return r.Kind == kind && r.Msg == msg }
}

// change changes what is chosen.
func change(w which, do func(r *history.Record)) func([]history.Record) []history.Record {
	return func(all []history.Record) []history.Record {
		for i := range all {
			if w(all[i]) {
				do(&all[i])
			}
		}
		return all
	}
}

// drop takes out what is chosen.
func drop(w which) func([]history.Record) []history.Record {
	return func(all []history.Record) []history.Record { return slices.DeleteFunc(all, w) }
}

// after puts records behind the first that is chosen, at the same time.
func after(w which, more ...history.Record) func([]history.Record) []history.Record {
	return func(all []history.Record) []history.Record {
		i := slices.IndexFunc(all, w)
		for n := range more {
			more[n].At, more[n].Client, more[n].Conn, more[n].Room = all[i].At, all[i].Client, all[i].Conn, "r"
		}
		return slices.Insert(all, i+1, more...)
	}
}

// fresh is the connection of the page of history in the good run.
const fresh = 1_000_001

// breaches are the ways in which each rule can be broken.
var breaches = []struct {
	name string
	rule int
	do   func([]history.Record) []history.Record
}{
	{"a hole on a connection", 1, drop(event("a", 1, 6))},
	{"a hole where a poll went on", 1, drop(event("b", 2, 5))},
	{"an acknowledged post is not in the log", 1, drop(event("host", 1_000_002, 6))},
	{"an acknowledged post is shown as nothing", 1, change(event("a", 1, 6), func(r *history.Record) { r.Name = "void" })},
	{"a reader does not come to the end", 1, drop(event("a", 1, 10))},
	{"a member is locked out", 1, change(of(history.Status, "b", 3), func(r *history.Record) { r.Status = 404 })},
	{"an event comes twice", 2, after(event("a", 1, 5), said(5, 4, "m1", 2))},
	{"what was asked to be left behind comes again", 2, after(of(history.Status, "b", 3), said(5, 4, "m1", 2))},
	{"a sender's posts change places", 3, change(op(history.OK, "m1"), func(r *history.Record) { r.Seq = 7 })},
	{"one post becomes two", 4, change(event("host", 1_000_002, 9), func(r *history.Record) { r.Msg = "m2" })},
	{"a retry is refused", 4, change(op(history.Unknown, "m2"), func(r *history.Record) { r.Kind, r.Status = history.Refused, 409 })},
	{"a retry breaks the server", 4, change(op(history.Unknown, "m2"), func(r *history.Record) { r.Status = 500 })},
	{"another number than was acknowledged", 4, change(op(history.OK, "m2"), func(r *history.Record) { r.Seq = 5 })},
	{"what was refused is seen", 5, after(event("a", 1, 6), said(7, 7, "x1", 1))},
	{"what had to be refused is taken", 5, change(op(history.Invoke, "m2"), func(r *history.Record) { r.Forged = true })},
	{"who is out is answered", 6, change(of(history.Status, "b", 4), func(r *history.Record) { r.Status = 200 })},
	{"who is out gets an event", 6, after(of(history.Answer, "b", 3), moved(8, 2, "joined"))},
	{"bytes for who is out", 6, after(of(history.Status, "b", 4), history.Record{Kind: history.Canary})},
	{"bytes of another room", 6, change(of(history.Canary, "a", 1), func(r *history.Record) { r.Room = "elsewhere" })},
	{"something comes after gone", 6, after(event("a", 1, 6), history.Record{Kind: history.Event, Name: "gone"})},
	{"a removal is not in the log", 6, drop(event("host", 1_000_002, 7))},
	{"another tag", 7, change(event("a", 1, 6), func(r *history.Record) { r.ID = "6.00000000" })},
	{"another text", 7, change(event("a", 1, 6), func(r *history.Record) { r.Hash = "00" })},
	{"other bytes", 7, change(event("a", 1, 6), func(r *history.Record) { r.Data = "00" })},
	{"other bytes of a member", 7, change(event("b", 6, 7), func(r *history.Record) { r.Data = "00" })},
	{"other bytes in a history", 7, change(of(history.Row, "host", fresh), func(r *history.Record) { r.Data = "00" })},
	{"another time in the tables", 7, change(of(history.Row, "sqlite3", 1_000_004), func(r *history.Record) { r.Cells = "00" })},
	{"a text that nobody wrote", 7, change(event("a", 1, 6), func(r *history.Record) { r.Ver = 2 })},
	{"a number that the log has not", 7, after(event("a", 1, 10), said(11, 11, "m4", 1))},
	{"a hole in the log", 7, drop(event("host", 1_000_002, 8))},
	{"the tables hold another text", 7, change(of(history.Row, "sqlite3", 1_000_004), func(r *history.Record) { r.Ver++ })},
	{"an old picture at the end", 7, func(all []history.Record) []history.Record {
		all = change(of(history.Row, "host", 1_000_003), func(r *history.Record) { r.Ver++ })(all)
		return change(of(history.Row, "sqlite3", 1_000_004), func(r *history.Record) { r.Ver++ })(all)
	}},
	{"the tables are torn", 7, after(op(history.OK, "m4"), history.Record{Kind: history.Audit, Name: "torn"})},
	{"data that is none", 7, after(event("a", 1, 6), history.Record{Kind: history.Event, Name: "malformed"})},
	{"a forged cursor is continued", 8, drop(func(r history.Record) bool { return r.Name == "reset" })},
	{"a good cursor is not continued", 8, after(of(history.Status, "b", 5), history.Record{Kind: history.Event, Name: "reset"})},
	{"a poll goes on too far on", 8, drop(event("b", 5, 7))},
	{"an answer's cursor is too far on", 8, change(of(history.Answer, "b", 3), func(r *history.Record) { r.ID = id(7) })},
	{"caught up, but not there", 8, change(
		func(r history.Record) bool { return r.Name == "caught-up" }, func(r *history.Record) { r.Seq = 4 })},
	{"a fresh history lacks a message", 9, change(of(history.Row, "host", fresh), func(r *history.Record) { r.Seq = 4 })},
	{"a fresh history has an old text", 9, change(
		func(r history.Record) bool { return r.Client == "host" && r.Conn == fresh && r.Msg == "m1" },
		func(r *history.Record) { r.Ver, r.Hash = 1, hash("m1", 1) })},
	{"a replay has an old text", 9, change(event("b", 6, 4), func(r *history.Record) { r.Ver, r.Hash = 1, hash("m1", 1) })},
	{"nothing new, though there is", 9, change(of(history.Status, "b", 3), func(r *history.Record) { r.Status = 304 })},
	{"nothing is delivered any more", 10, drop(func(r history.Record) bool { return r.Msg == "m3" || r.Msg == "m4" })},
	{"deliveries are late", 10, change(event("a", 1, 9), func(r *history.Record) { r.At += int64(3 * time.Second) })},
	{"another program's rows are late", 10, change(event("a", 1, 10), func(r *history.Record) { r.At += int64(3 * time.Second) })},
}

// Each rule that is broken says so.
func TestBroken(t *testing.T) {
	for _, c := range breaches {
		t.Run(c.name, func(t *testing.T) {
			report := Judge(c.do(good()))
			if broken := report.Broken(); !slices.Contains(broken, c.rule) {
				t.Errorf("rule %d was broken; found were %v", c.rule, broken)
			}
		})
	}
}

// A room that removes old messages says so, and loses nothing else.
func TestKept(t *testing.T) {
	report := Judge(kept())
	if n := report.Violations(); n > 0 || report.Gaps != 1 {
		var b strings.Builder
		report.Print(&b)
		t.Fatalf("a good run is red, or its gap was not seen:\n%s", b.String())
	}
	gap := func(r history.Record) bool { return r.Name == "gap" }
	for _, c := range []struct {
		name string
		rule int
		do   func([]history.Record) []history.Record
	}{
		{"nothing is said of what was removed", 8, drop(gap)},
		{"a gap where nothing was removed", 8, change(gap, func(r *history.Record) { r.Seq = 4 })},
		{"the gap ends too early", 1, drop(event("b", 2, 3))},
		{"a room that keeps all does not", 7, change(
			func(r history.Record) bool { return r.Kind == history.Room }, func(r *history.Record) { r.Seq = 0 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if broken := Judge(c.do(kept())).Broken(); !slices.Contains(broken, c.rule) {
				t.Errorf("rule %d was broken; found were %v", c.rule, broken)
			}
		})
	}
}

func TestPart(t *testing.T) {
	times := []time.Duration{4, 1, 3, 2}
	for i := range times {
		times[i] *= time.Second
	}
	for n, want := range map[int]time.Duration{0: time.Second, 50: 3 * time.Second, 99: 4 * time.Second} {
		if got := part(times, n); got != want {
			t.Errorf("part %d is %s, not %s", n, got, want)
		}
	}
	if part(nil, 50) != 0 {
		t.Error("nothing has a part")
	}
}
