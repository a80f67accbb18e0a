package web

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"maru/internal/chat"
)

// gates are what keeps one visitor from taking what belongs to all.
type gates struct {
	posts    *limiter[int64]      // by user
	signUps  *limiter[netip.Addr] // by address
	tries    *tries               // at a password, by name
	password chan struct{}        // who may hash a password now
	waiting  chan struct{}        // who may wait for it
}

const (
	// A password takes 19 MiB and a tenth of a second of a core, so two at a
	// time are all that a small machine can give.
	hashesAtOnce = 2
	hashesQueued = 32
	postBurst    = 4 // times the rate a second
)

func newGates(o Options) gates {
	return gates{
		posts:    newLimiter[int64](rate.Limit(o.PostRate), int(postBurst*o.PostRate)),
		signUps:  newLimiter[netip.Addr](rate.Limit(o.SignupRate/time.Hour.Seconds()), int(o.SignupRate)),
		tries:    &tries{since: map[string]*failures{}},
		password: make(chan struct{}, hashesAtOnce),
		waiting:  make(chan struct{}, hashesAtOnce+hashesQueued),
	}
}

// hashing runs fn, which hashes a password, when it is its turn. Where too many
// wait already it refuses at once.
func (g *gates) hashing(ctx context.Context, fn func() error) error {
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return chat.Refuse(chat.Busy, "sign_in_queue").Later(jitter(3 * time.Second))
	}
	select {
	case g.password <- struct{}{}:
		defer func() { <-g.password }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return fn()
}

// jitter returns a time around d, so that those who were refused together do
// not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// limiter gives each key a bucket of its own. A rate of 0 means no limit.
type limiter[K comparable] struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[K]*rate.Limiter
	swept   time.Time
}

func newLimiter[K comparable](r rate.Limit, burst int) *limiter[K] {
	return &limiter[K]{rate: r, burst: max(1, burst), buckets: map[K]*rate.Limiter{}}
}

// take takes one from the bucket of key, or refuses for the reason given and
// says when there will be one.
func (l *limiter[K]) take(key K, reason string) error {
	if l.rate == 0 {
		return nil
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	b, ok := l.buckets[key]
	if !ok {
		b = rate.NewLimiter(l.rate, l.burst)
		l.buckets[key] = b
	}
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	return chat.Refuse(chat.Limited, reason).Later(wait + rand.N(wait/2+time.Second))
}

// sweep forgets, once a minute, the buckets that are full again.
func (l *limiter[K]) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, key)
		}
	}
}

const (
	maxTries  = 10
	triesTime = 15 * time.Minute
)

// tries counts the failed tries at the password of one name, whether it exists
// or not.
type tries struct {
	mu    sync.Mutex
	since map[string]*failures
}

type failures struct {
	first time.Time
	count int
}

// allowed refuses a name that has had its tries.
func (t *tries) allowed(key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.since[key]
	if !ok || f.count < maxTries {
		return nil
	}
	wait := time.Until(f.first.Add(triesTime))
	if wait <= 0 {
		delete(t.since, key)
		return nil
	}
	return chat.Refuse(chat.Limited, "too_many_tries").Later(wait + rand.N(10*time.Second))
}

func (t *tries) failed(key string) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.since[key]; ok && now.Sub(f.first) <= triesTime {
		f.count++
		return
	}
	for key, f := range t.since {
		if now.Sub(f.first) > triesTime {
			delete(t.since, key)
		}
	}
	t.since[key] = &failures{first: now, count: 1}
}

func (t *tries) succeeded(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.since, key)
}
