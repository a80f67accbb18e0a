// Package check judges the history of a run by ten rules. It is a pure function
// of the records, so each rule is tested with small histories made by hand.
package check

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"maru/torture/history"
)

// Rule is one rule's verdict.
type Rule struct {
	Number  int
	Name    string
	Checked int // how many times it could have been broken
	Count   int // how many times it was
	Samples []string
}

// samplesKept is how many violations of a rule are kept in words.
const samplesKept = 8

// broken notes a violation at a record.
func (r *Rule) broken(at history.Record, format string, args ...any) {
	if r.Count++; len(r.Samples) < samplesKept {
		where := fmt.Sprintf("%.3f s", time.Duration(at.At).Seconds())
		for _, part := range []string{at.Client, at.Room} {
			if part != "" {
				where += ", " + part
			}
		}
		if at.Conn != 0 {
			where += fmt.Sprintf(", connection %d", at.Conn)
		}
		r.Samples = append(r.Samples, fmt.Sprintf(format, args...)+" ("+where+")")
	}
}

// Report is the verdict about a run.
type Report struct {
	Rules []*Rule

	Form, Seed                string
	Place                     string // where nodes are
	Acked, Deliveries         int
	Cuts                      int
	Acts                      map[string]int // what was done to nodes and the database, and streams by kind of connection
	DupWire                   int            // events that came again on another connection
	Resets, Gaps, Rewinds     int            // that readers were told of
	Recovery                  []time.Duration
	Latency                   []time.Duration // with faults off
	Knocks                    []time.Duration // posts at nodes that could not reach the database
	Farewells                 []time.Duration // after how long streams of nodes that stopped are told to come back
	Back                      []time.Duration // after how long they did
	Elsewhere                 int             // how many of them to another node
	FirstRSS, LastRSS         int64
	FirstFiles, LastFiles     int
	Forgotten, Forged, Denied int // memories lost, cursors made up, looks from outside
}

// Judge applies all rules to a history.
func Judge(records []history.Record) *Report {
	f := gather(records)
	recovery(f)
	report := &f.report
	for i, rule := range []struct {
		name  string
		judge func(*facts, *Rule)
	}{
		{"no loss", noLoss},
		{"no duplicate", noDuplicate},
		{"same order", sameOrder},
		{"unknown: once or never", unknownOnce},
		{"refused: nowhere", refusedNowhere},
		{"no leak", noLeak},
		{"agreement", agreement},
		{"signalled loss", signalledLoss},
		{"real time", realTime},
		{"liveness", liveness},
	} {
		r := &Rule{Number: i + 1, Name: rule.name}
		rule.judge(f, r)
		report.Rules = append(report.Rules, r)
	}
	return report
}

// Violations is how often any rule was broken.
func (r *Report) Violations() int {
	n := 0
	for _, rule := range r.Rules {
		n += rule.Count
	}
	return n
}

// Broken are the numbers of the rules that were broken.
func (r *Report) Broken() []int {
	var numbers []int
	for _, rule := range r.Rules {
		if rule.Count > 0 {
			numbers = append(numbers, rule.Number)
		}
	}
	return numbers
}

// Print writes the verdict as tables.
func (r *Report) Print(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "rule\tchecked\tviolations\t\n")
	for _, rule := range r.Rules {
		fmt.Fprintf(t, "%d %-24s\t%d\t%d\t\n", rule.Number, rule.Name, rule.Checked, rule.Count)
	}
	t.Flush()
	fmt.Fprintf(out, "\n%d posts acknowledged, %d deliveries; %d cuts, %d kills, %d stops, %d pauses\n",
		r.Acked, r.Deliveries, r.Cuts, r.Acts["kill"], r.Acts["stop"], r.Acts["pause"])
	fmt.Fprintf(out, "streams: %d on bare connections; within TLS %d over HTTP/1.1 and %d over HTTP/2\n",
		r.Acts[history.Bare], r.Acts[history.Chunked], r.Acts[history.HTTP2])
	if len(r.Knocks)+r.Acts["partition"]+r.Acts["database"] > 0 {
		fmt.Fprintf(out, "nodes %s; database: %d restarts, %d deafenings, %d times connections ended, %d partitions; answer without it p50 %s, most %s (%d)\n",
			r.Place, r.Acts["database"]/2, r.Acts["deafen"], r.Acts["end"], r.Acts["partition"], part(r.Knocks, 50), part(r.Knocks, 100), len(r.Knocks))
	}
	if r.Acts["mute"] > 0 {
		fmt.Fprintf(out, "%d announcements swallowed\n", r.Acts["muted"])
	}
	if len(r.Farewells) > 0 {
		fmt.Fprintf(out, "rolling restart: %d good-byes, to come back after %s to %s; back after p50 %s, most %s (%d, %d at another node)\n",
			len(r.Farewells), part(r.Farewells, 0), part(r.Farewells, 100), part(r.Back, 50), part(r.Back, 100), len(r.Back), r.Elsewhere)
	}
	fmt.Fprintf(out, "dup_wire %d; told: %d resets (for %d cursors made up), %d gaps, %d rewinds; %d memories lost; %d looks from outside\n",
		r.DupWire, r.Resets, r.Forged, r.Gaps, r.Rewinds, r.Forgotten, r.Denied)
	fmt.Fprintf(out, "recovery p50 %s, p99 %s (%d); delivery with faults off p50 %s, p99 %s (%d)\n",
		part(r.Recovery, 50), part(r.Recovery, 99), len(r.Recovery), part(r.Latency, 50), part(r.Latency, 99), len(r.Latency))
	fmt.Fprintf(out, "server: %.1f MiB and %d files at the beginning, %.1f MiB and %d files at the end\n",
		float64(r.FirstRSS)/(1<<20), r.FirstFiles, float64(r.LastRSS)/(1<<20), r.LastFiles)
	for _, rule := range r.Rules {
		if rule.Count > 0 {
			fmt.Fprintf(out, "\nrule %d, %s:\n  %s\n", rule.Number, rule.Name, strings.Join(rule.Samples, "\n  "))
		}
	}
}

// part returns the n-th part of a hundred of times.
func part(times []time.Duration, n int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, len(sorted)*n/100)].Round(time.Millisecond)
}
