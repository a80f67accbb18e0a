package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"sync"
)

// watch listens to a tab for what no page of ours may do: break its own
// policy, throw, complain in the console, or speak to another host.
type watch struct {
	tab *Tab

	mu      sync.Mutex
	faults  []string
	allowed []*regexp.Regexp
}

func startWatch(tab *Tab) *watch {
	w := &watch{tab: tab}
	for _, domain := range []string{"Page", "Runtime", "Log", "Network", "Audits"} {
		tab.Call(domain+".enable", nil)
	}
	tab.events("Runtime.exceptionThrown", func(p map[string]any) { w.add("an exception", p["exceptionDetails"]) })
	tab.events("Runtime.consoleAPICalled", func(p map[string]any) {
		if kind := p["type"]; kind == "error" || kind == "warning" || kind == "assert" {
			w.add("the console", p["args"])
		}
	})
	tab.events("Log.entryAdded", func(p map[string]any) {
		entry, _ := p["entry"].(map[string]any)
		if level := entry["level"]; level == "error" || level == "warning" {
			w.add("the log", entry)
		}
	})
	tab.events("Audits.issueAdded", func(p map[string]any) {
		issue, _ := p["issue"].(map[string]any)
		if issue["code"] == "ContentSecurityPolicyIssue" || issue["code"] == "CookieIssue" {
			w.add("an issue", issue)
		}
	})
	tab.events("Network.requestWillBeSent", func(p map[string]any) {
		request, _ := p["request"].(map[string]any)
		at, _ := request["url"].(string)
		if u, err := url.Parse(at); err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != tab.base && at != "about:blank" {
			w.add("a request elsewhere", at)
		}
	})
	return w
}

func (w *watch) add(what string, detail any) {
	text, _ := json.Marshal(detail)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf("%s: %s", what, text))
}

// Allow lets faults pass that match: where a test breaks the line, the browser
// rightly says so.
func (tab *Tab) Allow(pattern string) *Tab {
	tab.watch.mu.Lock()
	defer tab.watch.mu.Unlock()
	tab.watch.allowed = append(tab.watch.allowed, regexp.MustCompile(pattern))
	return tab
}

// brokenLine matches what the browser says where requests fail or are refused.
const brokenLine = `Failed to load resource`

// report fails the test for each fault that was not allowed.
func (w *watch) report() {
	w.tab.call("Runtime.evaluate", object{"expression": "0"}) // what came before has arrived
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		ok := false
		for _, pattern := range w.allowed {
			ok = ok || pattern.MatchString(fault)
		}
		if !ok {
			w.tab.t.Errorf("%s: %s", w.tab.name, fault)
		}
	}
}
