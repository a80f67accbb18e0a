// Package rig puts a run together: a server, rooms with clients behind bad
// networks, what is done to all of them, and the history of it.
package rig

import (
	"fmt"
	"time"

	"maru/torture/history"
)

// Form is how large and how long a run is.
type Form struct {
	Name       string
	Nodes      int // on one PostgreSQL; 0: one server on SQLite
	Rooms      int
	Members    int // of each room; each reads along
	Publishers int
	Acked      int // posts to be acknowledged while there are faults
	Cuts       int // of connections
	Streams    int // on connections of each kind
	Kills      int
	Stops      int // in order, each with a new start
	Pauses     int
	Restarts   int           // of PostgreSQL, every second one as after a crash
	Deafs      int           // how often connections that listen are ended
	Ends       int           // how often any connections to PostgreSQL are ended
	Partitions int           // between a node and PostgreSQL
	Mute       bool          // nodes hear nothing of what is announced: sweeps alone carry all
	Chaos      time.Duration // how long the faults last, if all goes as planned
	Calm       time.Duration // how long posts go on without faults
	Quiet      time.Duration // how long only another program writes
	Rest       time.Duration // how long the clients may take to come to the end of the logs
	Bound      time.Duration // how long all of it may take
}

// The forms. Mini is for what is broken on purpose.
var (
	Mini = Form{
		Name: "mini", Rooms: 3, Members: 6, Publishers: 6, Acked: 180, Cuts: 30, Kills: 3, Pauses: 1,
		Chaos: 5 * time.Second, Calm: 3 * time.Second, Quiet: 2 * time.Second, Rest: 6 * time.Second,
		Bound: time.Minute,
	}
	Short = Form{
		Name: "short", Rooms: 6, Members: 10, Publishers: 12, Acked: 1500, Cuts: 300, Streams: 50, Kills: 8, Stops: 2, Pauses: 2,
		Chaos: 32 * time.Second, Calm: 4 * time.Second, Quiet: 3 * time.Second, Rest: 30 * time.Second,
		Bound: 3 * time.Minute,
	}
	Full = Form{
		Name: "full", Rooms: 10, Members: 20, Publishers: 20, Acked: 6000, Cuts: 1500, Streams: 250, Kills: 30, Stops: 10, Pauses: 6,
		Chaos: 150 * time.Second, Calm: 8 * time.Second, Quiet: 4 * time.Second, Rest: 30 * time.Second,
		Bound: 10 * time.Minute,
	}
	NodesShort = Form{
		Name: "nodes-short", Nodes: 3, Rooms: 3, Members: 15, Publishers: 12, Acked: 500, Cuts: 120, Streams: 30,
		Kills: 6, Stops: 1, Pauses: 1, Restarts: 2, Deafs: 3, Ends: 2, Partitions: 3,
		Chaos: 18 * time.Second, Calm: 5 * time.Second, Quiet: 3 * time.Second, Rest: 30 * time.Second,
		Bound: 3 * time.Minute,
	}
	Nodes = Form{
		Name: "nodes", Nodes: 3, Rooms: 12, Members: 25, Publishers: 120, Acked: 14400, Cuts: 2000, Streams: 300,
		Kills: 40, Stops: 10, Pauses: 6, Restarts: 10, Deafs: 10, Ends: 8, Partitions: 12,
		Chaos: 240 * time.Second, Calm: 8 * time.Second, Quiet: 4 * time.Second, Rest: 30 * time.Second,
		Bound: 16 * time.Minute,
	}
)

// FormOf returns the form with a name.
func FormOf(name string) (Form, error) {
	for _, f := range []Form{Mini, Short, Full, NodesShort, Nodes} {
		if f.Name == name {
			return f, nil
		}
	}
	return Form{}, fmt.Errorf("there is no form %q: it is short, full, nodes-short or nodes", name)
}

// Missing says what a run lacks of what its form asks for; "" where nothing.
func (f Form) Missing(acked, cuts int, acts map[string]int) string {
	least := 0
	if f.Mute {
		least = 1
	}
	for _, one := range []struct {
		what        string
		done, asked int
	}{
		{"posts", acked, f.Acked},
		{"cuts", cuts, f.Cuts},
		{"kills", acts["kill"], f.Kills},
		{"stops", acts["stop"], f.Stops},
		{"pauses", acts["pause"], f.Pauses},
		{"restarts of the database, begun or done", acts["database"], 2 * f.Restarts},
		{"deafenings", acts["deafen"], f.Deafs},
		{"partitions", acts["partition"], f.Partitions},
		{"announcements swallowed", acts["muted"], least},
		{"nodes started again in the rolling restart", acts["rolled"], f.Nodes},
		{"streams on bare connections", acts[history.Bare], f.Streams},
		{"streams within TLS over HTTP/1.1", acts[history.Chunked], f.Streams},
		{"streams within TLS over HTTP/2", acts[history.HTTP2], f.Streams},
	} {
		if one.done < one.asked {
			return fmt.Sprintf("%d %s of %d", one.done, one.what, one.asked)
		}
	}
	return ""
}
