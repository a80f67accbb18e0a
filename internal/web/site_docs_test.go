package web_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// tokenCode tells for each example, which is shown by docs/embed.md and by the
// page of a site, how it makes a token for the person 42. What an example takes
// from its framework is stood in for.
var tokenCode = []struct {
	example, as string            // as is where the example is put
	others      map[string]string // the files beside it
	command     []string
}{
	{"django.py", "chat_token.py", map[string]string{
		"django/__init__.py": "",
		"django/http.py":     "def HttpResponse(content, **_):\n    return content\n",
		"run.py": `from chat_token import chat_token_view


class User:
    pk, is_authenticated = 42, True

    def get_full_name(self):
        return '민아 "M"'


class Request:
    user = User()


print(chat_token_view(Request()))
`,
	}, []string{"python3", "run.py"}},
	{"rails.rb", "chat_tokens.rb", map[string]string{"run.rb": `class ApplicationController
  def self.skip_before_action(*, **) = nil
end
require_relative "chat_tokens"
puts ChatTokensController.new.send(:chat_token, "shop", ENV["MARU_KID"], ENV["MARU_SECRET"], 42, '민아 "M"')
`}, []string{"ruby", "run.rb"}},
	{"laravel.php", "controller.php", map[string]string{"run.php": `<?php
require 'controller.php';
$make = fn (...$of) => $this->token(...$of);
echo $make->call(new App\Http\Controllers\ChatTokenController, 'shop', getenv('MARU_KID'), getenv('MARU_SECRET'), '42', '민아 "M"');
`}, []string{"php", "run.php"}},
	{"express.js", "chat-token.mjs", map[string]string{"run.mjs": `import { chatTokenView } from './chat-token.mjs';
const res = { set: () => res, type: () => res, send: console.log };
chatTokenView({ user: { id: 42, name: '민아 "M"' } }, res);
`}, []string{"node", "run.mjs"}},
	{"net_http.go.txt", "chat/token.go", map[string]string{"go.mod": "module try\n\ngo 1.22\n", "main.go": `package main

import (
	"net/http"
	"net/http/httptest"

	"try/chat"
)

func main() {
	w := httptest.NewRecorder()
	who := func(*http.Request) (string, string, bool) { return "42", "민아 \"M\"", true }
	chat.TokenHandler(who).ServeHTTP(w, httptest.NewRequest("GET", "/chat-token", nil))
	print(w.Body.String())
}
`}, []string{"go", "run", "."}},
	{"php.php", "index.php", map[string]string{"login.php": `<?php
session_save_path('.');
session_start();
[$_SESSION['user_id'], $_SESSION['user_name']] = [42, '민아 "M"'];
session_write_close();
`}, []string{"php", "-d", "auto_prepend_file=login.php", "index.php"}},
}

// Each example makes a token that lets somebody in, where its language is
// installed. Go is.
func TestTokenCode(t *testing.T) {
	s, db := testdb.New(t)
	h := build(t, s, db, free, stream.Limits{})
	secret := h.siteAt("shop", shopOrigin, nil)
	run := 0
	for _, one := range tokenCode {
		if _, err := exec.LookPath(one.command[0]); err != nil {
			t.Logf("%s is not installed here", one.command[0])
			continue
		}
		code, err := os.ReadFile("../page/code/" + one.example)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, one.as), string(code))
		for name, text := range one.others {
			write(t, filepath.Join(dir, name), text)
		}
		command := exec.Command(one.command[0], one.command[1:]...)
		command.Dir, command.Env = dir, append(os.Environ(), "MARU_KID=k1", "MARU_SECRET="+secret)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", one.example, err, out)
			continue
		}
		me := h.at(shopOrigin, strings.TrimSpace(string(out))).must(200, "GET", "/session", nil)
		if me.at("user", "display_name") != `민아 "M"` || me.at("user", "kind") != "site" {
			t.Error(one.example, me.text)
		}
		run++
	}
	if people := db.Must(`SELECT count(*) FROM users WHERE kind = 'site'`); people != "1" || run == 0 {
		t.Error(run, "examples ran and made", people, "people of one")
	}
}

// write makes a file and the folder that it is in.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
