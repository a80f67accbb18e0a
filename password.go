package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"maru/internal/chat"
)

// newPassword gives a user who has lost the password another one, and ends all
// sessions: nobody but who runs the server can do it for the owner.
func newPassword(ctx context.Context, c config, out, logs io.Writer) error {
	if len(c.words) == 0 {
		return errors.New("password needs the name of a user: maru password NAME")
	}
	if err := there(cmp.Or(c.database, c.data)); err != nil {
		return err
	}
	tables, err := c.open(ctx, c.logger(logs))
	if err != nil {
		return err
	}
	defer tables.Close()
	user, err := tables.UserNamed(ctx, c.words[0])
	if err != nil {
		return plainly(err)
	}
	if user.Kind != chat.KindMember || user.Disabled {
		return fmt.Errorf("%s can't sign in: the account is disabled, or none with a password", user.Name)
	}
	password := chat.NewSecret()
	if err := tables.ChangePassword(ctx, chat.Actor{User: user}, chat.HashPassword(password)); err != nil {
		return err
	}
	fmt.Fprintf(logs, "All sessions of %s have ended. Sign in with this password, and change it under Settings:\n", user.Name)
	fmt.Fprintln(out, password)
	return nil
}
