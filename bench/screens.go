package main

import (
	"os/exec"
	"path/filepath"
	"time"
)

// postToScreen is how long a post takes to a reader, and where it can be done a
// row that another program inserts.
func postToScreen(b *bench, s *server, l *load) error {
	if err := b.posted(s.name, s, s, l); err != nil || s.name == naiveName {
		return err
	}
	return b.inserted(s.name, l, sqliteShell(s))
}

// sqliteShell is the shell of a server's tables, which does not give up where
// they are being written to.
func sqliteShell(s *server) *exec.Cmd {
	return exec.Command("sqlite3", "-batch", "-cmd", ".timeout 5000", filepath.Join(s.dir, "maru.db"))
}

// screenRate does not fit the 10 ms between two looks at the tables of SQLite, so
// that posts come at all times between two.
const screenRate = 61.8

// posted reads at one server what is posted at another, or the same.
func (b *bench) posted(name string, at, from *server, l *load) error {
	l.pause = 0
	if err := l.open([]*reader{{server: from}}, 1); err != nil {
		return err
	}
	if err := l.call(at, 1, at.post(1)); err != nil {
		return err
	}
	if err := b.screen(name, l, "post sent", "post acknowledged"); err != nil {
		return err
	}
	l.hangUpCallers()
	return nil
}

// inserted lets a database's shell commit rows, for the reader who is there.
func (b *bench) inserted(name string, l *load, shell *exec.Cmd) error {
	stop, err := l.callShell(shell)
	if err != nil {
		return err
	}
	if err := b.screen(name, l, "INSERT begun in the shell", "INSERT committed"); err != nil {
		return err
	}
	return stop()
}

// screen takes the time from the beginning and from the answer to the event.
func (b *bench) screen(name string, l *load, begun, answered string) error {
	if _, err := l.run(demand{screenRate, b.lasts(time.Second)}); err != nil { // not measured
		return err
	}
	o, err := l.run(demand{screenRate, b.lasts(5 * time.Second)})
	if err != nil {
		return err
	}
	b.add(name, begun+" → its event on a stream, p50", "ms", o.room.at(.5), o.faults)
	b.add(name, begun+" → its event on a stream, p99", "ms", o.room.at(.99), o.faults)
	b.add(name, answered+" → its event, p50", "ms", o.commit.at(.5), o.faults)
	b.add(name, answered+" → its event, p99", "ms", o.commit.at(.99), o.faults)
	return nil
}
