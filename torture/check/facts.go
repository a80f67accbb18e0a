package check

import (
	"maps"
	"math"
	"slices"

	"maru/torture/history"
)

// facts are the records of a history, sorted by what they are about.
type facts struct {
	report  Report
	rooms   map[string]*room
	clients map[string]*client
	names   []string // of the clients, in their order
	posts   map[string]*post
	order   []*post // in the order in which they were begun
	conns   []*conn
	byConn  map[connKey]*conn
	audits  []history.Record
	phases  map[string]int64
	faults  []history.Record // with the deaths of the server
	lost    []history.Record // canaries outside of a known connection
	knocks  []history.Record
	rolls   []history.Record
	led     map[string]string // to which node each client is led
	pauses  []span            // of nodes
	cutOffs []span            // of nodes from the database, or of the database from all
}

// room is a room and what is in it at the end.
type room struct {
	open   bool
	keeps  bool // but a few messages: what is at or below the floor is removed
	floor  int64
	log    map[int64]history.Record // by number
	head   int64
	logs   map[string]int                      // how many numbers the log has, by node
	final  map[int64]history.Record            // messages by number
	finals map[string]map[int64]history.Record // the same by node
	tables map[int64]history.Record
	acked  []ack // in the order of their times
}

// ack says that a number of a log was known to somebody at a time.
type ack struct {
	at, seq int64 // seq: the greatest up to then
}

// client is one reader and what it did.
type client struct {
	user    int64
	room    string
	via     string
	records []history.Record // opens, events, answers and losses of memory
	outs    []out
	ends    int             // how often the log says that a membership ended
	first   map[int64]int64 // when each number came first; made when it is asked for
}

// out is a time in which a client may not read its room.
type out struct {
	seq      int64 // the event that ended the right
	from, to int64 // from the acknowledgment on until the return was asked for
	begun    int64 // when the removal was asked for
	back     int64 // when the return was acknowledged
}

const forever = math.MaxInt64

// post is one message, from whoever began it.
type post struct {
	invoke   history.Record
	versions map[int]*version
	acked    bool
	ackedAt  int64
	seq      int64
	unknown  int
	refused  int
	odd      []history.Record // answers that no honest attempt gets
}

// version is one text of a message, or its deletion.
type version struct {
	hash    string
	ackedAt int64 // forever where it was not acknowledged
	refused bool
	unknown bool
}

type connKey struct {
	client string
	conn   int
}

// conn is one connection of a client.
type conn struct {
	open     history.Record
	status   history.Record // zero where there was no answer
	node     string         // that answered, where the run has several
	end      history.Record
	events   []history.Record
	answer   history.Record // of a poll; zero where it was cut
	canaries []history.Record
}

func gather(records []history.Record) *facts {
	f := &facts{
		rooms: map[string]*room{}, clients: map[string]*client{}, posts: map[string]*post{},
		byConn: map[connKey]*conn{}, phases: map[string]int64{}, led: map[string]string{},
	}
	var members []history.Record
	for _, r := range records {
		switch r.Kind {
		case history.Invoke, history.OK, history.Unknown, history.Refused:
			switch r.Name {
			case history.Join, history.Leave, history.Remove:
				members = append(members, r)
			default:
				f.write(r)
			}
		case history.Open, history.Status, history.Event, history.Answer, history.Row, history.Forget, history.Canary, history.End:
			f.read(r)
		default:
			f.about(r)
		}
	}
	for _, r := range members {
		f.member(r)
	}
	for _, r := range f.rooms {
		if r.keeps && len(r.log) > 0 {
			r.floor = slices.Min(slices.Collect(maps.Keys(r.log))) - 1
		}
	}
	f.numberOuts()
	f.numberPosts()
	f.sortAcks()
	return f
}

// about takes what a record says of the run.
func (f *facts) about(r history.Record) {
	switch r.Kind {
	case history.Run:
		f.report.Form, f.report.Seed = r.Name, r.ID
	case history.Phase:
		f.phases[r.Name] = r.At
	case history.Audit:
		f.audits = append(f.audits, r)
	case history.Room:
		f.room(r.Room).open, f.room(r.Room).keeps = r.Name == "open", r.Seq > 0
	case history.Client:
		f.clients[r.Client] = &client{user: r.User, room: r.Room, via: r.Via}
		f.names = append(f.names, r.Client)
	case history.Fault:
		f.report.Cuts++
		f.faults = append(f.faults, r)
	case history.Led:
		f.led[r.Client] = r.ID
	case history.Knock:
		f.knocks = append(f.knocks, r)
	case history.Server:
		f.server(r)
	}
}

func (f *facts) room(slug string) *room {
	r, ok := f.rooms[slug]
	if !ok {
		r = &room{
			log: map[int64]history.Record{}, logs: map[string]int{}, tables: map[int64]history.Record{},
			final: map[int64]history.Record{}, finals: map[string]map[int64]history.Record{},
		}
		f.rooms[slug] = r
	}
	return r
}

// write takes a step of a post, an edit or a deletion.
func (f *facts) write(r history.Record) {
	p, ok := f.posts[r.Msg]
	if !ok {
		p = &post{invoke: r, versions: map[int]*version{}}
		f.posts[r.Msg] = p
		f.order = append(f.order, p)
	}
	v, ok := p.versions[r.Ver]
	if !ok {
		v = &version{hash: r.Hash, ackedAt: forever}
		p.versions[r.Ver] = v
	}
	isPost := r.Name == history.Post
	switch r.Kind {
	case history.OK:
		v.ackedAt = min(v.ackedAt, r.At)
		if isPost {
			p.acked, p.ackedAt, p.seq = true, r.At, r.Seq
		}
	case history.Unknown:
		v.unknown = true
		if isPost {
			p.unknown++
		}
		if unexplained(r.Status) {
			p.odd = append(p.odd, r)
		}
	case history.Refused:
		v.refused = true
		if isPost {
			p.refused++
		}
		// What retention has removed meanwhile can't be changed any more.
		removed := f.room(r.Room).keeps && r.Status == 404 && !isPost
		if !p.invoke.Forged && r.Status != 0 && !removed {
			p.odd = append(p.odd, r)
		}
	}
}

// read takes what a client saw.
func (f *facts) read(r history.Record) {
	key := connKey{r.Client, r.Conn}
	c := f.byConn[key]
	if r.Kind == history.Open {
		c = &conn{open: r}
		f.byConn[key] = c
		f.conns = append(f.conns, c)
	}
	switch who := f.clients[r.Client]; {
	case who == nil, r.Kind == history.Canary, r.Kind == history.Status, r.Kind == history.End:
	default:
		who.records = append(who.records, r)
	}
	if c == nil {
		if r.Kind == history.Canary {
			f.lost = append(f.lost, r)
		}
		return
	}
	switch r.Kind {
	case history.Status:
		c.status, c.node = r, f.led[r.Client]
		if f.clients[r.Client] != nil && r.Name != "" && r.Status == 200 {
			f.act(r.Name)
		}
	case history.Answer:
		c.answer = r
	case history.End:
		c.end = r
	case history.Canary:
		c.canaries = append(c.canaries, r)
	case history.Event:
		c.events = append(c.events, r)
		if c.open.Via == history.Final {
			f.room(r.Room).log[r.Seq] = r
			f.room(r.Room).logs[c.open.Name]++
			f.room(r.Room).head = max(f.room(r.Room).head, r.Seq)
		}
	case history.Row:
		c.events = append(c.events, r)
		switch c.open.Via {
		case history.Final:
			f.room(r.Room).showAtEnd(c.open.Name, r)
		case history.Tables:
			f.room(r.Room).tables[r.Seq] = r
		}
	}
}

// showAtEnd takes a message that a node's history has at the end.
func (r *room) showAtEnd(node string, row history.Record) {
	r.final[row.Seq] = row
	if r.finals[node] == nil {
		r.finals[node] = map[int64]history.Record{}
	}
	r.finals[node][row.Seq] = row
}

// unexplained reports whether a status says no more than that something is
// wrong: 503 and 507 say what, and what to do about it.
func unexplained(status int) bool { return status >= 500 && status != 503 && status != 507 }

// member takes a step of a change of membership.
func (f *facts) member(r history.Record) {
	c := f.clients[r.Client]
	if c == nil || f.room(r.Room).open {
		return // in an open room a right does not end with a membership
	}
	away := len(c.outs) > 0 && c.outs[len(c.outs)-1].back == forever
	switch {
	case r.Name != history.Join && r.Kind == history.Invoke:
		c.outs = append(c.outs, out{begun: r.At, from: forever, to: forever, back: forever})
	case !away:
	case r.Name != history.Join && r.Kind == history.OK:
		c.outs[len(c.outs)-1].from = r.At
	case r.Name == history.Join && r.Kind == history.Invoke:
		c.outs[len(c.outs)-1].to = r.At
	case r.Name == history.Join && r.Kind == history.OK:
		c.outs[len(c.outs)-1].back = r.At
	}
}

// numberOuts finds for each time out the event in the log that began it.
func (f *facts) numberOuts() {
	for _, c := range f.clients {
		if len(c.outs) == 0 {
			continue
		}
		log := f.rooms[c.room].log
		var ends []int64
		for seq, e := range log {
			if e.Name == "member" && e.User == c.user && (e.Msg == "left" || e.Msg == "removed") {
				ends = append(ends, seq)
			}
		}
		slices.Sort(ends)
		c.ends = len(ends)
		for i := range c.outs {
			if c.outs[i].seq = forever; i < len(ends) {
				c.outs[i].seq = ends[i]
			}
		}
	}
}

// numberPosts finds the numbers of another program's posts, which it is not
// told. The log has them, or where retention has removed them, who saw them.
func (f *facts) numberPosts() {
	for _, r := range f.rooms {
		for seq, e := range r.log {
			if p := f.posts[e.Msg]; p != nil && e.Name == "message" && e.Ref == seq && p.seq == 0 {
				p.seq = seq
			}
		}
	}
	f.sightings(func(_ *conn, e history.Record) {
		if p := f.posts[e.Msg]; p != nil && p.acked && p.seq == 0 && place(e) <= f.room(e.Room).floor {
			p.seq = place(e)
		}
	})
}

// sortAcks makes the lists that tell what was known when.
func (f *facts) sortAcks() {
	for slug, r := range f.rooms {
		for _, p := range f.order {
			if p.acked && p.invoke.Room == slug && !p.invoke.Forged {
				r.acked = append(r.acked, ack{p.ackedAt, p.seq})
			}
		}
		slices.SortFunc(r.acked, func(a, b ack) int { return int(a.at - b.at) })
		most := int64(0)
		for i := range r.acked {
			most = max(most, r.acked[i].seq)
			r.acked[i].seq = most
		}
		f.report.Acked += len(r.acked)
	}
}

// knownAt is the greatest number that was acknowledged before a time.
func (r *room) knownAt(at int64) int64 {
	i, _ := slices.BinarySearchFunc(r.acked, at, func(a ack, at int64) int { return int(a.at - at) })
	if i == 0 {
		return 0
	}
	return r.acked[i-1].seq
}

// ofLog reports whether an event stands in the log.
func ofLog(e history.Record) bool {
	return e.Kind == history.Event && e.ID != "" && e.Name != "caught-up"
}

// isNotice reports whether an event says that a cursor was not continued.
func isNotice(e history.Record) bool {
	return e.Kind == history.Event && (e.Name == "gap" || e.Name == "rewind" || e.Name == "reset")
}

// verified reports whether a position names an event.
func verified(position string) bool { return position != "" && position != "0" && position != "head" }

// reads reports whether a connection is a reader's own.
func (c *conn) reads() bool {
	return c.open.Via == history.Stream || c.open.Via == history.LongPoll || c.open.Via == history.Poll
}
