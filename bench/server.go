package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// server is a running maru with an account in it.
type server struct {
	dir    string
	url    string
	token  string
	cmd    *exec.Cmd
	client *http.Client
}

func start(binary, dir string) (*server, error) {
	s := &server{dir: dir, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	s.cmd = exec.Command("taskset", "-c", "0", binary, "--listen", "127.0.0.1:0", "--data", dir, "--post-rate", "0", "--max-streams-per-user", "0", "--max-streams-per-address", "0")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	link := regexp.MustCompile(`(http://[^/]+)/sign-up\?setup=(\S+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := link.FindStringSubmatch(lines.Text()); m != nil {
			s.url = m[1]
			go io.Copy(io.Discard, out)
			return s, s.signUp(m[2])
		}
	}
	return nil, fmt.Errorf("maru did not start")
}

// signUp makes the owner and a token to act with.
func (s *server) signUp(code string) error {
	res, err := s.client.Post(s.url+"/api/v1/accounts", "application/json", strings.NewReader(`{"name":"bench","password":"bench bench","setup":"`+code+`"}`))
	if err != nil {
		return err
	}
	res.Body.Close()
	r, err := http.NewRequest("POST", s.url+"/api/v1/tokens", strings.NewReader(`{"label":"bench"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for _, c := range res.Cookies() {
		r.AddCookie(c)
	}
	res, err = s.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var made struct{ Token string }
	err = json.NewDecoder(res.Body).Decode(&made)
	s.token = made.Token
	return err
}

func (s *server) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	return s.cmd.Wait()
}

func (s *server) request(method, path, body string) (*http.Response, error) {
	r, err := http.NewRequest(method, s.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return s.client.Do(r)
}

// post says something and waits until it is on the disk.
func (s *server) post(text string) error {
	res, err := s.request("POST", "/api/v1/rooms/lobby/messages", `{"body":"`+text+`"}`)
	if err != nil {
		return err
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("a post was answered with %s", res.Status)
	}
	return nil
}

// screen opens a stream and hands on when each text came that begins with mark.
func (s *server) screen(mark string) (<-chan time.Time, error) {
	r, err := http.NewRequest("GET", s.url+"/api/v1/rooms/lobby/events?after=head", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Accept", "text/event-stream")
	res, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	came := make(chan time.Time, 1000)
	ready := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			switch line := lines.Bytes(); {
			case bytes.Contains(line, []byte("caught-up")):
				close(ready)
			case bytes.Contains(line, []byte(mark)):
				came <- time.Now()
			}
		}
	}()
	<-ready
	return came, nil
}

func (s *server) database() string { return filepath.Join(s.dir, "maru.db") }
