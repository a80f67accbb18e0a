package browser

import (
	"bytes"
	"os/exec"
	"sync"
	"testing"
)

// The limits of a room that is opened for the first time.
const (
	mostRequests = 5
	mostBytes    = 45 << 10
)

// A room with a full page of messages, opened by a browser that has nothing of
// it yet, costs few requests and few bytes.
func TestCost(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 60)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	var mu sync.Mutex
	sent, came, whole := map[string]string{}, map[string]float64{}, map[string]float64{}
	a.events("Network.requestWillBeSent", func(p map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		request, _ := p["request"].(map[string]any)
		sent[p["requestId"].(string)], _ = request["url"].(string)
	})
	// What is on the wire is told as it comes, and in sum, with the heads of the
	// answers, when an answer is whole; a stream never is.
	a.events("Network.dataReceived", func(p map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		bytes, _ := p["encodedDataLength"].(float64)
		came[p["requestId"].(string)] += bytes
	})
	a.events("Network.loadingFinished", func(p map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		whole[p["requestId"].(string)], _ = p["encodedDataLength"].(float64)
	})
	a.Go("/rooms/lobby").Live()
	a.Wait("the page at rest", "performance.getEntriesByType('resource').length > 0 && performance.now() > 1500")
	mu.Lock()
	defer mu.Unlock()
	total := 0.0
	for id, at := range sent {
		bytes := max(came[id], whole[id])
		t.Logf("%6.0f bytes: %s", bytes, at)
		total += bytes
	}
	t.Logf("%d requests, %.1f KB", len(sent), total/1024)
	if len(sent) > mostRequests || total > mostBytes || total == 0 {
		t.Errorf("%d requests and %.0f bytes; allowed are %d and %d", len(sent), total, mostRequests, mostBytes)
	}
}

// The modules are clean under TypeScript's strictest reading of their comments.
func TestTypes(t *testing.T) {
	fromNPM(t, "typescript/package.json")
	check := exec.Command("node_modules/.bin/tsc", "-p", "../../internal/page")
	var out bytes.Buffer
	check.Stdout, check.Stderr = &out, &out
	if err := check.Run(); err != nil {
		t.Errorf("%v\n%s", err, out.Bytes())
	}
}
