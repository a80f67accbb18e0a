package door

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"maru/internal/chat"
	"maru/internal/page"
)

// mostDrawings is how many packed pages are remembered: 10 to 20 KB each.
const mostDrawings = 500

// drawingTime is how long a page stays true though nothing is committed: dates on
// it follow the clock, and every zone's day begins on a quarter of an hour.
const drawingTime = 15 * time.Minute

// Remembered answers with a page that hangs on nothing but the tables, the request,
// the date and what else is named. As long as these stay what they are, it is the
// page that was drawn before, packed. Each answer has a nonce of its own, which draw
// puts where it belongs, once.
func (d *Door) Remembered(w http.ResponseWriter, r *http.Request, actor chat.Actor, hangs string, draw func(nonce string) (page.View, error)) error {
	if !TakesGzip(r) || d.Pages.Dev() {
		view, err := draw(chat.NewSecret())
		if err != nil {
			return err
		}
		return d.Render(w, r, http.StatusOK, view)
	}
	asked := chat.HashSecret(strings.Join([]string{
		strconv.FormatInt(actor.ID, 10), r.URL.RequestURI(), strings.Join(r.Header["Cookie"], ";"),
		strings.Join(r.Header["Accept-Language"], ","), strconv.FormatInt(time.Now().Unix()/int64(drawingTime.Seconds()), 10), hangs,
	}, "\n"))
	drawn, err := d.drawings.Find(d.Store.Database(), asked, func() (*drawing, error) {
		view, err := draw(d.hole)
		if err != nil {
			return nil, err
		}
		var body bytes.Buffer
		if err := d.Pages.Render(&body, view); err != nil {
			return nil, err
		}
		return newDrawing(body.Bytes(), []byte(d.hole)), nil
	})
	if err != nil {
		return err
	}
	pageHeaders(w.Header())
	w.Header().Set("Content-Encoding", "gzip")
	return sendPage(w, http.StatusOK, drawn.with(chat.NewSecret()))
}

// drawing is a packed page with a hole. The parts before and behind it are packed
// without each other, so that what fills it can stand between them as it is.
type drawing struct {
	before, behind []byte // packed
	sum            uint32 // of what is before, unpacked
	tail           []byte // what is behind, unpacked
	size           int    // of both, unpacked
}

func newDrawing(body, hole []byte) *drawing {
	before, behind, _ := bytes.Cut(body, hole)
	return &drawing{
		before: deflate(before, (*flate.Writer).Flush), behind: deflate(behind, (*flate.Writer).Close),
		sum: crc32.ChecksumIEEE(before), tail: bytes.Clone(behind), size: len(before) + len(behind),
	}
}

// gzipHead is the head of a packed body of unknown time and system, RFC 1952.
const gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// with returns the packed page with its hole filled.
func (g *drawing) with(filling string) []byte {
	out := make([]byte, 0, len(gzipHead)+len(g.before)+5+len(filling)+len(g.behind)+8)
	out = append(append(out, gzipHead...), g.before...)
	// A block that is stored as it is, RFC 1951: not the last, its length twice.
	out = append(out, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(filling)))
	out = binary.LittleEndian.AppendUint16(out, ^uint16(len(filling)))
	out = append(append(out, filling...), g.behind...)
	sum := crc32.Update(crc32.Update(g.sum, crc32.IEEETable, []byte(filling)), crc32.IEEETable, g.tail)
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(g.size+len(filling)))
}

// deflaters are used again: a new one is a megabyte.
var deflaters = sync.Pool{New: func() any {
	z, _ := flate.NewWriter(nil, flate.BestSpeed) // it fails for another level alone
	return z
}}

// deflate packs, and ends as end does.
func deflate(plain []byte, end func(*flate.Writer) error) []byte {
	var out bytes.Buffer
	z := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(z)
	z.Reset(&out)
	z.Write(plain)
	end(z)
	return out.Bytes()
}
