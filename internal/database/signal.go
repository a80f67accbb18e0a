package database

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// signalWait is how long a signal waits for the notifier before it is lost.
const signalWait = time.Second

// Signal tells the other nodes what stands in no table, each text at most 7,900
// bytes: a notice of PostgreSQL holds little more. It may be lost.
func (d *Database) Signal(ctx context.Context, texts []string) { d.signal(ctx, texts) }

// OnSignal has hear called, while somebody watches, with each text that a node
// tells, this one included. hear must not wait.
func (d *Database) OnSignal(hear func(text string)) { d.onSignal(hear) }

// There is one node.
func (e *sqliteEngine) signal(context.Context, []string) {}
func (e *sqliteEngine) onSignal(func(string))            {}

func (e *postgresEngine) onSignal(hear func(string)) { e.hear.Store(&hear) }

func (e *postgresEngine) signal(ctx context.Context, texts []string) {
	ctx, cancel := context.WithTimeout(ctx, signalWait)
	defer cancel()
	select {
	case e.notes.signals <- texts:
	case <-ctx.Done():
	}
}

// tables names the tables of a connection among those of all schemas in the
// database, whose nodes share the channel.
const tables = `(SELECT oid::text FROM pg_namespace WHERE nspname = current_schema())`

// signal announces texts, on c or on a new connection, which it returns.
func signal(ctx context.Context, config *pgx.ConnConfig, c *pgx.Conn, texts []string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	c, err := announcer(ctx, config, c)
	if err == nil {
		_, err = c.Exec(ctx, `SELECT pg_notify('maru_signal', `+tables+` || ' ' || said) FROM unnest($1::text[]) AS said`, texts)
	}
	return c, err
}

// hearSignals listens for signals too, and returns what to call with each notice:
// it answers false for one that is no signal.
func (e *postgresEngine) hearSignals(ctx context.Context, c *pgx.Conn) (func(channel, text string) bool, error) {
	var ours string
	if err := c.QueryRow(ctx, `SELECT `+tables).Scan(&ours); err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, `LISTEN maru_signal`); err != nil {
		return nil, err
	}
	return func(channel, text string) bool {
		if channel != "maru_signal" {
			return false
		}
		hear := e.hear.Load()
		if said, ok := strings.CutPrefix(text, ours+" "); ok && hear != nil {
			(*hear)(said)
		}
		return true
	}, nil
}
