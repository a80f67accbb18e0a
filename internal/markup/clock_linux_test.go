package markup

import (
	"time"

	"golang.org/x/sys/unix"
)

// spent is how long this thread has run: what others do at the same time does not
// count.
func spent() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
