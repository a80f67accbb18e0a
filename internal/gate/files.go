package gate

import (
	"context"
	"log/slog"
	"net"
	"syscall"
	"time"

	"maru/internal/chat"
)

// spareFiles is how many open files are kept for requests that end soon, where
// the limit allows for so many.
const spareFiles = 64

// Files watches how many files the process may open: each connection is one,
// and streams are connections that stay.
type Files struct {
	spent  int // the first descriptor of those that are kept; 0: no limit is known
	limit  int
	log    *slog.Logger
	warned time.Time // the listener's goroutine's alone
}

// NewFiles reads the limit of the process.
func NewFiles(log *slog.Logger) *Files {
	f := &Files{limit: fileLimit(), log: log}
	f.spent = f.limit - min(spareFiles, f.limit/4)
	return f
}

type spentKey struct{}

// Mark notes in a new connection's context whether it is one of the last that
// can be had. The system gives the lowest number that is free, so the number
// tells.
func (f *Files) Mark(ctx context.Context, c net.Conn) context.Context {
	number := -1
	if s, ok := c.(syscall.Conn); ok && f.limit > 0 {
		if raw, err := s.SyscallConn(); err == nil {
			raw.Control(func(fd uintptr) { number = int(fd) })
		}
	}
	if number < f.spent || f.spent == 0 {
		return ctx
	}
	if time.Since(f.warned) > time.Minute {
		f.warned = time.Now()
		f.log.Warn("open files are nearly spent: new streams are refused; raise the limit with ulimit -n, or LimitNOFILE= of the systemd unit", "limit", f.limit)
	}
	return context.WithValue(ctx, spentKey{}, true)
}

// Spent reports whether a request came over one of the last connections: it
// should be closed when the request is answered.
func Spent(ctx context.Context) bool { return ctx.Value(spentKey{}) != nil }

// CheckFiles refuses a stream over one of the last connections.
func CheckFiles(ctx context.Context) error {
	if Spent(ctx) {
		return chat.Refuse(chat.Busy, "open_files").Later(10 * time.Second)
	}
	return nil
}
