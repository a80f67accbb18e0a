package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A password that was lost is replaced beside a running server. Whoever was signed
// in with it is not any more.
func TestPassword(t *testing.T) {
	s := starts(t, t.TempDir())
	mina := s.signUp()
	me := func() int {
		res, err := mina.Get(s.url + "/api/v1/rooms")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	signIn := func(password string) int {
		res, err := http.Post(s.url+"/api/v1/session", "application/json", strings.NewReader(fmt.Sprintf(`{"name":"mina","password":%q}`, password)))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if me() != 200 {
		t.Fatal("not signed in")
	}
	if _, errs, status := runs(t, s.cmd.Dir, "password", "nobody"); status != 1 || !strings.Contains(errs, "nobody named nobody") {
		t.Error(status, errs)
	}
	out, errs, status := runs(t, s.cmd.Dir, "password", "Mina")
	if status != 0 || !strings.Contains(errs, "All sessions of mina have ended") {
		t.Fatal(status, errs)
	}
	for end := time.Now().Add(5 * time.Second); me() != 401; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("still signed in")
		}
	}
	if was, is := signIn("둘러앉아 이야기"), signIn(strings.TrimSpace(out)); was != 401 || is != 200 {
		t.Errorf("with the old password: %d, with the new one: %d", was, is)
	}
	if out, err := exec.Command("sqlite3", filepath.Join(s.cmd.Dir, "maru-data", "maru.db"), "UPDATE users SET disabled_at = 1").CombinedOutput(); err != nil {
		t.Fatal(string(out), err)
	}
	if out, errs, status := runs(t, s.cmd.Dir, "password", "mina"); status != 1 || out != "" || !strings.Contains(errs, "mina can't sign in") {
		t.Error(status, out, errs)
	}
	s.stops(5 * time.Second)
	if _, errs, status := runs(t, t.TempDir(), "password", "mina"); status != 1 || !strings.Contains(errs, "there is no database") {
		t.Error(status, errs)
	}
}
