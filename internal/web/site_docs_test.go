package web_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// The functions of docs/embed.md make tokens that let somebody in, in each of
// their languages that is installed here. Go is.
func TestTokenCode(t *testing.T) {
	text, err := os.ReadFile("../../docs/embed.md")
	if err != nil {
		t.Fatal(err)
	}
	s, db := testdb.New(t)
	h := build(t, s, db, free, stream.Limits{})
	secret := h.siteAt("shop", shopOrigin, nil)
	run := 0
	for _, one := range []struct {
		language, file, more string
		command              []string
	}{
		{"python", "t.py", "\nimport sys\nprint(chat_token(*sys.argv[1:], 42, '민아 \"M\"'))\n", []string{"python3"}},
		{"js", "t.mjs", "\nconsole.log(chatToken(...process.argv.slice(2), 42, '민아 \"M\"'));\n", []string{"node"}},
		{"php", "t.php", "\necho chat_token($argv[1], $argv[2], $argv[3], '42', '민아 \"M\"');\n", []string{"php"}},
		{"ruby", "t.rb", "\nputs chat_token(*ARGV, 42, '민아 \"M\"')\n", []string{"ruby"}},
		{"go", "t.go", "\nfunc main() {\n\ttoken, err := Token(os.Args[1], os.Args[2], os.Args[3], \"42\", `민아 \"M\"`)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tprint(token)\n}\n", []string{"go", "run"}},
	} {
		block := regexp.MustCompile("(?s)```" + one.language + "\n(.*?)```").FindSubmatch(text)
		if block == nil {
			t.Errorf("docs/embed.md has no %s", one.language)
			continue
		}
		if _, err := exec.LookPath(one.command[0]); err != nil {
			t.Logf("%s is not installed here", one.command[0])
			continue
		}
		code := string(block[1]) + one.more
		if one.language == "go" {
			code = strings.Replace(strings.Replace(code, "package chat", "package main", 1), `"time"`, "\"os\"\n\t\"time\"", 1)
		}
		path := filepath.Join(t.TempDir(), one.file)
		if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(one.command[0], append(one.command[1:], path, "shop", "k1", secret)...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", one.language, err, out)
			continue
		}
		me := h.at(shopOrigin, strings.TrimSpace(string(out))).must(200, "GET", "/session", nil)
		if me.at("user", "display_name") != `민아 "M"` || me.at("user", "kind") != "site" {
			t.Error(one.language, me.text)
		}
		run++
	}
	if people := db.Must(`SELECT count(*) FROM users WHERE kind = 'site'`); people != "1" || run == 0 {
		t.Error(run, "languages made", people, "people of one")
	}
}
