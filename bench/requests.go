package main

import (
	"fmt"
	"regexp"
	"time"
)

// durable is how many posts a second are on the disk, by senders who each wait
// for their answer.
func durable(b *bench, s *server, l *load) error {
	l.pause = 0
	return b.posts(s.name, []*server{s}, l, 1, "")
}

// posts lets 1, 16 and 64 senders post to servers in turn, and to one room or
// several.
func (b *bench) posts(name string, servers []*server, l *load, rooms int, where string) error {
	for _, senders := range []int{1, 16, 64} {
		for i := range senders {
			s := servers[i%len(servers)]
			if err := l.call(s, 1, s.post(rooms)); err != nil {
				return err
			}
		}
		if _, err := l.run(demand{lasts: b.lasts(time.Second / 2)}); err != nil { // not measured
			return err
		}
		o, err := l.run(demand{lasts: b.lasts(3 * time.Second)})
		if err != nil {
			return err
		}
		l.hangUpCallers()
		what := fmt.Sprintf("durable posts%s, %d at a time", where, senders)
		b.add(name, what, "posts/s", o.perSecond(o.answers), o.faults)
		b.add(name, what+": server's CPU", "µs a post", apart(o.cpu, len(l.messages)), o.faults)
		if o.tables > 0 {
			b.add(name, what+": PostgreSQL's CPU", "µs a post", apart(o.tables, len(l.messages)), o.faults)
		}
	}
	return nil
}

// fill says as much as a page of a room shows.
func fill(s *server, l *load) error {
	if err := l.call(s, 1, s.post(1)); err != nil {
		return err
	}
	_, err := l.run(demand{rate: 200, lasts: 50 * 5 * time.Millisecond})
	l.hangUpCallers()
	return err
}

// polls is how many a second are told that there is nothing new.
func polls(b *bench, s *server, l *load) error {
	const path = "/api/v1/rooms/lobby/events"
	if err := fill(s, l); err != nil {
		return err
	}
	res, _, err := s.get(path)
	if err != nil {
		return err
	}
	return b.repeat(s, l, path, "If-None-Match: "+res.Header.Get("ETag"), "polls with nothing new (304), on one CPU")
}

// pages is how many a second open a room.
func pages(b *bench, s *server, l *load) error {
	if err := fill(s, l); err != nil {
		return err
	}
	return b.repeat(s, l, "/rooms/lobby", "Accept-Encoding: gzip", "room pages of 50 messages, on two CPUs with the load")
}

// repeat asks the same again and again, over 32 connections.
func (b *bench) repeat(s *server, l *load, path, field, what string) error {
	l.pause = 0
	if err := l.call(s, 32, func(int) []byte { return s.ask("GET", path, field+"\r\n", "") }); err != nil {
		return err
	}
	o, err := l.run(demand{lasts: b.lasts(3 * time.Second)})
	b.add(s.name, what, "requests/s", o.perSecond(o.answers), o.faults)
	return err
}

// coldPage is what a browser loads for a room of fifty messages, packed, and
// what the server takes while nobody asks anything.
func coldPage(b *bench, s *server, l *load) error {
	b.add(s.name, "resident memory, idle, after start and sign-up", "MB", resident(s.pid())[0]/1024, faults{})
	if s.name == naiveName {
		return nil // its page is none
	}
	if err := fill(s, l); err != nil {
		return err
	}
	_, page, err := s.get("/rooms/lobby")
	if err != nil {
		return err
	}
	unpacked, err := unpack(page)
	if err != nil {
		return err
	}
	total, requests := len(page), 1
	for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(unpacked, -1) {
		_, file, err := s.get(m[1])
		if err != nil {
			return err
		}
		total += len(file)
		requests++
	}
	b.add(s.name, "room page with 50 messages, cold, packed", "KB", float64(total)/1000, faults{})
	b.add(s.name, "requests for it", "requests", float64(requests), faults{})
	return nil
}
