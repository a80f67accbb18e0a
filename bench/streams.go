package main

import (
	"fmt"
	"math"
	"time"
)

// compare measures Maru, and the naive server in the same minute.
func compare(cpus string, of func(b *bench, s *server, l *load) error, naiveArgs ...string) func(b *bench) error {
	return func(b *bench) error {
		maru, err := b.maru(maruName, cpus)
		if err != nil {
			return err
		}
		if err := maru.signUp(); err != nil {
			return err
		}
		if err := b.with(maru, of); err != nil {
			return err
		}
		naive, err := b.naive(cpus, naiveArgs...)
		if err != nil {
			return err
		}
		return b.with(naive, of)
	}
}

// with measures a server and ends it.
func (b *bench) with(s *server, of func(b *bench, s *server, l *load) error) (err error) {
	l, err := newLoad(lookPause)
	if err != nil {
		return err
	}
	l.pids = []int{s.pid()}
	if err := of(b, s, l); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if err := s.writeProfiles(); err != nil {
		return err
	}
	l.close()
	return s.stop()
}

const (
	posters = 64
	// openAtOnce is how many streams are being opened at a time: few enough for
	// the queue of connections to hold them.
	openAtOnce = 500
)

// audience lets readers in, each into the next room, and posters beside them,
// each of whom posts once.
func (l *load) audience(s *server, readers, rooms int) ([]*reader, error) {
	if err := s.openRooms(rooms); err != nil {
		return nil, err
	}
	l.rooms = rooms
	all := make([]*reader, readers)
	for i := range all {
		all[i] = &reader{server: s, room: i % rooms}
	}
	if err := l.open(all, openAtOnce); err != nil {
		return nil, err
	}
	if err := l.call(s, posters, s.post(rooms)); err != nil {
		return nil, err
	}
	_, err := l.run(demand{rate: 4 * posters, lasts: time.Second / 4})
	return all, err
}

// fanOut is what a delivery costs, and how many there can be.
func fanOut(b *bench, s *server, l *load) error {
	readers := b.many(1000)
	if _, err := l.audience(s, readers, 1); err != nil {
		return err
	}
	for _, rate := range []float64{40, 120} {
		o, err := l.run(demand{rate, b.lasts(5 * time.Second)})
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%g posts/s to %s readers", rate, number(float64(readers)))
		b.add(s.name, what, "CPU-s a million deliveries", apart(o.cpu, o.all), o.faults)
		b.add(s.name, what+", p50", "ms", o.each.at(.5), o.faults)
		b.add(s.name, what+", p99", "ms", o.each.at(.99), o.faults)
	}
	most, err := l.most(b)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("the most to %s readers, p99 ≤ 100 ms, none lost", number(float64(readers)))
	b.add(s.name, what, "deliveries/s", most.perSecond(most.seen), most.faults)
	b.add(s.name, what+": p99 there", "ms", most.each.at(.99), most.faults)
	b.add(s.name, what+": CPU there", "CPU-s a million deliveries", apart(most.cpu, most.all), most.faults)
	return nil
}

// most raises the rate until the server can't follow, and looks then between the
// last two.
func (l *load) most(b *bench) (best outcome, err error) {
	const first, step, highest = 100, 1.5, 3000
	good, bad := 0.0, math.Inf(1)
	try := func(rate float64) error {
		o, err := l.run(demand{rate, b.lasts(3 * time.Second)})
		if err != nil {
			return err
		}
		if o.each.at(.99) <= 100 && o.Lost+o.Late == 0 {
			good, best = rate, o
		} else {
			bad = rate
		}
		return nil
	}
	for rate := float64(first); math.IsInf(bad, 1) && rate < highest && err == nil; rate *= step {
		err = try(rate)
	}
	for range 3 {
		if err == nil && good > 0 && !math.IsInf(bad, 1) {
			err = try(math.Sqrt(good * bad))
		}
	}
	return best, err
}

// bigRoom is how long a message takes to the last of many.
func bigRoom(b *bench, s *server, l *load) error {
	readers := b.many(5000)
	if _, err := l.audience(s, readers, 1); err != nil {
		return err
	}
	for _, rate := range []float64{8, 18} {
		o, err := l.run(demand{rate, b.lasts(5 * time.Second)})
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%g posts/s to %s readers", rate, number(float64(readers)))
		b.add(s.name, what+", p50", "ms", o.each.at(.5), o.faults)
		b.add(s.name, what+", p99", "ms", o.each.at(.99), o.faults)
	}
	return nil
}

// manyRooms is how a server does where each message is for few.
func manyRooms(b *bench, s *server, l *load) error {
	rooms := b.many(1000)
	if _, err := l.audience(s, 10*rooms, rooms); err != nil {
		return err
	}
	if _, err := l.run(demand{rate: float64(rooms), lasts: time.Second}); err != nil { // one in each
		return err
	}
	for _, rate := range []float64{2000, 4000} {
		o, err := l.run(demand{rate, b.lasts(4 * time.Second)})
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%s posts/s in %s rooms of 10 readers", number(rate), number(float64(rooms)))
		b.add(s.name, what+", p99", "ms", o.each.at(.99), o.faults)
		b.add(s.name, what, "CPU-s a million deliveries", apart(o.cpu, o.all), o.faults)
	}
	return nil
}

// toAll is when the last reader has a message, in rooms that are not busy.
func toAll(b *bench, s *server, l *load) error {
	l.pause = 100 * time.Microsecond
	for _, one := range []struct {
		readers int
		rate    float64
		lasts   time.Duration
	}{{10, 1, 15 * time.Second}, {1000, 5, 6 * time.Second}, {10000, 2, 8 * time.Second}} {
		readers := b.many(one.readers)
		all, err := l.audience(s, readers, 1)
		if err != nil {
			return err
		}
		o, err := l.run(demand{one.rate, b.lasts(one.lasts)})
		if err != nil {
			return err
		}
		b.add(s.name, fmt.Sprintf("%g posts/s: post sent, until all of %s readers have it, p50", one.rate, number(float64(readers))), "ms", o.room.at(.5), o.faults)
		for _, r := range all {
			r.leave(l)
		}
		l.hangUpCallers()
	}
	return nil
}

// idle is the memory that a stream takes on which nothing happens.
func idle(b *bench, s *server, l *load) error {
	readers := b.many(9000)
	before := resident(s.pid())[0]
	all := make([]*reader, readers)
	for i := range all {
		all[i] = &reader{server: s}
	}
	if err := l.open(all, openAtOnce); err != nil {
		return err
	}
	b.add(s.name, fmt.Sprintf("resident memory an idle stream, %s of them", number(float64(readers))), "KB",
		(resident(s.pid())[0]-before)/float64(readers), faults{})
	return nil
}

// storm is when all have what they missed who come back at the same moment.
func storm(b *bench, s *server, l *load) error {
	readers := b.many(5000)
	const missed = 10
	all, err := l.audience(s, readers, 1)
	if err != nil {
		return err
	}
	for _, r := range all {
		r.leave(l)
	}
	time.Sleep(time.Second) // the server has noticed
	if _, err := l.run(demand{rate: 100, lasts: missed * 10 * time.Millisecond}); err != nil {
		return err
	}
	began, cpu := now(), busy(s.pid())
	if err := l.open(all, 2*openAtOnce); err != nil {
		return err
	}
	took, used := now()-began, busy(s.pid())-cpu
	f := faults{Lost: max(l.faults, readers*missed-l.seen)}
	what := fmt.Sprintf("%s come back %d behind: ", number(float64(readers)), missed)
	b.add(s.name, what+"all have caught up", "ms", float64(took.Microseconds())/1000, f)
	b.add(s.name, what+"CPU", "µs a reader", float64(used.Microseconds())/float64(readers), f)
	return nil
}
