package database

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/chat"
)

// notifier tells the other nodes of commits, on a connection of its own: a
// NOTIFY inside of a transaction would let the commits of all nodes queue up.
type notifier struct {
	due     chan struct{}
	signals chan []string
	node    string // begins this node's notes, so that it knows its own
	cancel  context.CancelFunc
	done    sync.WaitGroup

	mu   sync.Mutex
	hint chat.Hint // what is still to be told
}

const (
	// notifyEvery is how often the other nodes are told at most.
	notifyEvery = 10 * time.Millisecond
	// noteRooms is how many rooms a note names; PostgreSQL takes 8,000 bytes.
	noteRooms = 350
)

func (n *notifier) start(config *pgx.ConnConfig, log *slog.Logger) {
	n.due, n.signals = make(chan struct{}, 1), make(chan []string)
	n.node = nodeMark + rand.Text()
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	n.done.Go(func() {
		var c *pgx.Conn
		var err error
		for {
			select {
			case <-n.due:
			case texts := <-n.signals:
				// The last ones are told while the node stops.
				if c, err = signal(context.WithoutCancel(ctx), config, c, texts); err != nil {
					log.Debug("telling the other nodes", "error", err)
				}
				continue // commits are not held up
			case <-ctx.Done():
				if c != nil {
					c.Close(context.WithoutCancel(ctx))
				}
				return
			}
			if c, err = n.notify(ctx, config, c); err != nil && ctx.Err() == nil {
				log.Debug("announcing a commit", "error", err) // the others will see it when they look
			}
			select {
			case <-time.After(notifyEvery):
			case <-ctx.Done():
			}
		}
	})
}

// notify announces once, on c or on a new connection, which it returns.
func (n *notifier) notify(ctx context.Context, config *pgx.ConnConfig, c *pgx.Conn) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	c, err := announcer(ctx, config, c)
	if err != nil {
		return c, err
	}
	n.mu.Lock()
	note := writeNote(n.node, n.hint)
	n.hint = chat.Hint{}
	n.mu.Unlock()
	_, err = c.Exec(ctx, `SELECT pg_notify('maru', $1)`, note)
	return c, err
}

// announcer returns c, or a new connection where that is lost.
func announcer(ctx context.Context, config *pgx.ConnConfig, c *pgx.Conn) (*pgx.Conn, error) {
	if c != nil && !c.IsClosed() {
		return c, nil
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	// There is nothing in it that could be lost.
	_, err = c.Exec(ctx, `SET synchronous_commit = off`)
	return c, err
}

func (n *notifier) announce(h chat.Hint) {
	n.mu.Lock()
	n.hint.Add(h)
	n.mu.Unlock()
	select {
	case n.due <- struct{}{}:
	default: // one is due already
	}
}

func (n *notifier) stop() {
	n.cancel()
	n.done.Wait()
}

// nodeMark begins the word of a note that says which node it is from.
const nodeMark = "@"

// writeNote writes which node's commits changed which rooms: `@node 12 15`.
// Without rooms it may have been anything.
func writeNote(node string, h chat.Hint) string {
	rooms := make([]int64, len(h.Touches))
	for i, touch := range h.Touches {
		rooms[i] = touch.Room
	}
	slices.Sort(rooms)
	rooms = slices.Compact(rooms)
	if h.All || len(rooms) > noteRooms {
		return node
	}
	note := []byte(node)
	for _, id := range rooms {
		note = strconv.AppendInt(append(note, ' '), id, 10)
	}
	return string(note)
}

// parseNote is the hint that a note gives, and the node that it is from, where
// it is from one. Strangers send notes too: what can't be read means everything.
func parseNote(note string) (node string, h chat.Hint) {
	words := strings.Fields(note)
	if len(words) > 0 && strings.HasPrefix(words[0], nodeMark) {
		node, words = words[0], words[1:]
	}
	for _, word := range words {
		id, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return node, chat.Everything
		}
		h.Touches = append(h.Touches, chat.Touch{Room: id})
	}
	h.All = len(words) == 0
	return node, h
}
