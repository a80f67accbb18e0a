package check

import (
	"fmt"
	"time"

	"maru/torture/history"
)

// story is a small history that is told step by step. Each step takes ten
// milliseconds.
type story struct {
	records []history.Record
	at      time.Duration
}

func (s *story) add(r history.Record) {
	s.at += 10 * time.Millisecond
	r.At = int64(s.at)
	s.records = append(s.records, r)
}

func (s *story) phase(name string) { s.add(history.Record{Kind: history.Phase, Name: name}) }

// id is the cursor of a number.
func id(seq int64) string { return fmt.Sprintf("%d.0000000%x", seq, seq%16) }

func hash(msg string, ver int) string { return history.HashOf(fmt.Sprint(msg, ver)) }

// write tells of an operation that is begun and comes to an end.
func (s *story) write(who, op, msg string, ver int, seq int64, steps ...history.Kind) {
	r := history.Record{Client: who, Name: op, Room: "r", Msg: msg, Ver: ver, Hash: hash(msg, ver), Seq: seq}
	for _, kind := range append([]history.Kind{history.Invoke}, steps...) {
		r.Kind = kind
		s.add(r)
	}
}

func (s *story) member(who, op string) {
	for _, kind := range []history.Kind{history.Invoke, history.OK} {
		s.add(history.Record{Kind: kind, Client: who, Name: op, Room: "r"})
	}
}

func (s *story) open(who string, conn int, via, cursor string) {
	s.add(history.Record{Kind: history.Open, Client: who, Conn: conn, Via: via, Room: "r", ID: cursor})
	s.add(history.Record{Kind: history.Status, Client: who, Conn: conn, Status: 200})
}

// said is the event of a number that shows a message.
func said(seq, ref int64, msg string, ver int) history.Record {
	return history.Record{
		Kind: history.Event, Name: "message", ID: id(seq), Seq: seq, Ref: ref, Msg: msg, Ver: ver, Hash: hash(msg, ver),
		Data: "data of " + hash(msg, ver), Taken: true,
	}
}

// moved is the event of a number that tells of a member.
func moved(seq, user int64, change string) history.Record {
	return history.Record{
		Kind: history.Event, Name: "member", ID: id(seq), Seq: seq, User: user, Msg: change, Data: "data of " + id(seq), Taken: true,
	}
}

func (s *story) see(who string, conn int, events ...history.Record) {
	for _, e := range events {
		e.Client, e.Conn, e.Room = who, conn, "r"
		s.add(e)
	}
}

// poll tells of a poll from its question to its answer.
func (s *story) poll(who string, conn int, cursor string, events ...history.Record) {
	s.open(who, conn, history.Poll, cursor)
	s.see(who, conn, events...)
	answer := history.Record{Kind: history.Answer, Client: who, Conn: conn, Room: "r", ID: cursor}
	if n := len(events); n > 0 {
		answer.ID = events[n-1].ID
	}
	s.add(answer)
}

func (s *story) rows(who string, conn int, via string, rows ...history.Record) {
	s.open(who, conn, via, "")
	for _, row := range rows {
		row.Kind, row.Name, row.ID, row.Seq, row.Taken = history.Row, "", "", row.Ref, false
		if row.Cells = "cells of " + row.Hash; via == history.Tables {
			row.Data = "" // nobody has seen it on a wire
		}
		s.see(who, conn, row)
	}
}

// good is a run in which everything happens and nothing goes wrong: a and b
// are in one closed room; b is removed and comes back.
func good() []history.Record {
	s := &story{}
	s.add(history.Record{Kind: history.Run, Name: "test", ID: "1"})
	s.add(history.Record{Kind: history.Room, Room: "r", Name: "closed"})
	s.add(history.Record{Kind: history.Room, Room: "elsewhere", Name: "closed"})
	s.add(history.Record{Kind: history.Client, Client: "a", User: 1, Room: "r", Via: history.Stream})
	s.add(history.Record{Kind: history.Client, Client: "b", User: 2, Room: "r", Via: history.Poll})
	s.phase(history.Chaos)
	first := []history.Record{moved(1, 9, "joined"), moved(2, 1, "joined"), moved(3, 2, "joined")}
	s.open("a", 1, history.Stream, "0")
	s.see("a", 1, first...)
	s.see("a", 1, history.Record{Kind: history.Event, Name: "caught-up", ID: id(3), Seq: 3})
	s.write("a", history.Post, "m1", 1, 4, history.OK)
	s.see("a", 1, said(4, 4, "m1", 1))
	s.poll("b", 1, "0", append(first, said(4, 4, "m1", 1))...)
	s.write("a", history.Edit, "m1", 2, 0, history.OK)
	s.see("a", 1, said(5, 4, "m1", 2))
	s.poll("b", 2, id(4), said(5, 4, "m1", 2))
	s.write("a", history.Post, "m2", 1, 6, history.Unknown, history.OK)
	s.see("a", 1, said(6, 6, "m2", 1))
	s.poll("b", 3, id(5), said(6, 6, "m2", 1))
	s.member("b", history.Remove)
	s.see("a", 1, moved(7, 2, "removed"))
	s.add(history.Record{Kind: history.Open, Client: "b", Conn: 4, Via: history.Poll, Room: "r", ID: id(6)})
	s.add(history.Record{Kind: history.Status, Client: "b", Conn: 4, Status: 404})
	s.member("b", history.Join)
	s.see("a", 1, moved(8, 2, "joined"))
	s.poll("b", 5, id(6), moved(7, 2, "removed"), moved(8, 2, "joined"))
	s.add(history.Record{Kind: history.Open, Client: "b", Conn: 6, Via: history.Poll, Room: "r", ID: "8.ffffffff", Forged: true})
	s.add(history.Record{Kind: history.Status, Client: "b", Conn: 6, Status: 200})
	s.see("b", 6, history.Record{Kind: history.Event, Name: "reset"}, said(4, 4, "m1", 2), said(5, 4, "m1", 2), said(6, 6, "m2", 1),
		moved(7, 2, "removed"), moved(8, 2, "joined"))
	s.add(history.Record{Kind: history.Answer, Client: "b", Conn: 6, Room: "r", ID: id(8)})
	s.write("a", history.Post, "x1", 1, 0, history.Refused)
	s.rows("host", 1_000_001, history.History, said(4, 4, "m1", 2), said(6, 6, "m2", 1))
	s.add(history.Record{Kind: history.Answer, Client: "host", Conn: 1_000_001, Room: "r", ID: id(8), Seq: 8})
	s.add(history.Record{Kind: history.Canary, Client: "a", Conn: 1, Room: "r"})
	s.add(history.Record{Kind: history.Forget, Client: "b", Room: "r", ID: id(7)})
	s.poll("b", 7, id(7), moved(8, 2, "joined"))
	s.end()
	return s.records
}

// kept is a run in a room that keeps the newest messages alone: b was away for
// so long that what he missed is removed.
func kept() []history.Record {
	s := &story{}
	s.add(history.Record{Kind: history.Room, Room: "r", Name: "closed", Seq: 2})
	s.add(history.Record{Kind: history.Client, Client: "b", User: 2, Room: "r", Via: history.Poll})
	s.phase(history.Chaos)
	s.write("a", history.Post, "m1", 1, 1, history.OK)
	s.poll("b", 1, "0", said(1, 1, "m1", 1))
	for seq, msg := range []string{"m2", "m3", "m4"} {
		s.write("a", history.Post, msg, 1, int64(seq)+2, history.OK)
	}
	s.write("a", history.Edit, "m1", 2, 0, history.Refused)
	s.records[len(s.records)-1].Status = 404
	s.poll("b", 2, id(1), history.Record{Kind: history.Event, Name: "gap", Seq: 2}, said(3, 3, "m3", 1), said(4, 4, "m4", 1))
	s.phase(history.Calm)
	s.at += 2 * time.Second
	s.write("a", history.Post, "m5", 1, 5, history.OK)
	s.poll("b", 3, id(4), said(5, 5, "m5", 1))
	s.phase(history.Quiet)
	s.phase(history.Rest)
	s.open("host", 1_000_002, history.Final, "0")
	s.see("host", 1_000_002, said(4, 4, "m4", 1), said(5, 5, "m5", 1))
	s.rows("host", 1_000_003, history.Final, said(4, 4, "m4", 1), said(5, 5, "m5", 1))
	s.rows("sqlite3", 1_000_004, history.Tables, said(4, 4, "m4", 1), said(5, 5, "m5", 1))
	return s.records
}

// end tells what comes after the chaos.
func (s *story) end() {
	s.phase(history.Calm)
	s.at += 2 * time.Second
	s.write("a", history.Post, "m3", 1, 9, history.OK)
	s.see("a", 1, said(9, 9, "m3", 1))
	s.poll("b", 8, id(8), said(9, 9, "m3", 1))
	s.phase(history.Quiet)
	s.write("sqlite3", history.Post, "m4", 1, 0, history.OK)
	s.see("a", 1, said(10, 10, "m4", 1))
	s.poll("b", 9, id(9), said(10, 10, "m4", 1))
	s.phase(history.Rest)
	s.open("host", 1_000_002, history.Final, "0")
	s.see("host", 1_000_002, moved(1, 9, "joined"), moved(2, 1, "joined"), moved(3, 2, "joined"), said(4, 4, "m1", 2),
		said(5, 4, "m1", 2), said(6, 6, "m2", 1), moved(7, 2, "removed"), moved(8, 2, "joined"), said(9, 9, "m3", 1), said(10, 10, "m4", 1))
	now := []history.Record{said(4, 4, "m1", 2), said(6, 6, "m2", 1), said(9, 9, "m3", 1), said(10, 10, "m4", 1)}
	s.rows("host", 1_000_003, history.Final, now...)
	s.rows("sqlite3", 1_000_004, history.Tables, now...)
}
