package web

import (
	"context"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"maru/internal/chat"
	"maru/internal/gate"
)

const (
	// readyWait is how long the database may take to answer.
	readyWait = 2 * time.Second
	// readyLag is how far behind the feed may be.
	readyLag = 5 * time.Second
)

// getReady says whether this node should be sent requests: the database answers,
// and the feed is not behind.
func (v *Server) getReady(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyWait)
	defer cancel()
	if err := v.door.Store.Ping(ctx); err != nil || v.door.Feed.Lag() > readyLag || v.door.Streams.Stopping() {
		return chat.Refuse(chat.Busy, "database_busy").Later(time.Second)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("ready\n"))
	return err
}

// metrics returns what is counted, in Prometheus's form. No label grows with
// users or rooms.
func (v *Server) metrics() http.Handler {
	r := prometheus.NewRegistry()
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "maru", Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "maru", Name: name, Help: help}, value))
	}
	gauge("streams", "Open streams and long polls.", func() float64 { return float64(v.door.Streams.Open()) })
	gauge("feed_lag_seconds", "Since the feed last had all that is new.", func() float64 { return v.door.Feed.Lag().Seconds() })
	gauge("search_behind", "Events of the logs that the search does not know yet.", func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), readyWait)
		defer cancel()
		events, err := v.door.Index.Behind(ctx)
		if err != nil {
			return math.NaN()
		}
		return float64(events)
	})
	counter("posts_total", "Messages that were posted through this node.", func() float64 { return float64(v.door.Posted()) })
	counter("commits_total", "Transactions that this node has committed.", func() float64 { return float64(v.door.Store.Stats().Commits) })
	counter("commands_total", "Commands in those transactions.", func() float64 { return float64(v.door.Store.Stats().Commands) })
	counter("database_waits_total", "Readings that waited for a connection.", func() float64 { return float64(v.door.Store.Stats().Waits) })
	counter("database_wait_seconds_total", "How long they waited, together.", func() float64 { return v.door.Store.Stats().Waited.Seconds() })
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// getMetrics answers programs of this machine, and those with a token of
// somebody who governs the server.
func (v *Server) getMetrics(w http.ResponseWriter, r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") || !gate.Near(r) {
		actor, err := v.door.Actor(r)
		if err != nil {
			return err
		}
		if !actor.Role.Governs() {
			return chat.Refuse(chat.Forbidden, "forbidden")
		}
	}
	v.counted.ServeHTTP(w, r)
	return nil
}
