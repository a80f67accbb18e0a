package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"maru/internal/chat"
	"maru/internal/page"
	"maru/internal/site"
)

// siteFlags are what maru site takes beside the flags of all commands.
type siteFlags struct {
	given     []string // the names of all flags that stand on the command line
	origins   string
	visitors  string
	rooms     string
	allRooms  bool
	pages     bool
	roles     bool
	accent    string
	kid       string
	algorithm string
	publicKey string
	withdraw  string
}

func (s *siteFlags) add(f *flag.FlagSet) {
	f.StringVar(&s.origins, "origin", "", "")
	f.StringVar(&s.visitors, "visitors", "member", "")
	f.StringVar(&s.rooms, "rooms", "lobby", "")
	f.BoolVar(&s.allRooms, "all-rooms", false, "")
	f.BoolVar(&s.pages, "pages", false, "")
	f.BoolVar(&s.roles, "roles", false, "")
	f.StringVar(&s.accent, "accent", "", "")
	f.StringVar(&s.kid, "kid", "", "")
	f.StringVar(&s.algorithm, "algorithm", site.HS256, "")
	f.StringVar(&s.publicKey, "public-key", "", "")
	f.StringVar(&s.withdraw, "withdraw", "", "")
}

const siteUsage = `Sites are whose pages may show the chat; docs/embed.md tells how. They are kept in the database that --data or --database name.

  maru site list                 every site, with its keys
  maru site add NAME --origin …  a new site; NAME is the iss of its tokens
  maru site set NAME …           change what is given
  maru site key NAME             make a key; its secret is printed this once
  maru site key NAME --withdraw KID
                                 end a key and all that was let in by it
  maru site remove NAME          end a site and all that it has let in
  maru site check < token        say which rule a token breaks, if any

Of add and set:
  --origin LIST      where its pages are: https://www.example.com,http://localhost:3000
  --visitors WHAT    what those do who bring no token: member (nothing), read, or guest (read, and write as guests); member
  --rooms LIST       the rooms that it may show, by their slugs; lobby
  --all-rooms        it may show every open room
  --pages            room="auto": each of its pages has a room of its own
  --roles            its tokens may make moderators
  --accent COLOUR    such as #1b6b58

Of key:
  --kid KID          its name; one is made
  --algorithm NAME   HS256 (the secret is made here), EdDSA or ES256; HS256
  --public-key FILE  PEM, for EdDSA and ES256
`

// siteCommand does what maru site asks for.
func siteCommand(ctx context.Context, c config, out, logs io.Writer) error {
	verb, name := "help", ""
	if len(c.words) > 0 {
		verb = c.words[0]
	}
	if len(c.words) > 1 {
		name = c.words[1]
	}
	if verb == "help" {
		_, err := io.WriteString(out, siteUsage)
		return err
	}
	do, ok := map[string]func(context.Context, *site.Sites, string, siteFlags, io.Writer) error{
		"list": listSites, "add": addSite, "set": setSite, "key": siteKey, "remove": removeSite, "check": checkToken,
	}[verb]
	if !ok {
		fmt.Fprintf(logs, "maru: there is no site command %q; maru site help lists them\n", verb)
		return errUsage
	}
	if needsName := verb != "list" && verb != "check"; needsName && name == "" {
		return fmt.Errorf("maru site %s needs the name of the site", verb)
	}
	log := c.logger(logs)
	tables, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer tables.Close()
	return plainly(do(ctx, site.New(tables.Database(), time.Now, log), name, c.site, out))
}

func listSites(ctx context.Context, sites *site.Sites, _ string, _ siteFlags, out io.Writer) error {
	list, err := sites.List(ctx, site.Operator)
	if err != nil {
		return err
	}
	for _, s := range list {
		rooms := slugsOf(s)
		if s.AllRooms {
			rooms = append([]string{"(every open room)"}, rooms...)
		}
		fmt.Fprintf(out, "%s\n  origins   %s\n  visitors  %s\n  rooms     %s\n  pages     %v\n  roles     %v\n",
			s.Name, strings.Join(s.Origins, ", "), s.Visitors, strings.Join(rooms, ", "), s.Pages, s.Roles)
		if s.Accent != "" {
			fmt.Fprintf(out, "  accent    %s\n", s.Accent)
		}
		for _, k := range s.Keys {
			fmt.Fprintf(out, "  key       %s, %s, since %s\n", k.ID, k.Algorithm, k.Since.Time().Format(time.DateOnly))
		}
	}
	return nil
}

func slugsOf(s chat.Site) []string {
	slugs := make([]string, len(s.Rooms))
	for i, r := range s.Rooms {
		slugs[i] = r.Slug
	}
	return slugs
}

// onto lays the flags that were given over settings.
func (f siteFlags) onto(to site.Settings, all bool) site.Settings {
	has := func(name string) bool { return all || slices.Contains(f.given, name) }
	if has("origin") {
		to.Origins = listed(f.origins)
	}
	if has("visitors") {
		to.Visitors = chat.Visitors(f.visitors)
	}
	if has("rooms") {
		to.Slugs = listed(f.rooms)
	}
	if has("all-rooms") {
		to.AllRooms = f.allRooms
	}
	if has("pages") {
		to.Pages = f.pages
	}
	if has("roles") {
		to.Roles = f.roles
	}
	if has("accent") {
		to.Accent = f.accent
	}
	return to
}

func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func addSite(ctx context.Context, sites *site.Sites, name string, f siteFlags, out io.Writer) error {
	if err := sites.Add(ctx, site.Operator, f.onto(site.Settings{Site: chat.Site{Name: name}}, true)); err != nil {
		return err
	}
	fmt.Fprintf(out, "The site %s is made. It has no key yet: maru site key %s\n", name, name)
	return nil
}

func setSite(ctx context.Context, sites *site.Sites, name string, f siteFlags, out io.Writer) error {
	list, err := sites.List(ctx, site.Operator)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(s chat.Site) bool { return s.Name == name })
	if at < 0 {
		return chat.Refuse(chat.NotFound, "no_such_site", name)
	}
	if err := sites.Change(ctx, site.Operator, f.onto(site.Settings{Site: list[at], Slugs: slugsOf(list[at])}, false)); err != nil {
		return err
	}
	fmt.Fprintf(out, "The site %s is changed.\n", name)
	return nil
}

// siteKey makes a key, or withdraws one.
func siteKey(ctx context.Context, sites *site.Sites, name string, f siteFlags, out io.Writer) error {
	if f.withdraw != "" {
		if err := sites.WithdrawKey(ctx, site.Operator, name, f.withdraw); err != nil {
			return err
		}
		fmt.Fprintf(out, "The key %s is withdrawn, and nobody is in by it any more.\n", f.withdraw)
		return nil
	}
	key := site.NewKey{ID: f.kid, Algorithm: f.algorithm}
	if f.publicKey != "" {
		text, err := os.ReadFile(f.publicKey)
		if err != nil {
			return err
		}
		key.PublicKey = string(text)
	}
	kid, secret, err := sites.AddKey(ctx, site.Operator, name, key)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "kid     %s\n", kid)
	if secret != "" {
		fmt.Fprintf(out, "secret  %s\n", secret)
	}
	return nil
}

func removeSite(ctx context.Context, sites *site.Sites, name string, _ siteFlags, out io.Writer) error {
	if err := sites.Remove(ctx, site.Operator, name); err != nil {
		return err
	}
	fmt.Fprintf(out, "The site %s is gone. What its people have said stays.\n", name)
	return nil
}

// maxTokenText is how much of the standard input is read for a token.
const maxTokenText = 64 << 10

// checkToken reads a token from the standard input: a command line can be read by
// others.
func checkToken(ctx context.Context, sites *site.Sites, _ string, _ siteFlags, out io.Writer) error {
	text, err := io.ReadAll(io.LimitReader(os.Stdin, maxTokenText))
	if err != nil {
		return err
	}
	if err := sites.Explain(ctx, string(text)); err != nil {
		return fmt.Errorf("the token is refused: %w", err)
	}
	_, err = fmt.Fprintln(out, "The token is good.")
	return err
}

// plainly says a refusal in the words that pages have for it.
func plainly(err error) error {
	refused, ok := errors.AsType[*chat.Error](err)
	if !ok {
		return err
	}
	pages, failed := page.New()
	if failed != nil {
		return err
	}
	return errors.New(pages.Text("en", "error."+refused.Reason, refused.Args...))
}
