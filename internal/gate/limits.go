package gate

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"maru/internal/chat"
)

const (
	// A password takes 19 MiB and a tenth of a second of a core, so two at a
	// time are all that a small machine can give.
	hashesAtOnce = 2
	hashesQueued = 32
)

// Hashing is where passwords wait for their turn to be hashed.
type Hashing struct {
	now     chan struct{}
	waiting chan struct{} // those that are hashed now included
}

// NewHashing makes an empty queue.
func NewHashing() *Hashing {
	return &Hashing{now: make(chan struct{}, hashesAtOnce), waiting: make(chan struct{}, hashesAtOnce+hashesQueued)}
}

// Do runs fn, which hashes a password, when it is its turn. Where too many wait
// already it refuses at once.
func (h *Hashing) Do(ctx context.Context, fn func() error) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return chat.Refuse(chat.Busy, "sign_in_queue").Later(3 * time.Second)
	}
	select {
	case h.now <- struct{}{}:
		defer func() { <-h.now }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return fn()
}

// Limiter gives each key a bucket of its own. A rate of 0 means no limit.
type Limiter[K comparable] struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[K]*rate.Limiter
	swept   time.Time
}

// NewLimiter makes a limiter that lets so many a second pass for each key, and
// burst at once.
func NewLimiter[K comparable](perSecond float64, burst int) *Limiter[K] {
	return &Limiter[K]{rate: rate.Limit(perSecond), burst: max(1, burst), buckets: map[K]*rate.Limiter{}}
}

// Take takes one from the bucket of key, or refuses for the reason given and
// says when there will be one.
func (l *Limiter[K]) Take(key K, reason string) error {
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
	return chat.Refuse(chat.Limited, reason).Later(wait + time.Second)
}

// sweep forgets, once a minute, the buckets that are full again.
func (l *Limiter[K]) sweep(now time.Time) {
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

// Tries counts the failed tries at the password of one name, whether it exists
// or not.
type Tries struct {
	mu    sync.Mutex
	since map[digest]*failures
}

// digest is what a name is known by: whoever tries may send long ones.
type digest = [sha256.Size]byte

// NewTries makes an empty count.
func NewTries() *Tries { return &Tries{since: map[digest]*failures{}} }

type failures struct {
	first time.Time
	count int
}

// Allowed refuses a name that has had its tries.
func (t *Tries) Allowed(name string) error {
	key := sha256.Sum256([]byte(name))
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
	return chat.Refuse(chat.Limited, "too_many_tries").Later(wait)
}

// Failed counts a try that failed.
func (t *Tries) Failed(name string) {
	key, now := sha256.Sum256([]byte(name)), time.Now()
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

// Succeeded forgets the tries before it.
func (t *Tries) Succeeded(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.since, sha256.Sum256([]byte(name)))
}
