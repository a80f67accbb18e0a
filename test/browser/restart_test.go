package browser

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// seeds is how many runs the test of restarts makes.
func seeds(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("MARU_SEEDS"))
	if err != nil {
		return 5
	}
	return n
}

// storm is one run: people write while the server dies and comes back.
type storm struct {
	t      *testing.T
	chance *rand.Rand
	server *Server
	proxy  *Proxy
	tab    *Tab
	writer *Person
	room   string

	mu    sync.Mutex
	acked map[string]bool // bodies that the server said it stored
}

// writers are how many programs write at once, together some 250 times a second.
const writers = 10

// noted makes a page note each message that is drawn, and whenever its rows are
// not in order or one is there twice.
const noted = `void (() => {
	const rows = document.querySelector('#rows');
	window.drawn = new Set();
	window.faults = [];
	new MutationObserver((changes) => {
		for (const { addedNodes } of changes) for (const row of addedNodes) if (row.dataset?.seq) drawn.add(Number(row.dataset.seq));
		const seqs = [...rows.querySelectorAll('.msg[data-seq]')].map((row) => Number(row.dataset.seq));
		if (seqs.some((seq, i) => seq <= seqs[i - 1]) || seqs.length > 300) faults.push(seqs.join());
	}).observe(rows, { childList: true });
})()`

// The server dies in the middle of streams and posts, and the answer to one
// post of the page is lost after it was stored. All that was acknowledged came to
// the screen, once, in the order of the numbers, and nothing else did.
func TestRestarts(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	tab := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
	tab.Language("ko")
	first := rand.Uint64()
	if given, err := strconv.ParseUint(os.Getenv("MARU_SEED"), 10, 64); err == nil {
		first = given
	}
	for i := range uint64(seeds(t)) {
		seed := first + i
		t.Logf("MARU_SEED=%d", seed)
		room := fmt.Sprintf("storm-%d", i)
		soran.Open(room, room, "open")
		run := &storm{t: t, chance: rand.New(rand.NewPCG(seed, 0)), server: s, proxy: p, tab: tab, writer: soran, room: room, acked: map[string]bool{}}
		run.run()
		if t.Failed() {
			return
		}
	}
}

func (s *storm) run() {
	s.t.Helper()
	s.tab.Go("/rooms/" + s.room).Live()
	Eval[any](s.tab, noted)
	began := time.Now()
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for i := range writers {
		chance := rand.New(rand.NewPCG(s.chance.Uint64(), uint64(i)))
		writing.Go(func() { s.write(i, stop, chance) })
	}
	lossAt := s.chance.IntN(4)
	for i := range 6 {
		text := fmt.Sprintf("page %d", i)
		if i == lossAt {
			lost := s.proxy.LoseReply("POST /api/v1/rooms/" + s.room + "/messages")
			s.tab.Say(text)
			<-lost
		} else {
			s.tab.Say(text)
		}
		s.pause(200)
		if i == 1 || i == 4 {
			s.server.Kill()
			if i == 1 {
				s.tab.Wait("words that the line is cut", `document.querySelector('#sill.cut') && /끊겼어요/.test(document.querySelector('#line').textContent)`)
			} else {
				s.pause(900)
			}
			s.server.Start()
			s.pause(300)
		}
	}
	close(stop)
	writing.Wait()
	s.t.Logf("%d messages in %s", len(s.acked), time.Since(began).Round(100*time.Millisecond))
	s.settle()
}

func (s *storm) pause(most int) { time.Sleep(time.Duration(s.chance.IntN(most)) * time.Millisecond) }

// write posts through the API as a program does that never gives up: under one
// nonce until the server has answered.
func (s *storm) write(who int, stop chan struct{}, chance *rand.Rand) {
	for i := 0; ; i++ {
		text := fmt.Sprintf("program %d-%d", who, i)
		draft := object{"body": text, "nonce": fmt.Sprintf("program-%d-%d", who, i)}
		for {
			if _, err := s.writer.Ask("POST", "/rooms/"+s.room+"/messages", draft, nil); err == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		s.mu.Lock()
		s.acked[text] = true
		s.mu.Unlock()
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(chance.IntN(16)) * time.Millisecond):
		}
	}
}

// settle waits until the page says that everything is here, and compares it
// with what the server holds.
func (s *storm) settle() {
	s.t.Helper()
	s.tab.Wait("no message on its way", `document.querySelector('.waiting') === null`)
	if n := Eval[int](s.tab, "document.querySelectorAll('.failed').length"); n > 0 {
		s.t.Logf("%d messages of the page gave up waiting for the server; its author sends them again", n)
		for range n {
			s.tab.Click(".failed .mend button")
			s.tab.Wait("no message on its way", `document.querySelector('.waiting') === null`)
		}
	}
	var room struct {
		Room struct{ Head int64 } `json:"room"`
	}
	s.writer.Must("GET", "/rooms/"+s.room, nil, &room)
	s.tab.Wait("words that everything is here, live", `document.querySelector('#sill:not(.cut)') &&
		document.querySelector('#line').textContent === '' && document.querySelector('#got').textContent.includes('모두 받음 · #' + %s)`, room.Room.Head)
	for _, fault := range Eval[[]string](s.tab, "faults.slice(0, 3)") {
		s.t.Errorf("the page showed the numbers %s", fault)
	}
	drawn := Eval[[]int64](s.tab, "[...drawn].sort((a, b) => a - b)")
	held := s.writer.all(s.room)
	for i := range 6 {
		s.acked[fmt.Sprintf("page %d", i)] = true
	}
	var seqs []int64
	for _, m := range held {
		seqs = append(seqs, m.Seq)
		if !s.acked[m.Body] {
			s.t.Errorf("the server holds %q twice, or nobody wrote it", m.Body)
		}
		delete(s.acked, m.Body)
	}
	if len(s.acked) > 0 {
		s.t.Errorf("the server does not hold %v", s.acked)
	}
	if !slices.Equal(drawn, seqs) {
		s.t.Errorf("the page has drawn\n%v\nand the server holds\n%v", drawn, seqs)
	}
	s.tab.whole(seqs)
}
