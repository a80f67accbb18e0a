package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chrome is the one browser process of all tests; TestMain sets it.
var chrome context.Context

// findChrome returns the path of a Chromium, or "".
func findChrome() string {
	for _, name := range []string{os.Getenv("MARU_CHROME"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if at, err := exec.LookPath(name); name != "" && err == nil {
			return at
		}
	}
	return ""
}

// startChrome starts the browser. It looks up no name, so that a page which
// asks another host for something shows an error and nothing leaves the machine.
func startChrome(at string) (stop func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(at), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.*"),
	)
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stop = func() {
		within, done := context.WithTimeout(ctx, 20*time.Second)
		chromedp.Cancel(within)
		done()
		cancel()
		free()
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, fmt.Errorf("starting %s: %w", at, err)
	}
	chrome = ctx
	return stop, nil
}

// Window is a browser with cookies and storage of its own: one person at one
// device.
type Window struct {
	t     testing.TB
	ctx   context.Context
	base  string // where pages are: http://host:port
	setup []func(*Tab)
}

// NewWindow opens a browser of its own on the pages at base. Each setup is done
// to every tab of it.
func NewWindow(t testing.TB, base string, setup ...func(*Tab)) *Window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return &Window{t: t, ctx: ctx, base: base, setup: setup}
}

// SignIn lets the window in as a person, without the page of the sign-in.
func (w *Window) SignIn(p *Person) *Window {
	w.t.Helper()
	session := p.Again()
	w.setup = append(w.setup, func(tab *Tab) {
		tab.Call("Network.setCookie", object{"name": "maru", "value": session.cookie, "url": w.base, "httpOnly": true, "sameSite": "Lax"})
	})
	return w
}

// Tab is one page that is open.
type Tab struct {
	*Window
	name   string
	ctx    context.Context
	target *chromedp.Target
	watch  *watch
}

type object map[string]any

// Tab opens a new tab.
func (w *Window) Tab(name string) *Tab {
	w.t.Helper()
	ctx := w.ctx
	if chromedp.FromContext(ctx).Target != nil {
		var cancel context.CancelFunc
		ctx, cancel = chromedp.NewContext(w.ctx)
		w.t.Cleanup(cancel)
	}
	if err := chromedp.Do(ctx); err != nil {
		w.t.Fatalf("opening a tab: %v", err)
	}
	tab := &Tab{Window: w, name: name, ctx: ctx, target: chromedp.FromContext(ctx).Target}
	tab.watch = startWatch(tab)
	w.t.Cleanup(tab.watch.report)
	tab.Call("Emulation.setFocusEmulationEnabled", object{"enabled": true})
	for _, do := range w.setup {
		do(tab)
	}
	return tab
}

// Call gives the browser a command of its protocol and returns the answer.
func (tab *Tab) Call(method string, params any) map[string]any {
	tab.t.Helper()
	answer, err := tab.call(method, params)
	if err != nil {
		tab.t.Fatalf("%s: %s: %v", tab.name, method, err)
	}
	return answer
}

func (tab *Tab) call(method string, params any) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if params == nil {
		params = object{}
	}
	var answer map[string]any
	err := tab.target.Call(ctx, method, params, &answer)
	return answer, err
}

// events calls fn with each event of a kind that the tab reports.
func (tab *Tab) events(method string, fn func(params map[string]any)) {
	events, cancel := tab.target.Subscribe(method)
	tab.t.Cleanup(cancel)
	go func() {
		for text := range events {
			var params map[string]any
			if json.Unmarshal(text, &params) == nil {
				fn(params)
			}
		}
	}()
}

// Frame is the page in the one frame of another site that the tab shows, which
// lives in a process of its own.
func (tab *Tab) Frame() *Tab {
	tab.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		all, err := chromedp.Targets(tab.ctx)
		if err != nil {
			tab.t.Fatal(err)
		}
		for _, one := range all {
			if one.Type != "iframe" {
				continue
			}
			ctx, cancel := chromedp.NewContext(tab.ctx, chromedp.WithTargetID(one.TargetID))
			tab.t.Cleanup(cancel)
			if err := chromedp.Do(ctx); err != nil {
				tab.t.Fatal(err)
			}
			return &Tab{Window: tab.Window, name: tab.name + ", the frame", ctx: ctx, target: chromedp.FromContext(ctx).Target}
		}
	}
	tab.t.Fatal("the tab shows no frame of another site")
	return nil
}
