package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/feed"
	"maru/internal/gate"
	"maru/internal/page"
	"maru/internal/search"
	"maru/internal/site"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/upkeep"
	"maru/internal/web"
)

const (
	// stopTime is how long requests may take to finish when the server stops.
	stopTime = 4500 * time.Millisecond
	// inviteLife is how long an invitation is good for.
	inviteLife = 7 * 24 * time.Hour
)

func (c *config) logger(logs io.Writer) *slog.Logger {
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(logs, nil))
	}
	return slog.New(slog.NewTextHandler(logs, nil))
}

func (c *config) pages() (*page.Pages, error) {
	if c.dev != "" {
		return page.NewDev(os.DirFS(c.dev))
	}
	return page.New()
}

// open opens the tables that the flags name.
func (c *config) open(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	return store.Open(ctx, store.Options{Dir: c.data, URL: c.database, Log: log})
}

// there refuses a place where there are no tables: who looks for something in them
// does not want new ones.
func there(place string) error {
	if isURL(place) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(place, store.File)); err != nil {
		return fmt.Errorf("there is no database: %w", err)
	}
	return nil
}

// where is what people call the place of the tables. A URL may hold a password.
func (c *config) where() string {
	if c.database != "" {
		return "PostgreSQL"
	}
	folder, err := filepath.Abs(c.data)
	if err != nil {
		return c.data
	}
	return folder
}

// serve serves the chat until ctx ends.
func serve(ctx context.Context, c config, out, logs io.Writer) error {
	log := c.logger(logs)
	pages, err := c.pages()
	if err != nil {
		return err
	}
	// The port first: where it is taken, nothing else is touched.
	// Nobody is probed who is silent: whoever has a stream is written to, and all
	// others have limits of time.
	listener, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", c.listen)
	if err != nil {
		return fmt.Errorf("can't listen on %s: %w", c.listen, errors.Unwrap(err))
	}
	defer listener.Close()
	tables, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer tables.Close()
	public, err := c.public()
	if err != nil {
		return err
	}
	follow, err := feed.New(ctx, tables, log)
	if err != nil {
		return err
	}
	streams := stream.New(follow, tables, stream.Limits{PerUser: c.userStreams, PerAddress: c.addrStreams}, log)
	index := search.New(tables, log)
	sites := site.New(tables.Database(), time.Now, log)
	follow.OnEnding(sites.Ended)
	behind := door.Parts{Store: tables, Sites: sites, Index: index, Feed: follow, Streams: streams, Pages: pages}
	server := web.New(door.New(behind, door.Options{
		Origin:       gate.Origin{PublicURL: public, Loopback: gate.LoopbackHost(c.listen)},
		Registration: door.Registration(c.registration), PostRate: c.postRate, SignupRate: c.signupRate,
	}, log)).HTTP()
	if err := c.greet(ctx, tables, listener.Addr(), out); err != nil {
		return err
	}
	return c.work(ctx, parts{log, tables, index, follow, streams, server, listener})
}

// parts are what runs while the server serves.
type parts struct {
	log      *slog.Logger
	tables   *store.Store
	index    *search.Index
	follow   *feed.Feed
	streams  *stream.Streams
	server   *http.Server
	listener net.Listener
}

// work runs the parts until ctx ends or one of them fails, and stops them in
// their order: streams say good-bye, requests finish, then the tables close.
func (c *config) work(ctx context.Context, p parts) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	failed := make(chan error, 2)
	var running sync.WaitGroup
	start := func(fn func() error) {
		running.Go(func() {
			if err := fn(); err != nil {
				failed <- err
			}
		})
	}
	running.Go(func() { p.follow.Run(background) })
	running.Go(func() { p.streams.Run(background) })
	running.Go(func() { upkeep.Retain(background, p.tables.Database(), p.log) })
	running.Go(func() { p.index.Run(background) })
	running.Go(func() { manageMemory(background, lookEvery) })
	start(func() error {
		return p.tables.Watch(background, p.follow.Awake, func(h chat.Hint) {
			p.index.Hint(h)
			p.follow.Hint(h) // who is woken last runs first: screens before the search
		})
	})
	start(func() error {
		if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	p.streams.Stop()
	within, cancel := context.WithTimeout(background, stopTime)
	defer cancel()
	if p.server.Shutdown(within) != nil {
		p.server.Close()
	}
	stop()
	running.Wait()
	return err
}

// greet prints where the server is, and a line to click: while there is no
// owner, one that makes the owner.
func (c *config) greet(ctx context.Context, tables *store.Store, at net.Addr, out io.Writer) error {
	base := c.base(at)
	fmt.Fprintf(out, "Maru listens on %s and keeps everything in %s\n", at, c.where())
	owned, err := tables.Owned(ctx)
	if err != nil {
		return err
	}
	if owned {
		fmt.Fprintf(out, "Open %s/\n", base)
		return nil
	}
	link, _, err := makeLink(ctx, tables, base)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Nobody owns this server yet. Whoever opens this link first will:\n%s\n", link)
	return nil
}

// base is the address to put before a path so that people can click it.
func (c *config) base(at net.Addr) string {
	if public, err := c.public(); err == nil && public != nil {
		return public.String()
	}
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "http://" + at.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// makeLink makes a one-time link to sign up with.
func makeLink(ctx context.Context, tables *store.Store, base string) (string, chat.ServerRole, error) {
	secret := chat.NewSecret()
	role, err := tables.Invite(ctx, chat.HashSecret(secret), inviteLife)
	return base + "/sign-up?setup=" + secret, role, err
}

// named is an address as it stands in the configuration.
type named string

func (n named) Network() string { return "tcp" }
func (n named) String() string  { return string(n) }

// invite prints a link to sign up with.
func invite(ctx context.Context, c config, out, logs io.Writer) error {
	if door.Registration(c.registration) == door.RegistrationClosed {
		return errors.New("--registration is closed: nobody can sign up, with a link or without")
	}
	tables, err := c.open(ctx, c.logger(logs))
	if err != nil {
		return err
	}
	defer tables.Close()
	link, role, err := makeLink(ctx, tables, c.base(named(c.listen)))
	if err != nil {
		return err
	}
	if role == chat.ServerOwner {
		fmt.Fprintln(logs, "This server has no owner yet: whoever opens the link first will be it.")
	}
	fmt.Fprintln(out, link)
	return nil
}
