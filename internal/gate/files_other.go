//go:build !unix

package gate

// fileLimit is how many files the process may open; 0 where it is not known.
func fileLimit() int { return 0 }
