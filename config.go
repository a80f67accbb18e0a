package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"maru/internal/door"
)

// config is everything that an operator can decide.
type config struct {
	listen       string
	data         string
	database     string
	publicURL    string
	registration string
	logFormat    string
	postRate     float64
	signupRate   float64
	userStreams  int
	addrStreams  int
	dev          string
	live         string
	from, to     string
	words        []string // between the command and its flags
	site         siteFlags
	token        string // MARU_TOKEN alone: a command line can be read by others
}

// flags defines the flags of all commands.
func (c *config) flags(out io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("maru", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&c.listen, "listen", "127.0.0.1:8080", "`address` to serve on: host:port")
	f.StringVar(&c.data, "data", "./maru-data", "`folder` that everything is kept in")
	f.StringVar(&c.database, "database", "", "`URL` of a PostgreSQL that several nodes may share; empty: SQLite in the data folder")
	f.StringVar(&c.publicURL, "public-url", "", "`URL` at which people reach the server, where it is not the address above")
	f.StringVar(&c.registration, "registration", "open", "`who` may sign up: open, invite or closed")
	f.StringVar(&c.logFormat, "log-format", "text", "`form` of the log on standard error: text or json")
	f.Float64Var(&c.postRate, "post-rate", 5, "messages a second and user, and ten times as many changes; four times as many of both at once; 0: no limit")
	f.Float64Var(&c.signupRate, "signup-rate", 20, "new accounts an hour and address; 0: no limit")
	f.IntVar(&c.userStreams, "max-streams-per-user", 32, "open streams and long polls a user; 0: no limit")
	f.IntVar(&c.addrStreams, "max-streams-per-address", 256, "open streams and long polls an address; 0: no limit")
	f.StringVar(&c.dev, "dev", "", "`folder` to read the pages from at each request, to work on them")
	f.StringVar(&c.live, "live", "", "for maru verify: `URL` of a running server; MARU_TOKEN holds a personal token for it")
	f.StringVar(&c.from, "from", "", "for maru copy: the `place` to copy from, a data folder or the URL of a PostgreSQL")
	f.StringVar(&c.to, "to", "", "for maru copy: the `place` to copy to, which has to be new")
	f.Usage = func() { usage(out) }
	return f
}

// twin is the environment variable that stands for a flag.
func twin(flag string) string {
	return "MARU_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// usage explains the commands and each flag.
func usage(out io.Writer) {
	fmt.Fprint(out, "Maru is a chat server. The database is the truth: what is committed to it is on every screen.\n\nUsage: maru [command] [flags]\n\nCommands:\n")
	for _, c := range commands {
		fmt.Fprintf(out, "  %-9s %s\n", c.name, c.what)
	}
	fmt.Fprintf(out, "  %-9s %s\n\nFlags, each with its environment variable and its default:\n", "help", "print this")
	var c config
	c.flags(out).VisitAll(func(f *flag.Flag) {
		name, text := flag.UnquoteUsage(f)
		head := strings.TrimSpace("--" + f.Name + " " + name)
		def := f.DefValue
		if def == "" {
			def = "empty"
		}
		fmt.Fprintf(out, "  %s\n      %s\n      %s, default %s\n", head, text, twin(f.Name), def)
	})
}

// readConfig reads the flags of a command, and the environment where a flag of all
// commands is not given.
func readConfig(command string, args []string, env func(string) string, out, logs io.Writer) (config, error) {
	c := config{token: env("MARU_TOKEN")}
	f := c.flags(logs)
	var wrong error
	f.VisitAll(func(one *flag.Flag) {
		if text := env(twin(one.Name)); text != "" && wrong == nil {
			if err := one.Value.Set(text); err != nil {
				wrong = fmt.Errorf("%s is %q: %w", twin(one.Name), text, err)
			}
		}
	})
	if wrong != nil {
		return c, wrong
	}
	if command == "site" {
		c.site.add(f)
	}
	f.Usage = func() {}
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		usage(out)
		return c, err
	} else if err != nil {
		return c, errUsage
	}
	if f.NArg() > 0 {
		fmt.Fprintf(logs, "maru: %q is no flag; maru help lists them\n", f.Arg(0))
		return c, errUsage
	}
	if command == "site" {
		f.Visit(func(one *flag.Flag) { c.site.given = append(c.site.given, one.Name) })
	}
	return c, c.check()
}

// check says what is wrong with the configuration, in one line.
func (c *config) check() error {
	switch door.Registration(c.registration) {
	case door.RegistrationOpen, door.RegistrationInvite, door.RegistrationClosed:
	default:
		return fmt.Errorf("--registration is %q: it is open, invite or closed", c.registration)
	}
	if c.logFormat != "text" && c.logFormat != "json" {
		return fmt.Errorf("--log-format is %q: it is text or json", c.logFormat)
	}
	if c.database != "" && !isURL(c.database) {
		return errors.New("--database is a URL such as postgres://maru@db.example.com/maru, or empty for SQLite in the data folder")
	}
	if c.postRate < 0 || c.signupRate < 0 || c.userStreams < 0 || c.addrStreams < 0 {
		return errors.New("a limit can't be negative; 0 means no limit")
	}
	if _, _, err := net.SplitHostPort(c.listen); err != nil {
		return fmt.Errorf("--listen is %q: it is an address such as 127.0.0.1:8080", c.listen)
	}
	_, err := c.public()
	return err
}

// isURL reports whether a place is a PostgreSQL rather than a folder.
func isURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// public returns the public URL, or nil where none was given.
func (c *config) public() (*url.URL, error) {
	if c.publicURL == "" {
		return nil, nil
	}
	u, err := url.Parse(c.publicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("--public-url is %q: it is an address such as https://chat.example.com, without a path", c.publicURL)
	}
	u.Path = ""
	return u, nil
}
