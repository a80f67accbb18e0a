package rig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"maru/torture/api"
	"maru/torture/client"
	"maru/torture/history"
	"maru/torture/netns"
	"maru/torture/postgres"
	"maru/torture/proxy"
	"maru/torture/server"
)

// world is what a run happens in.
type world struct {
	form    Form
	rng     *rand.Rand       // of what is set up and of the nemesis
	nodes   []*server.Server // one, or several on one cluster
	space   *netns.Space     // of what has no network of its own
	network *netns.Network   // nil: the nodes are in space, behind wires
	cluster *postgres.Cluster
	wires   []*proxy.Wire
	roads   []func(proxy.Trouble) error // what lies between each node and the cluster
	shell   shell
	log     *history.Log
	scene   *client.Scene
	host    api.Door // who owns the server and its rooms, by a good network

	rooms      []*room
	readers    []*client.Reader
	publishers []*client.Publisher
	proxies    []*proxy.Proxy // of the readers, in their order, then of the publishers
	acked      atomic.Int64
	cuts       atomic.Int64
	lookers    atomic.Int64 // connections beside those of the readers
	knocks     atomic.Int64
	cutOff     atomic.Int64 // the number, from 1, of the node that can't reach the database; 0: none
}

// room is one room and who is in it.
type room struct {
	slug      string
	open      bool
	keep      int // messages; 0: all
	members   []api.User
	wanderers []*client.Reader // who leave and come back
}

const (
	hostName = "host"
	// callTime is how long a call by a good network may take: longer than the
	// server is ever paused, so that a call is never in doubt but by a death.
	callTime = 20 * time.Second
	// wanderersOfRoom is how many of a closed room's members come and go.
	wanderersOfRoom = 3
	// keptMessages is what a room with retention keeps: so few that who has lost
	// his memory is overtaken.
	keptMessages = 12
	// keptMute is the same where readers are a second behind.
	keptMute = 60
)

// build makes accounts, rooms and clients at a new server.
func (w *world) build(ctx context.Context) error {
	calls := api.NewClient(callTime)
	base := w.nodes[0].URL
	invite, err := w.nodes[0].Invite(ctx)
	if err != nil {
		return err
	}
	_, token, err := api.SignUp(ctx, base, calls, hostName, invite)
	if err != nil {
		return err
	}
	next := round(w.ofWriters(), 0)
	w.host = api.Door{Base: func() string { return next().URL() }, Token: token, Client: calls}
	users, tokens, err := w.signUp(ctx, calls)
	if err != nil {
		return err
	}
	for i := range w.form.Rooms {
		from := i * w.form.Members
		if err := w.openRoom(ctx, i, users[from:from+w.form.Members]); err != nil {
			return err
		}
	}
	for i, user := range users {
		if err := w.admit(i, user, tokens[i]); err != nil {
			return err
		}
	}
	return nil
}

// signUp makes the accounts of all clients, as many at once as the server
// hashes passwords at once.
func (w *world) signUp(ctx context.Context, calls *http.Client) ([]api.User, []string, error) {
	n := w.form.Rooms * w.form.Members
	users, tokens, errs := make([]api.User, n), make([]string, n), make([]error, n)
	turn := make(chan struct{}, 4)
	var all sync.WaitGroup
	for i := range n {
		turn <- struct{}{}
		all.Go(func() {
			defer func() { <-turn }()
			users[i], tokens[i], errs[i] = api.SignUp(ctx, w.nodes[0].URL, calls, fmt.Sprintf("c%03d", i), "")
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, nil, err
		}
	}
	return users, tokens, nil
}

// openRoom makes a room. Most are closed, so that there is something to leak,
// and some keep a few messages alone.
func (w *world) openRoom(ctx context.Context, i int, members []api.User) error {
	r := &room{slug: fmt.Sprintf("r%02d", i), open: i%5 == 2, members: members}
	if i%5 == 1 {
		if r.keep = keptMessages; w.form.Mute {
			r.keep = keptMute
		}
	}
	kind := "closed"
	if r.open {
		kind = "open"
	}
	ids := make([]int64, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	in := map[string]any{
		"slug": r.slug, "kind": kind, "members": ids, "name": "Room " + w.scene.Canaries.Canary(w.rng, r.slug),
	}
	if _, err := w.host.Call(ctx, http.MethodPost, "/rooms", in, nil); err != nil {
		return fmt.Errorf("making the room %s: %w", r.slug, err)
	}
	if r.keep > 0 {
		keep := map[string]any{"retention": map[string]int{"keep_messages": r.keep}}
		if _, err := w.host.Call(ctx, http.MethodPatch, "/rooms/"+r.slug, keep, nil); err != nil {
			return fmt.Errorf("setting what %s keeps: %w", r.slug, err)
		}
	}
	w.log.Add(history.Record{Kind: history.Room, Room: r.slug, Name: kind, Seq: int64(r.keep)})
	w.rooms = append(w.rooms, r)
	return nil
}

// admit makes the reader of an account and, for the first ones of each room, a
// publisher.
func (w *world) admit(i int, user api.User, token string) error {
	r, place := w.rooms[i/w.form.Members], i%w.form.Members
	p := client.Profile{
		Name: user.Name, User: user.ID, Token: token, Room: r.slug, Seed: w.rng.Uint64(),
		Via:       []string{history.Stream, history.Stream, history.Stream, history.LongPoll, history.Poll}[i%5],
		Line:      w.line(i),
		Forgetful: (i+i/10)%10 == 5,
		Native:    i%2 == 0,
	}
	// Over HTTP/2 a connection outlives its streams.
	p.Roaming = len(w.nodes) > 1 || p.Line == history.HTTP2
	var err error
	next := round(w.ofReaders(), i)
	led := func(node string) { w.log.Add(history.Record{Kind: history.Led, Client: p.Name, ID: node}) }
	if p.Proxy, err = w.newProxy(p.Name, p.Line, next, led); err != nil {
		return err
	}
	reader := client.NewReader(p, w.scene)
	w.readers = append(w.readers, reader)
	w.log.Add(history.Record{Kind: history.Client, Client: p.Name, User: p.User, Room: p.Room, Via: p.Via})
	if !r.open && r.keep == 0 && place >= w.form.Members-wanderersOfRoom {
		r.wanderers = append(r.wanderers, reader)
	}
	if place >= w.form.Publishers/w.form.Rooms {
		return nil
	}
	p.Line = history.Bare
	if p.Proxy, err = w.newProxy(p.Name, p.Line, round(w.ofWriters(), i), func(string) {}); err != nil {
		return err
	}
	var others []string
	for _, other := range w.rooms {
		if other != r && !other.open {
			others = append(others, other.slug)
		}
	}
	w.publishers = append(w.publishers, client.NewPublisher(p, others, w.scene, &w.acked))
	return nil
}

// line is the kind of connection of a reader: half are bare, as the release has
// them, and the others within TLS, where there is a door for it.
func (w *world) line(i int) string {
	if w.nodes[0].Door() == "" {
		return history.Bare
	}
	return []string{history.Bare, history.Chunked, history.Bare, history.HTTP2}[(i+i/4)%4]
}

// ofReaders and ofWriters are the nodes that readers and writers go to. Those are
// the same, but where nothing of what is announced is heard: a node would look at
// all rooms at each commit of its own.
func (w *world) ofReaders() []*server.Server {
	if w.form.Mute {
		return w.nodes[1:]
	}
	return w.nodes
}

func (w *world) ofWriters() []*server.Server {
	if w.form.Mute {
		return w.nodes[:1]
	}
	return w.nodes
}

// round returns what names another node at each call, in their order.
func round(nodes []*server.Server, first int) func() *server.Server {
	var calls atomic.Int64
	return func() *server.Server {
		n := first + int(calls.Add(1)) - 1
		return nodes[n%len(nodes)]
	}
}

// newProxy makes the proxy of a client's connections, which are of one kind. Each
// leads to the next node, and it tells to which.
func (w *world) newProxy(name, line string, next func() *server.Server, led func(node string)) (*proxy.Proxy, error) {
	to := func() string {
		node := next()
		led(node.Name)
		if line == history.Bare {
			return node.Addr()
		}
		return node.Door()
	}
	p, err := proxy.New(to, w.rng.Uint64(), func(c proxy.Cut) {
		w.cuts.Add(1)
		w.log.Add(history.Record{Kind: history.Fault, Client: name, Name: string(c)})
	})
	if err == nil {
		w.proxies = append(w.proxies, p)
	}
	return p, err
}

// phase notes that another part of the run begins.
func (w *world) phase(name string) {
	rough := name == history.Chaos
	w.scene.Rough.Store(rough)
	for _, p := range w.proxies {
		p.Roughen(rough)
	}
	w.log.Add(history.Record{Kind: history.Phase, Name: name})
}

// usage notes what the nodes together take from the machine, and what the wires
// have swallowed.
func (w *world) usage() {
	rec := history.Record{Kind: history.Server, Name: "usage"}
	for _, node := range w.nodes {
		u := node.Usage()
		rec.Seq, rec.Status = rec.Seq+u.RSS, rec.Status+u.FDs
	}
	w.log.Add(rec)
	if !w.form.Mute {
		return
	}
	var swallowed int64
	for _, wire := range w.wires {
		swallowed += wire.Swallowed()
	}
	w.log.Add(history.Record{Kind: history.Server, Name: "muted", Seq: swallowed})
}
