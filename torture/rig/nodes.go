package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"maru/torture/client"
	"maru/torture/history"
	"maru/torture/proxy"
	"maru/torture/server"
)

// restart stops the database in one of its ways and starts it again.
func (w *world) restart(mode string) act {
	return func(_ context.Context, rng *dice) error {
		ctx := context.Background() // it runs again, also where the run is about to end
		w.done("database "+mode, "")
		if err := w.cluster.Stop(ctx, mode); err != nil {
			return err
		}
		time.Sleep(rng.upTo(time.Second))
		if err := w.cluster.Start(ctx); err != nil {
			return err
		}
		w.done("database up", "")
		return nil
	}
}

// deafen ends connections that listen: one, or those of all nodes. A node that
// is just being started has none yet.
func (w *world) deafen(ctx context.Context, rng *dice) error {
	most := 1 + rng.IntN(len(w.nodes))
	for {
		n, err := w.endBackends(ctx, "AND query ~* '^(listen|-- ping)'", most)
		if err != nil || n > 0 {
			w.done("deafen", "")
			return err
		}
		if !pause(ctx, 50*time.Millisecond) {
			return nil
		}
	}
}

// end ends some connections, whatever they are doing.
func (w *world) end(ctx context.Context, rng *dice) error {
	w.done("end", "")
	_, err := w.endBackends(ctx, "", 1+rng.IntN(8))
	return err
}

func (w *world) endBackends(ctx context.Context, which string, most int) (int, error) {
	out, err := w.cluster.Ask(ctx, fmt.Sprintf(`SELECT count(pg_terminate_backend(pid)) FROM
		(SELECT pid FROM pg_stat_activity WHERE application_name = 'maru' %s ORDER BY random() LIMIT %d) q`, which, most))
	if err != nil {
		return 0, fmt.Errorf("ending connections: %w", err)
	}
	return strconv.Atoi(out)
}

const (
	// longPartition outlasts the time in which a node has to refuse.
	longPartition = 9 * time.Second
	// partitionTime is how long the others take at most.
	partitionTime = 4 * time.Second
)

// partition lets a node not reach the database for a while, in one way or
// another, and somebody write at that node meanwhile.
func (w *world) partition(_ context.Context, rng *dice) error {
	i, trouble := rng.IntN(len(w.nodes)), proxy.Troubles[rng.IntN(len(proxy.Troubles))]
	long := longPartition
	if rng.IntN(3) > 0 {
		long = time.Second + rng.upTo(partitionTime-time.Second)
	}
	w.done("partition "+string(trouble), w.nodes[i].Name)
	w.cutOff.Store(int64(i + 1))
	if err := w.roads[i](trouble); err != nil {
		return err
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		w.knock(w.nodes[i], rng)
	}()
	time.Sleep(long)
	err := w.roads[i](proxy.None)
	w.cutOff.Store(0)
	w.done("healed", w.nodes[i].Name)
	<-answered
	return err
}

// knock posts once at a node that may not reach the database, and notes how
// long that took.
func (w *world) knock(node *server.Server, rng *dice) {
	door, r := w.host, w.rooms[rng.IntN(len(w.rooms))]
	door.Base = node.URL
	msg := fmt.Sprintf("%s-m%d", hostName, w.knocks.Add(1))
	body := client.Body(rng.Rand, w.scene.Canary(r.slug), msg, 1)
	op := history.Record{Client: hostName, Name: history.Post, Room: r.slug, Msg: msg, Ver: 1, Hash: history.HashOf(body)}
	note := func(kind history.Kind) {
		op.Kind = kind
		w.log.Add(op)
	}
	req, err := door.Request(context.Background(), http.MethodPost, "/rooms/"+r.slug+"/messages",
		map[string]string{"body": body, "nonce": msg})
	if err != nil {
		return
	}
	note(history.Invoke)
	began := time.Now()
	status, _, head, err := door.Do(req)
	took := time.Since(began)
	op.Status = status
	note(history.Unknown)
	if errors.Is(err, context.DeadlineExceeded) || err == nil {
		w.log.Add(history.Record{
			Kind: history.Knock, Client: node.Name, Status: status, Seq: int64(took), ID: head.Get("Retry-After"),
		})
	}
}
