package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"maru/internal/live"
	"maru/internal/upkeep"
)

// verify says on one screen whether the log is whole, and fails where it is not.
func verify(ctx context.Context, c config, out, logs io.Writer) error {
	if c.live != "" {
		return verifyLive(ctx, c, out)
	}
	if err := there(cmp.Or(c.database, c.data)); err != nil {
		return err
	}
	tables, err := c.open(ctx, c.logger(logs))
	if err != nil {
		return err
	}
	defer tables.Close()
	a, err := upkeep.Verify(ctx, tables.Database())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n%s, %s and %s; %d removed by retention\n", c.where(),
		count(a.Rooms, "room"), count(a.Messages, "message"), count(a.Changes, "change"), a.Removed)
	return verdict(out, a.Faults, "Whole: every number between floor and head stands in one row, and rows and log agree.")
}

func verifyLive(ctx context.Context, c config, out io.Writer) error {
	if c.token == "" {
		return errors.New("--live needs a personal token in MARU_TOKEN; people make theirs on their settings page")
	}
	r, err := live.Verify(ctx, c.live, c.token)
	if err != nil {
		return fmt.Errorf("%s could not be checked: %w", c.live, err)
	}
	fmt.Fprintf(out, "%s\n%d readers over streams, long polls and polls, %s cut; %s, a third of them sent twice; %s\n",
		c.live, r.Readers, count(int64(r.Cuts), "stream"), count(int64(r.Posts), "post"), count(int64(r.Events), "event"))
	fmt.Fprintf(out, "from a post to its event on a stream: median %v, longest %v\n", r.Median.Round(10*time.Microsecond), r.Longest.Round(10*time.Microsecond))
	return verdict(out, r.Faults, "All saw the same: everything once, in order, and then that the room was gone.")
}

// verdict prints the faults, as many as a screen holds, or that there are none.
func verdict(out io.Writer, faults []string, whole string) error {
	const shown = 15
	if len(faults) == 0 {
		fmt.Fprintln(out, whole)
		return nil
	}
	for _, fault := range faults[:min(shown, len(faults))] {
		fmt.Fprintln(out, "  "+fault)
	}
	if more := len(faults) - shown; more > 0 {
		fmt.Fprintf(out, "  and %d more\n", more)
	}
	return fmt.Errorf("not whole: %s", count(int64(len(faults)), "fault"))
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
