//go:build !linux

package markup

import "time"

var began = time.Now()

// spent is how long the tests have run.
func spent() time.Duration { return time.Since(began) }
