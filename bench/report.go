package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// figure is one result: what was measured of whom.
type figure struct {
	Part    string  `json:"part"`
	Measure string  `json:"measure"`
	Unit    string  `json:"unit"`
	Subject string  `json:"subject"`
	Value   float64 `json:"value"`
	Ratio   float64 `json:"ratio,omitempty"` // to the last column
	faults
}

// faults are what makes a figure worth less.
type faults struct {
	Lost int  `json:"lost,omitempty"`              // deliveries that never came, or not in their place
	Late int  `json:"late,omitempty"`              // posts that could not even be sent in time
	Full bool `json:"load_at_its_limit,omitempty"` // this program had no time left: the server may be better
}

// report prints figures as the rows of tables, and as lines of JSON.
type report struct {
	out, lines io.Writer
	part       string
	columns    []string // the last one is what the others are compared with
	rows       [][]figure
	lost       int // of Maru's, in all
}

// table begins a table.
func (r *report) table(part, title string, columns ...string) {
	r.part, r.columns = part, columns
	fmt.Fprintf(r.out, "\n%s\n\n| measure | unit | %s |\n|---|---|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}

func (r *report) add(subject, measure, unit string, value float64, f faults) {
	one := figure{r.part, measure, unit, subject, value, 0, f}
	if subject != naiveName {
		r.lost += f.Lost
	}
	for i, row := range r.rows {
		if row[0].Measure == measure && row[0].Unit == unit {
			r.rows[i] = append(row, one)
			return
		}
	}
	r.rows = append(r.rows, []figure{one})
}

// flush prints the rows that are whole.
func (r *report) flush() {
	for _, row := range r.rows {
		cells := make([]string, len(r.columns))
		base := slices.IndexFunc(row, func(f figure) bool { return f.Subject == r.columns[len(r.columns)-1] })
		for _, f := range row {
			if base >= 0 && f.Subject != row[base].Subject && row[base].Value > 0 {
				f.Ratio, _ = strconv.ParseFloat(fmt.Sprintf("%.2g", f.Value/row[base].Value), 64)
			}
			cells[slices.Index(r.columns, f.Subject)] = f.cell()
			json.NewEncoder(r.lines).Encode(f)
		}
		fmt.Fprintf(r.out, "| %s | %s | %s |\n", row[0].Measure, row[0].Unit, strings.Join(cells, " | "))
	}
	r.rows = nil
}

func (f figure) cell() string {
	text := number(f.Value)
	if f.Ratio > 0 {
		text += fmt.Sprintf(" (%g)", f.Ratio)
	}
	if f.Lost > 0 {
		text += fmt.Sprintf(", %s lost", number(float64(f.Lost)))
	}
	if f.Late > 0 {
		text += fmt.Sprintf(", %s not posted in time", number(float64(f.Late)))
	}
	if f.Full {
		text += ", load at its limit"
	}
	return text
}

// number writes a number with three digits, or with all that stand before the
// point.
func number(v float64) string {
	if v < 999.5 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
