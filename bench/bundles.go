package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// bundleRooms is how many rooms a bundle has: the one on the page, and some more.
const bundleRooms = 5

// bundler is one who follows several rooms in one stream, and checks that nothing
// is missing in any and nothing comes twice.
type bundler struct {
	reader
	lasts []int // the newest number of each room
	in    int   // how many have been caught up with
}

func (r *bundler) enter(l *load) error {
	fd, err := dial(r.server.addr)
	if err != nil {
		return err
	}
	if r.wire, err = l.add(fd, fd, r); err != nil {
		return err
	}
	r.lasts = make([]int, bundleRooms)
	var places []string
	for room := range bundleRooms {
		l.readers[room]++
		places = append(places, roomName(room)+":head")
	}
	return r.wire.send(r.server.ask("GET", "/api/v1/events?rooms="+strings.Join(places, ","), "Accept: text/event-stream\r\n", ""))
}

func (r *bundler) take(l *load, b []byte) ([]byte, error) { return r.takeWith(l, b, r.event) }

// event takes one event: one room has gone one number further.
func (r *bundler) event(l *load, e []byte, t time.Duration) error {
	e = withoutChunk(e)
	if !bytes.HasPrefix(e, idField) {
		return r.notice(l, e)
	}
	id, _, _ := bytes.Cut(e[len(idField):], []byte("\n"))
	moved := 0
	for room := range r.lasts {
		var place []byte
		place, id, _ = bytes.Cut(id, []byte(","))
		n := digits(place[bytes.IndexByte(place, ':')+1:])
		moved += n - r.lasts[room]
		if n < r.lasts[room] {
			l.faults++
		}
		r.lasts[room] = n
	}
	if moved != 1 {
		l.faults++
	}
	l.delivered(e, t)
	return nil
}

func (r *bundler) notice(l *load, e []byte) error {
	switch {
	case bytes.Contains(e, []byte("event: caught-up")):
		_, head, _ := bytes.Cut(e, headName)
		for room := range r.lasts {
			if bytes.Contains(e, fmt.Appendf(nil, `"room":%q`, roomName(room))) {
				r.lasts[room] = digits(head)
			}
		}
		if r.in++; r.in == bundleRooms {
			l.caughtUp++
		}
		return nil
	case bytes.Contains(e, []byte("event: inbox")):
		return nil
	}
	return r.reader.notice(l, e)
}

// bundles is what a stream of several rooms costs, beside one of a room.
func bundles(b *bench) error {
	for _, one := range []struct {
		what  string
		rooms int
		enter func(s *server) opener
	}{
		{"streams of a room", 1, func(s *server) opener { return &reader{server: s} }},
		{fmt.Sprintf("streams of %d rooms", bundleRooms), bundleRooms, func(s *server) opener { return &bundler{reader: reader{server: s}} }},
	} {
		s, err := b.maru(maruName, serverCPU)
		if err != nil {
			return err
		}
		if err := s.signUp(); err != nil {
			return err
		}
		err = b.with(s, func(b *bench, s *server, l *load) error {
			readers := make([]opener, b.many(1000))
			for i := range readers {
				readers[i] = one.enter(s)
			}
			what := fmt.Sprintf("%s %s", number(float64(len(readers))), one.what)
			return streamsOf(b, s, l, what, one.rooms, readers)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// streamsOf measures streams of the first rooms: what one takes on which nothing
// happens, and what a delivery costs.
func streamsOf(b *bench, s *server, l *load, what string, rooms int, readers []opener) error {
	if err := s.openRooms(rooms); err != nil {
		return err
	}
	l.rooms = rooms
	if err := l.call(s, posters, s.post(rooms)); err != nil {
		return err
	}
	if _, err := l.run(demand{rate: 4 * posters, lasts: time.Second / 4}); err != nil {
		return err
	}
	before := resident(s.pid())[0]
	if err := openAll(l, readers, openAtOnce); err != nil {
		return err
	}
	b.add(s.name, what+": resident memory of one, idle", "KB", (resident(s.pid())[0]-before)/float64(len(readers)), faults{})
	for _, rate := range []float64{8, 40} {
		o, err := l.run(demand{rate, b.lasts(5 * time.Second)})
		if err != nil {
			return err
		}
		at := fmt.Sprintf("%s, %g posts/s", what, rate)
		b.add(s.name, at, "CPU-s a million deliveries", apart(o.cpu, o.all), o.faults)
		b.add(s.name, at+", p50", "ms", o.each.at(.5), o.faults)
		b.add(s.name, at+", p99", "ms", o.each.at(.99), o.faults)
	}
	return nil
}
