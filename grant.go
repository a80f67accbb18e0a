package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"maru/internal/upkeep"
)

// grantSQL lets a role of the database write as other programs do.
func grantSQL(ctx context.Context, c config, out, logs io.Writer) error {
	if len(c.words) == 0 {
		return errors.New("grant-sql needs the name of a role: maru grant-sql ROLE --database postgres://…")
	}
	if c.database == "" {
		return errors.New("grant-sql needs --database: SQLite has no roles, whoever can write the file can write the tables")
	}
	log := c.logger(logs)
	tables, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer tables.Close()
	if err := upkeep.Grant(ctx, tables.Database(), c.words[0], log); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s may write messages, reactions and members now, as docs/sql.md shows.\n", c.words[0])
	return err
}
