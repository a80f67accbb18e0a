package database

// Waiting is how many commands wait to be written.
func (d *Database) Waiting() int { return len(d.writer.jobs) }
