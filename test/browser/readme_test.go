package browser

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// scene is a room as a picture of the README shows it.
type scene struct {
	file, lang, theme string
	width, height     int
	scale             float64
	touch             bool
	people            []string // the first reads
	topic             string
	said              []said
	rooms             []aside
	draft             string
}

// said is what somebody says so many minutes before the picture is taken; answers
// is the place of what it answers, counted from 1.
type said struct {
	ago     int
	by      string
	text    string
	answers int
	emoji   string
	given   []string
}

// aside is another room of the list: a direct one where it has no name.
type aside struct {
	name string
	ago  int
	by   string
	text string
	read bool
}

var scenes = []scene{
	{
		file: "phone.png", lang: "ko", theme: "dark", width: 412, height: 860, scale: 2, touch: true,
		people: []string{"민아", "소란", "하린", "도현", "서윤"}, topic: "함께 읽는 사람들의 방", draft: "그럼 1시 45분까지 갈게요",
		said: []said{
			{190, "소란", "좋은 아침이에요. 오늘은 두 시, 창가예요.", 0, "", nil},
			{190, "소란", "차는 제가 끓여 둘게요.", 0, "🍵", []string{"민아", "하린", "도현"}},
			{160, "하린", "오늘은 몇 쪽까지인가요?", 0, "", nil},
			{158, "민아", "3장 끝, **72쪽**까지요.", 3, "", nil},
			{95, "도현", "@민아 님, 지난주 메모는 어디에 있죠?", 0, "", nil},
			{92, "민아", "`메모/3장.md`에 두었어요.", 0, "", nil},
			{15, "서윤", "처음인데 듣기만 해도 괜찮을까요?", 0, "", nil},
			{13, "소란", "그럼요. 듣는 분이 있어야 읽을 맛이 나지요.", 0, "", nil},
			{13, "소란", "1시 50분쯤 오시면 앞자리 남겨 둘게요.", 0, "❤️", []string{"서윤", "하린"}},
		},
	},
	{
		file: "desktop.png", lang: "en", theme: "light", width: 1280, height: 856, scale: 1.5,
		people: []string{"Mina", "Soran", "Harin", "Dohyun", "Nora"}, topic: "Everybody who reads along", draft: "I will be there at a quarter to two",
		rooms: []aside{
			{"The chapter of the month", 50, "Nora", "Page 40, the ferry again", false},
			{"Garden", 75, "Harin", "The peas are up", true},
			{"Saturday walks", 200, "Dohyun", "Same place as last week", true},
			{"", 120, "Soran", "The key is where it always is", false},
		},
		said: []said{
			{190, "Soran", "Good morning. We read at two today, at the table by the window.", 0, "", nil},
			{190, "Soran", "I will put the kettle on.", 0, "🍵", []string{"Mina", "Harin", "Dohyun"}},
			{160, "Harin", "How far do we get?", 0, "", nil},
			{158, "Mina", "To the end of chapter three, **page 72**.", 3, "", nil},
			{95, "Dohyun", "@Mina, where did last week's notes go?", 0, "", nil},
			{92, "Mina", "They are in `notes/chapter-3.md`, with the map.", 0, "", nil},
			{15, "Nora", "It is my first time. May I just listen?", 0, "", nil},
			{13, "Soran", "Of course. Reading aloud needs somebody who listens.", 0, "", nil},
			{13, "Soran", "Come at ten to two and I will keep you a seat in front.", 0, "❤️", []string{"Nora", "Harin"}},
		},
	},
}

// TestReadmePictures takes the pictures of the README from a real run, where
// MARU_README names the folder for them. What was said before is written with
// sqlite3, which can say when.
func TestReadmePictures(t *testing.T) {
	folder := os.Getenv("MARU_README")
	if folder == "" {
		t.Skip("MARU_README names no folder")
	}
	for _, c := range scenes {
		c.take(t, folder)
	}
}

func (c scene) take(t *testing.T, folder string) {
	s := StartServer(t)
	people := map[string]*Person{}
	for _, name := range c.people {
		people[name] = s.Join(name, "")
	}
	reader, others := people[c.people[0]], c.people[1:]
	reader.Must("PATCH", "/rooms/lobby", object{"topic": c.topic}, nil)
	now := time.Now()
	s.sqlite3(fmt.Sprintf("UPDATE users SET created_at = %d", now.AddDate(0, 0, -7).UnixMilli())) // nobody is mentioned who is not there yet
	write := func(room string, ago int, by *Person, text string, answers int) {
		at := now.Add(-time.Duration(ago) * time.Minute).UnixMilli()
		sql := fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body, at, reply_to) SELECT id, %d, '%s', %d, nullif(%d, 0) FROM rooms WHERE slug = '%s'`,
			by.ID, strings.ReplaceAll(text, "'", "''"), at, answers, room)
		s.sqlite3(sql)
	}
	for i, r := range c.rooms {
		slug := fmt.Sprintf("room-%d", i)
		if r.name == "" {
			reader.Must("POST", "/rooms", object{"slug": slug, "kind": "direct", "members": []int64{people[r.by].ID}}, nil)
		} else {
			reader.Open(slug, r.name, "open")
		}
		write(slug, r.ago, people[r.by], r.text, 0)
		if r.read {
			reader.Must("PUT", "/rooms/"+slug+"/read", object{"seq": reader.Messages(slug)[0].Seq}, nil)
		}
	}
	var seqs []int64
	for _, m := range c.said {
		answers := int64(0)
		if m.answers > 0 {
			answers = seqs[m.answers-1]
		}
		write("lobby", m.ago, people[m.by], m.text, int(answers))
		list := reader.Messages("lobby")
		seqs = append(seqs, list[len(list)-1].Seq)
	}
	// Who reacts joins, and a new member has read everything: the reader's mark is from before.
	reader.Must("PUT", "/rooms/lobby/members/me", nil, nil)
	for i, m := range c.said {
		for _, by := range m.given {
			people[by].React("lobby", seqs[i], m.emoji)
		}
	}
	early := afternoon(now)
	for _, name := range others[:3] {
		NewWindow(t, s.URL()).SignIn(people[name]).Tab(name).Go("/rooms/lobby").Live()
	}
	tab := NewWindow(t, s.URL(), early).SignIn(reader).Tab(reader.Name)
	tab.Size(c.width, c.height, c.scale, c.touch)
	tab.Theme(c.theme)
	tab.Language(c.lang)
	tab.Go("/rooms/lobby").Live()
	// A server's system has no font for its windows; a reader's has one like this.
	Eval[any](tab, "void document.documentElement.style.setProperty('--font', '\"Noto Sans CJK KR\", system-ui, sans-serif')")
	tab.Focus("#say")
	tab.Type(c.draft)
	tab.Wait("who is here", "[...document.querySelectorAll('.present span')].some((one) => one.textContent.includes('4'))")
	people[others[2]].Must("POST", "/rooms/lobby/typing", nil, nil)
	tab.Wait("who writes", "document.querySelector('#typing').textContent !== ''")
	data, _ := tab.Call("Page.captureScreenshot", nil)["data"].(string)
	picture, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	small := shrink(t, picture)
	const most = 150 << 10
	if len(small) > most {
		t.Errorf("%s has %d bytes, the budget is %d", c.file, len(small), most)
	}
	if err := os.WriteFile(filepath.Join(folder, c.file), small, 0o644); err != nil {
		t.Fatal(err)
	}
}

// sqlite3 does something to the server's tables.
func (s *Server) sqlite3(sql string) {
	s.t.Helper()
	if out, err := exec.Command("sqlite3", "-cmd", ".timeout 5000", filepath.Join(s.data, "maru.db"), sql).CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

// afternoon puts a reader where it is between one and two in the afternoon.
func afternoon(now time.Time) func(*Tab) {
	zone := fmt.Sprintf("Etc/GMT%+d", now.UTC().Hour()-13) // these count from the west
	return func(tab *Tab) {
		tab.Call("Emulation.setTimezoneOverride", object{"timezoneId": zone})
		tab.Call("Network.setCookie", object{"name": "zone", "value": zone, "url": tab.base})
	}
}

// shrink writes a picture with 256 colours: the most frequent as they are, the
// others by the nearest.
func shrink(t *testing.T, picture []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bounds := full.Bounds()
	count := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	byCount := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	taken := map[[3]uint8]bool{}
	for i, c := range byCount {
		coarse := [3]uint8{c.R >> 4, c.G >> 4, c.B >> 4}
		if len(palette) < 256 && (i < 96 || !taken[coarse]) {
			palette = append(palette, c)
			taken[coarse] = true
		}
	}
	nearest := map[color.RGBA]uint8{}
	for c := range count {
		nearest[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, small); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
