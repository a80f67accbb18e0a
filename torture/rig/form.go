// Package rig puts a run together: a server, rooms with clients behind bad
// networks, what is done to all of them, and the history of it.
package rig

import (
	"fmt"
	"time"
)

// Form is how large and how long a run is.
type Form struct {
	Name       string
	Rooms      int
	Members    int // of each room; each reads along
	Publishers int
	Acked      int // posts to be acknowledged while there are faults
	Cuts       int // of connections
	Kills      int
	Stops      int // in order, each with a new start
	Pauses     int
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
		Name: "short", Rooms: 6, Members: 10, Publishers: 12, Acked: 1500, Cuts: 300, Kills: 8, Stops: 2, Pauses: 2,
		Chaos: 32 * time.Second, Calm: 4 * time.Second, Quiet: 3 * time.Second, Rest: 30 * time.Second,
		Bound: 90 * time.Second,
	}
	Full = Form{
		Name: "full", Rooms: 10, Members: 20, Publishers: 20, Acked: 6000, Cuts: 1500, Kills: 30, Stops: 10, Pauses: 6,
		Chaos: 150 * time.Second, Calm: 8 * time.Second, Quiet: 4 * time.Second, Rest: 30 * time.Second,
		Bound: 5 * time.Minute,
	}
)

// FormOf returns the form with a name.
func FormOf(name string) (Form, error) {
	for _, f := range []Form{Mini, Short, Full} {
		if f.Name == name {
			return f, nil
		}
	}
	return Form{}, fmt.Errorf("there is no form %q: it is short or full", name)
}
