package page

import (
	"strconv"
	"strings"
	"time"

	"maru/internal/chat"
)

// Row is a message as it stands in a conversation.
type Row struct {
	*chat.Message
	Day       string // the day that begins with this row, or ""
	Unread    bool   // the first that the reader has not read
	First     bool   // of a group: messages of one author that follow closely
	Last      bool
	Mine      bool
	Quote     *chat.Message // the message that this one answers, where it is there
	Permitted Permitted
}

// Permitted is what the reader may do with a message.
type Permitted struct{ Edit, Delete bool }

// groupGap is the longest pause inside of a group.
const groupGap = chat.Time(5 * 60 * 1000)

// Rows arranges messages, oldest first, as the reader me sees them. Messages of
// others after the number read begin with an unread line; a negative read draws
// none.
func Rows(messages []*chat.Message, quoted map[int64]*chat.Message, me int64, read int64, c Clock) []Row {
	rows := make([]Row, len(messages))
	marked := read < 0
	for i, m := range messages {
		r := &rows[i]
		*r = Row{Message: m, Mine: m.Author.ID == me, First: true, Last: true}
		if !marked && m.Seq > read && !r.Mine {
			r.Unread, marked = true, true
		}
		r.Quote = quoted[m.ReplyTo]
		if i == 0 {
			r.Day = c.Day(m.At)
			continue
		}
		before := &rows[i-1]
		if day := c.Day(m.At); day != c.Day(before.At) {
			r.Day = day
		}
		if r.Day == "" && !r.Unread && m.Author.ID == before.Author.ID && m.At-before.At < groupGap {
			r.First, before.Last = false, false
		}
	}
	return rows
}

// Clock writes times as a reader of one language in one place does. Its forms
// stand in the words, so that a language is one file.
type Clock struct {
	Zone  *time.Location
	Now   time.Time
	Words Words
}

// Clock returns the clock of a language in a zone.
func (p *Pages) Clock(lang string, zone *time.Location, now time.Time) Clock {
	s, err := p.load()
	if err != nil {
		return Clock{Zone: zone, Now: now}
	}
	return Clock{Zone: zone, Now: now, Words: s.words[lang]}
}

// Time writes the time of day.
func (c Clock) Time(t chat.Time) string { return c.write("time.clock", t) }

// Day writes the day; the year too where it is not this one.
func (c Clock) Day(t chat.Time) string {
	if t.Time().In(c.Zone).Year() != c.Now.In(c.Zone).Year() {
		return c.write("time.day_year", t)
	}
	return c.write("time.day", t)
}

// Full writes day and time.
func (c Clock) Full(t chat.Time) string { return c.write("time.day_year", t) + " " + c.Time(t) }

// Short writes the time of day for today, and the day for another.
func (c Clock) Short(t chat.Time) string {
	at, now := t.Time().In(c.Zone), c.Now.In(c.Zone)
	switch {
	case sameDay(at, now):
		return c.Time(t)
	case sameDay(at, now.AddDate(0, 0, -1)):
		return c.Words.Text("time.yesterday")
	}
	return c.write("time.short", t)
}

// Dated is Short, with the year for a day that is not of this one.
func (c Clock) Dated(t chat.Time) string {
	if t.Time().In(c.Zone).Year() != c.Now.In(c.Zone).Year() {
		return c.Day(t)
	}
	return c.Short(t)
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// write fills the places of a form of time.
func (c Clock) write(form string, t chat.Time) string {
	at := t.Time().In(c.Zone)
	text := c.Words.Text(form)
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return out.String()
		}
		out.WriteString(c.part(name, at))
		text = after
	}
}

// part is what stands in one place of a form.
func (c Clock) part(name string, at time.Time) string {
	nth := func(key string, n int) string { return strings.Split(c.Words.Text(key), ",")[n] }
	switch name {
	case "year":
		return strconv.Itoa(at.Year())
	case "month":
		return nth("time.months", int(at.Month())-1)
	case "mon":
		return nth("time.mons", int(at.Month())-1)
	case "day":
		return strconv.Itoa(at.Day())
	case "weekday":
		return nth("time.weekdays", int(at.Weekday()))
	case "half":
		if at.Hour() >= 12 {
			return c.Words.Text("time.pm")
		}
		return c.Words.Text("time.am")
	case "h12":
		return strconv.Itoa((at.Hour()+11)%12 + 1)
	case "h24":
		return at.Format("15")
	case "min":
		return at.Format("04")
	}
	return "{" + name + "}"
}
