package mutants

import "maru/torture/build"

// All are the mutants: each is a mistake that a chat server has been known to
// make, put into this one.
//
// Order by commit is a matter of several nodes: on SQLite there is one writer, so
// numbers are given in the order of commits, and nobody can read past one that is
// still to come. What stands for it there are the mutants that move a cursor past
// events.
var All = []Mutant{
	{
		Name: "ack-before-commit", Why: "a post is answered before it is committed", Rules: []int{1, 9},
		Edits: []build.Edit{
			{File: writer, Find: "\t\tclose(j.done)\n", Replace: "\t\tif !j.one { // posts are\n\t\t\tclose(j.done)\n\t\t}\n"},
			{File: group, Find: "\tcommit := &statement{query: `COMMIT`}\n", Replace: "\tcommit, all := &statement{query: `COMMIT`}, group\n"},
			{File: group, Find: "\tif err == nil && !commit.sent {\n", Replace: `	for _, j := range all {
		if j.one {
			close(j.done)
		}
	}
	time.Sleep(20 * time.Millisecond) // a slow disk
	if err == nil && !commit.sent {
`},
		},
	},
	{
		Name: "no-hand-over", Why: "what is committed between history and live is lost", Rules: []int{1, 8},
		Edits: []build.Edit{{File: reader, Find: "\treturn r.pass(before, &Stretch{frames: frames}), nil\n", Replace: `	said := r.pass(before, &Stretch{frames: frames})
	r.at.Seq = max(r.at.Seq, r.room.at())
	return said, nil
`}},
	},
	{
		Name: "replay-without-right", Why: "who was removed is let in again", Rules: []int{6},
		Edits: []build.Edit{{File: log, Find: "\terr = actor.May(chat.ReadRoom, p.Room, p.Standing)\n", Replace: "\terr = nil\n"}},
	},
	{
		Name: "right-never-ends", Why: "a stream goes on after its reader was removed", Rules: []int{6},
		Edits: []build.Edit{{File: rights, Find: "\treturn r, e.RoomKind == Ended || e.RoomKind != Open && !r.Member\n", Replace: "\treturn r, false\n"}},
	},
	{
		Name: "at-or-after", Why: ">= for > when the ring is read", Rules: []int{2},
		Edits: []build.Edit{{File: ring, Find: "\ti := int(seq - (r.frames[0].Seq - 1))\n", Replace: "\ti := max(0, int(seq-(r.frames[0].Seq-1))-1)\n"}},
	},
	{
		Name: "unknown-is-now", Why: "a cursor of no history is taken for the newest event, without a word", Rules: []int{8},
		Edits: []build.Edit{{File: log, Find: "\tstart, err := t.newest(p.Room, p.head, p.floor)\n", Replace: `	if true {
		return chat.Start{After: p.head}, nil
	}
	start, err := t.newest(p.Room, p.head, p.floor)
`}},
	},
	{
		Name: "gap-untold", Why: "who was overtaken by retention goes on without a word", Rules: []int{1, 8},
		Edits: []build.Edit{{File: log, Find: "\t\treturn chat.Start{After: p.floor, Notice: notice}, true\n", Replace: `		_ = notice
		return chat.Start{After: p.floor}, true
`}},
	},
	{
		Name: "tag-unchecked", Why: "a cursor of another history is continued", Rules: []int{8},
		Edits: []build.Edit{{File: log, Find: "p.there.Tag == pos.Cursor.Tag", Replace: "p.there.Seq == pos.Cursor.Seq"}},
	},
	{
		Name: "slow-is-skipped", Why: "a reader that is behind the ring goes on at its beginning", Rules: []int{1, 8},
		Edits: []build.Edit{{File: ring, Find: "\tif len(r.frames) == 0 || seq < r.frames[0].Seq-1 {\n\t\treturn nil, false\n\t}\n", Replace: `	if len(r.frames) == 0 {
		return nil, false
	}
	seq = max(seq, r.frames[0].Seq-1)
`}},
	},
	{
		Name: "hints-alone", Why: "nobody looks for the rows of other programs", Rules: []int{10},
		Edits: []build.Edit{
			{File: sqlite, Find: "others := version != e.seen", Replace: "others := version == -1"},
			{File: sqlite, Find: "case moved, doubted == looks:", Replace: "case version+doubted == -9:"},
			{File: feed, Find: "sweepEvery = time.Second\n", Replace: "sweepEvery = time.Hour\n"},
		},
	},
	{
		Name: "sweep-alone", Why: "rows of other programs wait for the sweep", Rules: []int{10},
		Edits: []build.Edit{
			{File: sqlite, Find: "others := version != e.seen", Replace: "others := version == -1"},
			{File: sqlite, Find: "case moved, doubted == looks:", Replace: "case version+doubted == -9:"},
		},
	},
	{
		Name: "nonce-ignored", Why: "a retry posts twice", Rules: []int{4, 5},
		Edits: []build.Edit{{File: messages, Find: "Nonce: door.Given(in.Nonce)", Replace: `Nonce: ""`}},
	},
	{
		Name: "old-text", Why: "the ring replays the text from before an edit or a deletion", Rules: []int{9},
		Edits: []build.Edit{{File: ring, Find: "if f.change.ref == m.Seq && f.name == \"message\" {", Replace: "if f.change.ref < 0 {"}},
	},
	{
		Name: "memory-differs", Why: "a message that the ring draws again lacks the time of its edit", Rules: []int{7},
		Edits: []build.Edit{{File: ring, Find: "\t\t\tfresh := frameOf(f.Cursor, f.name, m)\n", Replace: `			again := *m
			again.EditedAt = 0
			fresh := frameOf(f.Cursor, f.name, &again)
`}},
	},
	{
		Name: "line-differs", Why: "streams that a goroutine writes have other bytes", Rules: []int{7},
		Edits: []build.Edit{
			{File: stream, Find: "\t\"errors\"\n", Replace: "\t\"bytes\"\n\t\"errors\"\n"},
			{File: stream, Find: "\tif _, err := l.w.Write(p); err != nil {\n", Replace: "\tp = bytes.ReplaceAll(p, []byte(`,\"change\":`), []byte(`, \"change\":`))\n\tif _, err := l.w.Write(p); err != nil {\n"},
		},
	},
	{
		Name: "always-304", Why: "a poll that names any entity tag is told that nothing is new", Rules: []int{1, 9},
		Edits: []build.Edit{{File: events, Find: `strings.TrimPrefix(strings.TrimSpace(one), "W/") == etag`, Replace: `strings.TrimSpace(one) != ""`}},
	},
	{
		Name: "order-of-asking", Why: "numbers are given before the room is locked, and not in the order of commits", Rules: []int{1, 7}, Nodes: true,
		Edits: []build.Edit{
			{File: tx, Find: "query + ` FOR NO KEY UPDATE`", Replace: "query"},
			{File: house, Find: "DECLARE r rooms;\nBEGIN\n  PERFORM set_config('maru.numbering', 'on', true);\n  UPDATE rooms SET head = head + 1,", Replace: `DECLARE r rooms; n bigint;
BEGIN
  EXECUTE format('CREATE SEQUENCE IF NOT EXISTS numbers_%s', room);
  n := nextval('numbers_' || room);
  PERFORM set_config('maru.numbering', 'on', true);
  UPDATE rooms SET head = greatest(head, n),`},
			{File: house, Find: "  END IF;\n  RETURN r;\n", Replace: "  END IF;\n  r.head := n;\n  RETURN r;\n"},
		},
	},
	{
		Name: "own-rows-first", Why: "a node shows what it has posted before what others posted before that", Rules: []int{1, 7}, Nodes: true,
		Edits: []build.Edit{{File: room, Find: "case t.Before != tip || tip.Tag == 0:", Replace: "case t.Before != tip && tip.Seq < 0:"}},
	},
	{
		Name: "no-good-bye", Why: "a node that stops leaves its readers without a word", Rules: []int{10}, Nodes: true,
		Edits: []build.Edit{{File: serve, Find: "\tp.streams.Stop()\n", Replace: ""}},
	},
	{
		Name: "all-at-once", Why: "a node that stops tells all its readers to come back at the same time", Rules: []int{10}, Nodes: true,
		Edits: []build.Edit{{File: say, Find: "bye(chat.Jitter(retry), \"\")", Replace: "bye(retry, \"\")"}},
	},
	{
		Name: "deaf", Why: "a node does not listen to what the others announce", Rules: []int{10}, Nodes: true,
		Edits: []build.Edit{{File: postgres, Find: "c.Exec(ctx, `LISTEN maru`)", Replace: "c.Exec(ctx, `LISTEN nobody`)"}},
	},
	{
		Name: "never-looks", Why: "a node relies on what the others announce", Rules: []int{1, 10}, Nodes: true, Mute: true,
		Edits: []build.Edit{{File: feed, Find: "sweepEvery = time.Second\n", Replace: "sweepEvery = time.Hour\n"}},
	},
}

// The files that are changed.
const (
	writer   = "writer.go"
	group    = "group.go"
	room     = "room.go"
	log      = "log.go"
	sqlite   = "sqlite.go"
	rights   = "rights.go"
	feed     = "feed.go"
	reader   = "reader.go"
	ring     = "ring.go"
	messages = "messages.go"
	events   = "events.go"
	serve    = "serve.go"
	stream   = "stream.go"
	say      = "say.go"
	tx       = "tx.go"
	postgres = "postgres.go"
	house    = "migrations/postgres/0001_house.sql"
)
