package browser

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// django is the Python that Django is installed for.
const django = "/usr/bin/python3"

// shop is the Django site of docs/django.md, made as that page says.
type shop struct {
	t      *testing.T
	dir    string
	env    []string
	origin string
	blocks [][]string // what each is, and its text
}

func newShop(t *testing.T, s *Server) *shop {
	t.Helper()
	if exec.Command(django, "-c", "import django").Run() != nil {
		if os.Getenv("MARU_TESTS") == "all" {
			t.Fatal("Django is not installed: scripts/setup.sh installs it")
		}
		t.Skip("Django is not installed: scripts/setup.sh installs it")
	}
	text, err := os.ReadFile("../../docs/django.md")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &shop{t: t, dir: t.TempDir(), origin: "http://" + listener.Addr().String()}
	listener.Close()
	for _, m := range regexp.MustCompile("(?ms)^```(.*?)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		d.blocks = append(d.blocks, []string{m[1], strings.ReplaceAll(m[2], "http://127.0.0.1:8000", d.origin)})
	}
	d.env = append(os.Environ(), "PATH="+filepath.Dir(django)+":"+os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1", "MARU_URL="+s.URL(), "MARU_DATA="+s.data)
	return d
}

// shell runs commands in the folder of the site.
func (d *shop) shell(commands string) *exec.Cmd {
	c := exec.Command("bash", "-euc", commands)
	c.Dir, c.Env = d.dir, d.env
	return c
}

func (d *shop) run(commands string) string {
	d.t.Helper()
	out, err := d.shell(commands).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s\n%v\n%s", commands, err, out)
	}
	return string(out)
}

// build does what the page says, from the top.
func (d *shop) build(s *Server) (say string) {
	d.t.Helper()
	for _, block := range d.blocks {
		kind, text := block[0], block[1]
		language, file, _ := strings.Cut(kind, " ")
		switch {
		case kind == "sh maru":
			for line := range strings.Lines(text) {
				printed := s.site(strings.Fields(line)[2:]...)
				if m := regexp.MustCompile(`kid +(\S+)\s+secret +(\S+)`).FindStringSubmatch(printed); m != nil {
					d.env = append(d.env, "MARU_KID="+m[1], "MARU_SECRET="+m[2])
				}
			}
		case kind == "sh serve":
			d.serve()
		case kind == "sh say":
			say = text
		case kind == "sh" && !strings.Contains(text, "…"):
			d.run(text)
		case language == "python" || language == "html":
			d.write(file, text)
		}
	}
	return say
}

// write writes a file, or adds to one.
func (d *shop) write(file, text string) {
	d.t.Helper()
	if added, ok := strings.CutPrefix(file, ">> "); ok {
		file = added
		before, err := os.ReadFile(filepath.Join(d.dir, file))
		if err != nil {
			d.t.Fatal(err)
		}
		text = string(before) + text
	}
	path := filepath.Join(d.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// serve starts the site and waits until it answers.
func (d *shop) serve() {
	d.t.Helper()
	c := exec.Command(django, "manage.py", "runserver", strings.TrimPrefix(d.origin, "http://"), "--noreload")
	c.Dir, c.Env = d.dir, d.env
	var out strings.Builder
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		if d.t.Failed() {
			d.t.Logf("Django says:\n%s", out.String())
		}
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if answer, err := http.Get(d.origin + "/accounts/login/"); err == nil {
			answer.Body.Close()
			return
		}
	}
	d.t.Fatal("Django does not answer")
}

// docs/django.md makes a site with its own login whose people talk in Maru, and
// what its ORM writes is on the screen at once.
func TestDjango(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	d := newShop(t, s)
	began := time.Now()
	say := d.build(s)
	tab := NewWindow(t, d.origin).Tab("daon").Allow("elsewhere: .*" + regexp.QuoteMeta(s.addr)).Allow("favicon|404")
	tab.Call("Page.navigate", object{"url": d.origin + "/"})
	tab.Loaded("/accounts/login/?next=/")
	tab.Fill("#id_username", "daon")
	tab.Fill("#id_password", "a long sentence")
	tab.submit("button", "/")
	c := (&Chat{tab, "maru-chat"}).Live()
	t.Logf("from an empty folder to live chat: %.1f s", time.Since(began).Seconds())
	c.Say("hello from Django")
	c.Has("hello from Django")
	mina.Say("lobby", "hello from Maru")
	c.Has("hello from Maru")
	d.run(say)
	c.Has("A new book has come in")
	c.Is("who said it", "[...root.querySelectorAll('.msg')].at(-1).querySelector('.by').textContent === '민아'")
	d.run(`python3 manage.py shell -c "
from chat.models import Message
said = Message.objects.get(body='A new book has come in')
said.body = 'Two new books have come in'
said.save(update_fields=['body'])
Message.objects.get(body='hello from Maru').delete()"`)
	c.Has("Two new books have come in")
	c.Is("the tombstone", "root.querySelector('.slip.gone')")
}
