package browser

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// pour writes messages into the lobby, so many at once, each writer with a pause
// between two of its own.
func pour(by *Person, total, writers int, pause time.Duration) {
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := w; i < total; i += writers {
				began := time.Now()
				by.Ask("POST", "/rooms/lobby/messages", object{"body": fmt.Sprintf("Guss %d, ein Satz von der Länge, die Sätze hier haben", i)}, nil)
				time.Sleep(pause - time.Since(began))
			}
		})
	}
	wg.Wait()
}

// settled waits until the page has drawn all that the lobby holds.
func (tab *Tab) settled(by *Person) {
	tab.t.Helper()
	var room struct{ Room struct{ Head int64 } }
	by.Must("GET", "/rooms/lobby", nil, &room)
	tab.WaitFor(2*patience, "the end of it all", "document.querySelector('#got .live').textContent.endsWith('#' + %s) && document.querySelector('#rows > .msg:last-child').id === 'm' + %s", room.Room.Head, room.Room.Head)
}

// heap is what the page's objects take, in bytes, and how many nodes it has.
func (tab *Tab) heap() (bytes, nodes float64) {
	tab.t.Helper()
	tab.Call("HeapProfiler.collectGarbage", nil)
	metrics, _ := tab.Call("Performance.getMetrics", nil)["metrics"].([]any)
	for _, one := range metrics {
		metric, _ := one.(map[string]any)
		switch metric["name"] {
		case "JSHeapUsedSize":
			bytes, _ = metric["value"].(float64)
		case "Nodes":
			nodes, _ = metric["value"].(float64)
		}
	}
	return bytes, nodes
}

// A page that hears 250 messages a second goes on drawing frames, and after ten
// thousand takes no more memory than after some hundreds.
func TestBurst(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	a.Call("Performance.enable", nil)
	pour(soran, 500, 40, 0)
	a.settled(soran)
	few, fewNodes := a.heap()

	Eval[any](a, `void (() => {
		window.frames = { count: 0, longest: 0, tasks: [] };
		let last = performance.now();
		const next = (now) => {
			frames.count++;
			frames.longest = Math.max(frames.longest, now - last);
			last = now;
			requestAnimationFrame(next);
		};
		requestAnimationFrame(next);
		new PerformanceObserver((list) => frames.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask' });
	})()`)
	began := time.Now()
	pour(soran, 2500, 10, 40*time.Millisecond)
	took := time.Since(began)
	a.settled(soran)
	drawn := Eval[struct {
		Count   int
		Longest float64
		Tasks   []int
	}](a, "frames")
	perSecond := float64(drawn.Count) / time.Since(began).Seconds()
	t.Logf("2500 messages in %s: %.0f frames a second, the longest %.0f ms; tasks over 50 ms: %v", took.Round(10*time.Millisecond), perSecond, drawn.Longest, drawn.Tasks)
	if perSecond < 10 {
		t.Errorf("%.0f frames a second", perSecond)
	}

	pour(soran, 7000, 40, 0)
	a.settled(soran)
	many, manyNodes := a.heap()
	t.Logf("after 500 messages %.1f MB and %.0f nodes, after 10,000 %.1f MB and %.0f", few/1e6, fewNodes, many/1e6, manyNodes)
	if many > 1.5*few {
		t.Errorf("the page grows from %.1f to %.1f MB", few/1e6, many/1e6)
	}
	a.whole(soran.seqs("lobby"))
}
