package signal

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"maru/internal/chat"
)

// Nodes is how the nodes of one database tell each other what stands in no table.
type Nodes interface {
	// Shared reports whether there can be others.
	Shared() bool
	// Signal tells all nodes texts of at most textMost bytes. They may be lost.
	Signal(ctx context.Context, texts []string)
	// OnSignal has hear called with each text that a node tells, this one included.
	OnSignal(hear func(text string))
	// Known returns what a signal says of a room and of users, in the order of
	// their ids, and the head that the room's log had then.
	Known(ctx context.Context, room int64, users []int64) (slug string, head int64, known []chat.User, err error)
}

// Audience is those who can be told on this node.
type Audience interface {
	// Tell tells the streams of a room, but not the user whom a signal is about.
	// Who has not walked up to the head yet is told then.
	Tell(room, head int64, list ...chat.Signal)
	// TellOwn tells the streams of the user whom a signal is about.
	TellOwn(s chat.Signal)
	// Has reports whether a user has a stream.
	Has(user int64) bool
}

const (
	// typingEvery is how often it is told at most that a user is typing in a room,
	// and typingMost of how many users in that time: more nobody can read.
	typingEvery = 3 * time.Second
	typingMost  = 10
	// gatherTime is how long what is not for now, or for other nodes, is gathered.
	gatherTime = 100 * time.Millisecond
	// listEvery is how often a node tells who is where, and listKept how long what
	// another has told is good.
	listEvery = 15 * time.Second
	listKept  = 40 * time.Second
	// heardMost is how much of what other nodes have told waits.
	heardMost = 1000
)

// Signals is what goes on beside the logs. Its methods may be called from many
// goroutines, and do not wait.
type Signals struct {
	nodes    Nodes
	audience Audience
	log      *slog.Logger
	node     string        // the name of this node among the nodes
	due      chan struct{} // of one place: there is something to tell

	mu sync.Mutex
	state
	gathered
}

// state is what is known.
type state struct {
	lists map[int64]*list               // of the rooms that somebody reads here
	rolls rolls                         // of other nodes
	typed map[int64]map[int64]time.Time // when it was last told that a user is typing, by room
}

// gathered is what is still to be told.
type gathered struct {
	stirs map[int64]bool // rooms that somebody has come into or left; true: on this node
	marks map[mark]int64 // read marks that have moved, and where to
	heard []word         // from other nodes
	words []word         // for them
}

// mark is a user's read mark in a room.
type mark struct {
	user chat.User
	room chat.Room
}

// New makes the signals of a node.
func New(nodes Nodes, audience Audience, log *slog.Logger) *Signals {
	s := &Signals{nodes: nodes, audience: audience, log: log, node: rand.Text(), due: make(chan struct{}, 1)}
	s.state = state{map[int64]*list{}, rolls{}, map[int64]map[int64]time.Time{}}
	s.gather()
	nodes.OnSignal(s.hear)
	return s
}

// gather begins anew and returns what was gathered.
func (s *Signals) gather() gathered {
	was := s.gathered
	s.gathered = gathered{stirs: map[int64]bool{}, marks: map[mark]int64{}}
	return was
}

func (s *Signals) rouse() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// Typing tells those who read a room that a user is typing there. The right to
// say so was checked at the head of the reading.
func (s *Signals) Typing(in chat.Reading, user chat.User) {
	s.mu.Lock()
	fresh := s.types(in.ID, user.ID, time.Now())
	if fresh {
		s.say(word{Kind: chat.Typing, Room: in.ID, Users: []int64{user.ID}})
	}
	s.mu.Unlock()
	if fresh {
		s.audience.Tell(in.ID, in.Head, chat.Signal{Room: in.Slug, Kind: chat.Typing, User: user})
	}
}

// types reports whether it is to be told now that a user is typing; s.mu is held.
func (s *Signals) types(room, user int64, now time.Time) bool {
	s.forgetTyped(room, now)
	if _, told := s.typed[room][user]; told || len(s.typed[room]) >= typingMost {
		return false
	}
	if s.typed[room] == nil {
		s.typed[room] = map[int64]time.Time{}
	}
	s.typed[room][user] = now
	return true
}

func (s *Signals) forgetTyped(room int64, now time.Time) {
	maps.DeleteFunc(s.typed[room], func(_ int64, at time.Time) bool { return now.Sub(at) >= typingEvery })
	if len(s.typed[room]) == 0 {
		delete(s.typed, room)
	}
}

// MarkRead tells a user's own streams, of whatever room, that the read mark in a
// room has moved.
func (s *Signals) MarkRead(room chat.Room, user chat.User, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := mark{user, room}
	s.marks[m] = max(s.marks[m], seq)
	s.rouse()
}

// Arrive counts a stream of a user in a room. It is false where the list of those
// who are there is full: then the stream does not count, and may try again.
func (s *Signals) Arrive(room, user int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lists[room]
	if l == nil {
		l = &list{}
		s.lists[room] = l
	}
	p, ok := l.add(present{user: user})
	if !ok {
		return false
	}
	if p.streams++; p.streams == 1 {
		s.stir(room, true)
		s.rouse()
	}
	return true
}

// Depart ends what Arrive began.
func (s *Signals) Depart(room, user int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lists[room]
	p := &l.users[l.find(user)]
	if p.streams--; p.streams == 0 {
		s.stir(room, true)
		s.rouse()
	}
}

// stir has a room looked at the next time; s.mu is held.
func (s *Signals) stir(room int64, here bool) { s.stirs[room] = s.stirs[room] || here }

// Present returns who is in a room, by id: the users with a stream of it on any
// node, and those who had one a moment ago; at most maxPresent.
func (s *Signals) Present(room int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := s.rolls.elsewhere(room)
	if l := s.lists[room]; l != nil {
		for _, p := range l.users {
			users = append(users, p.user)
		}
	}
	slices.Sort(users)
	users = slices.Compact(users)
	return users[:min(len(users), maxPresent)]
}

// say has a word told to the other nodes, where there can be any; s.mu is held.
func (s *Signals) say(w word) {
	if s.nodes.Shared() {
		s.words = append(s.words, w)
		s.rouse()
	}
}

// Run tells what is gathered, until ctx ends; last, that nobody is here any more.
func (s *Signals) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	listed := time.Now()
	for {
		select {
		case <-ctx.Done():
			s.tell(context.WithoutCancel(ctx), time.Now())
			return
		case <-s.due:
		case now := <-tick.C:
			s.forget(now)
			if s.nodes.Shared() && now.Sub(listed) >= listEvery {
				listed = now
				s.sayAll()
			}
		}
		s.tell(ctx, time.Now())
		select {
		case <-ctx.Done():
		case <-time.After(gatherTime):
		}
	}
}

// tell tells what has been gathered.
func (s *Signals) tell(ctx context.Context, now time.Time) {
	s.mu.Lock()
	g := s.gather()
	for room, here := range g.stirs {
		if l := s.lists[room]; l != nil && here {
			g.words = append(g.words, word{Kind: chat.Presence, Room: room, Users: l.here()})
		}
	}
	s.mu.Unlock()
	for m, seq := range g.marks {
		s.audience.TellOwn(chat.Signal{Room: m.room.Slug, Kind: chat.ReadMark, User: m.user, Seq: seq})
		g.words = append(g.words, word{Kind: chat.ReadMark, Room: m.room.ID, Users: []int64{m.user.ID}, Seq: seq})
	}
	for _, w := range g.heard {
		s.tellHeard(ctx, w)
	}
	for room := range g.stirs {
		s.tellPresence(ctx, room, now)
	}
	if len(g.words) > 0 && s.nodes.Shared() {
		s.nodes.Signal(ctx, write(s.node, g.words))
	}
}

// tellPresence tells the others in a room who has come and who has gone.
func (s *Signals) tellPresence(ctx context.Context, room int64, now time.Time) {
	s.mu.Lock()
	l := s.lists[room]
	if l == nil {
		s.mu.Unlock()
		return
	}
	changed, again := l.settle(now, s.rolls.elsewhere(room))
	if again {
		s.stir(room, false) // at the next tick
	} else if len(l.here()) == 0 {
		delete(s.lists, room)
	}
	s.mu.Unlock()
	if len(changed) == 0 {
		return
	}
	slug, head, users, err := s.nodes.Known(ctx, room, slices.Collect(maps.Keys(changed)))
	if err != nil {
		s.log.Debug("telling who is in a room", "room", room, "error", err)
		return
	}
	list := make([]chat.Signal, len(users))
	for i, u := range users {
		here := changed[u.ID]
		list[i] = chat.Signal{Room: slug, Kind: chat.Presence, User: u, Here: &here}
	}
	s.audience.Tell(room, head, list...)
}

// tellHeard tells what another node has told.
func (s *Signals) tellHeard(ctx context.Context, w word) {
	slug, head, users, err := s.nodes.Known(ctx, w.Room, w.Users)
	if err != nil {
		s.log.Debug("telling what another node has told", "room", w.Room, "error", err)
		return
	}
	for _, u := range users {
		if w.Kind == chat.Typing {
			s.audience.Tell(w.Room, head, chat.Signal{Room: slug, Kind: w.Kind, User: u})
		} else {
			s.audience.TellOwn(chat.Signal{Room: slug, Kind: w.Kind, User: u, Seq: w.Seq})
		}
	}
}

// sayAll tells the other nodes who is where.
func (s *Signals) sayAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for room, l := range s.lists {
		if users := l.here(); len(users) > 0 {
			s.say(word{Kind: chat.Presence, Room: room, Users: users})
		}
	}
}

// forget lets go what is over.
func (s *Signals) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, room := range s.rolls.forget(now) {
		s.stir(room, false)
	}
	for room := range s.typed {
		s.forgetTyped(room, now)
	}
}
