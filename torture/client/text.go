// Package client is what people use Maru with, as seen from the wire: readers
// by stream, long poll and poll, and publishers that retry. It writes down all
// that it does and sees.
package client

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// canaryMark begins every canary; what follows it names a room.
const (
	canaryMark = "kanari"
	canaryLen  = len(canaryMark) + 16
)

// Canaries are the rooms by their canaries: texts that stand in everything that
// is said in a room, and in its name, and nowhere else.
type Canaries map[string]string

// Canary makes the canary of a room.
func (c Canaries) Canary(rng *rand.Rand, room string) string {
	text := fmt.Sprintf("%s%016x", canaryMark, rng.Uint64())
	c[text] = room
	return text
}

// watch looks for canaries in bytes as they come, cut anywhere.
type watch struct {
	canaries Canaries
	found    func(room string)
	seen     map[string]bool // rooms that were told of
	tail     []byte
}

func (w *watch) Write(b []byte) {
	w.tail = append(w.tail, b...)
	for {
		i := bytes.Index(w.tail, []byte(canaryMark))
		if i < 0 {
			w.tail = append(w.tail[:0], w.tail[max(0, len(w.tail)-len(canaryMark)+1):]...)
			return
		}
		if len(w.tail) < i+canaryLen {
			w.tail = append(w.tail[:0], w.tail[i:]...)
			return
		}
		room, known := w.canaries[string(w.tail[i:i+canaryLen])]
		if known && !w.seen[room] {
			w.seen[room] = true
			w.found(room)
		}
		w.tail = append(w.tail[:0], w.tail[i+len(canaryMark):]...)
	}
}

// fillers make texts longer and put characters of many bytes on the wire.
var fillers = []string{
	"안녕하세요", "마루에 앉아", "👋🏽", "line\nbreak", "**bold**", "`code`", "é", "ok", "https://example.com/", "가나다라마바사", "\t", "“”", "🏠",
}

// Body makes the text of a version of a message. It names both, so that whoever
// sees it knows what it is.
func Body(rng *rand.Rand, canary, msg string, version int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s v%d", canary, msg, version)
	for range rng.IntN(20) {
		b.WriteByte(' ')
		b.WriteString(fillers[rng.IntN(len(fillers))])
	}
	b.WriteString(" .")
	return b.String()
}

// Parse reads from a text which version of which message it is.
func Parse(body string) (msg string, version int) {
	fields := strings.SplitN(body, " ", 4)
	if len(fields) < 3 {
		return "", 0
	}
	version, _ = strconv.Atoi(strings.TrimPrefix(fields[2], "v"))
	return fields[1], version
}
