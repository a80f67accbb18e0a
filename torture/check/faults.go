package check

import (
	"strings"

	"maru/torture/history"
)

// server takes what was done to a node or to the database.
func (f *facts) server(r history.Record) {
	what, _, _ := strings.Cut(r.Name, " ")
	f.act(what)
	switch r.Name {
	case "mute":
		f.report.Place = "behind wires that swallow what is announced"
	case "muted":
		f.report.Acts[what] = int(r.Seq)
	case "networks":
		f.report.Place = "in networks of their own"
	case "wires":
		f.report.Place = "behind wires (" + r.ID + ")"
	case "roll":
		f.rolls = append(f.rolls, r)
	case "lost":
		f.faults = append(f.faults, r)
	case "pause":
		f.pauses = append(f.pauses, span{r.ID, r.At, forever})
	case "continue":
		end(f.pauses, r)
	case "healed", "database up":
		end(f.cutOffs, r)
	case "usage":
		if f.report.FirstRSS == 0 {
			f.report.FirstRSS, f.report.FirstFiles = r.Seq, r.Status
		}
		f.report.LastRSS, f.report.LastFiles = r.Seq, r.Status
	default:
		if what == "partition" || what == "database" {
			f.cutOffs = append(f.cutOffs, span{r.ID, r.At, forever})
		}
	}
}

func (f *facts) act(what string) {
	if f.report.Acts == nil {
		f.report.Acts = map[string]int{}
	}
	f.report.Acts[what]++
}

// span is a time in which something was wrong with a node, or with all.
type span struct {
	node     string // "" for all
	from, to int64
}

// end ends the last span of a node.
func end(spans []span, r history.Record) {
	for i := range spans {
		if s := &spans[i]; s.node == r.ID && s.to == forever {
			s.to = r.At
		}
	}
}

// within is how much of the time between two moments the spans of a node take.
func within(spans []span, node string, from, to int64) (sum int64) {
	for _, s := range spans {
		if s.node == node || node == "" {
			sum += max(0, min(to, s.to)-max(from, s.from))
		}
	}
	return sum
}
