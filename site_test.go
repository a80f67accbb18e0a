package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"crypto/hmac"
	"crypto/sha256"
)

// Sites are made, changed and ended on the command line, beside a running server
// that knows of it within a second.
func TestSiteCommand(t *testing.T) {
	dir := t.TempDir()
	s := starts(t, dir)
	must := func(parts []string, args ...string) string {
		t.Helper()
		out, errs, status := runs(t, dir, append([]string{"site"}, args...)...)
		for _, part := range parts {
			if status != 0 || !strings.Contains(out, part) {
				t.Fatalf("site %v: %d\n%s%s\nlacks %q", args, status, out, errs, part)
			}
		}
		return out
	}
	refused := func(says string, args ...string) {
		t.Helper()
		if out, errs, status := runs(t, dir, append([]string{"site"}, args...)...); status == 0 || !strings.Contains(errs, says) {
			t.Errorf("site %v: %d %q %q, want %q", args, status, out, errs, says)
		}
	}
	must([]string{"maru site add NAME", "--public-key FILE"})
	must([]string{"The site shop is made."}, "add", "shop", "--origin", "https://shop.example,http://localhost:3000")
	secret := regexp.MustCompile(`kid     k1\nsecret  (\S{43})\n`).FindStringSubmatch(must([]string{"k1"}, "key", "shop", "--kid", "k1"))[1]
	must([]string{"is changed"}, "set", "shop", "--visitors", "read", "--pages", "--accent", "#112233")
	must([]string{"http://localhost:3000, https://shop.example", "visitors  read", "pages     true", "rooms     lobby", "accent    #112233", "key       k1, HS256"}, "list")

	now := time.Now().Unix()
	token := signedToken(t, secret, map[string]any{"iss": "shop", "aud": "maru", "sub": "1", "name": "Mina", "iat": now, "exp": now + 300})
	status := func() int {
		r, err := http.NewRequest("GET", s.url+"/api/v1/rooms/lobby", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Origin", "https://shop.example")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	within := func(want int) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); status() != want; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the server answers", status(), "and not", want)
			}
		}
	}
	within(200)
	check := maru(dir, "site", "check")
	check.Stdin = strings.NewReader(token + "\n")
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), "The token is good.") {
		t.Error(string(out), err)
	}
	check = maru(dir, "site", "check")
	check.Stdin = strings.NewReader(signedToken(t, secret, map[string]any{"iss": "shop", "aud": "maru", "sub": 1, "name": "Mina", "iat": now, "exp": now + 300}))
	if out, err := check.CombinedOutput(); err == nil || !strings.Contains(string(out), "sub is of the wrong type") {
		t.Error(string(out), err)
	}
	must([]string{"withdrawn"}, "key", "shop", "--withdraw", "k1")
	within(401)

	if err := os.WriteFile(filepath.Join(dir, "no.pem"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("not a public key for EdDSA", "key", "shop", "--algorithm", "EdDSA", "--public-key", "no.pem")
	refused("no.such", "key", "shop", "--algorithm", "EdDSA", "--public-key", "no.such")
	refused("There is no site named blog.", "set", "blog")
	refused("There is no room nowhere", "set", "shop", "--rooms", "nowhere")
	refused("needs the name", "add")
	refused(`no site command "frob"`, "frob")
	refused("is no flag", "list", "--origin", "https://x.example", "y")
	must([]string{"is gone"}, "remove", "shop")
	if out := must(nil, "list"); out != "" {
		t.Error(out)
	}
}

func signedToken(t *testing.T, secret string, claims map[string]any) string {
	t.Helper()
	part := func(of map[string]any) string {
		text, err := json.Marshal(of)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(map[string]any{"alg": "HS256", "kid": "k1"}) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
