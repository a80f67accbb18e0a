package chat

import (
	"bytes"
	"encoding/json"
)

// JSON encodes v as it goes over the wire: on one line, with '<', '>' and '&'
// as they are. Every answer and every event is encoded here, so that the same
// thing has the same bytes everywhere. It panics where v can't be encoded,
// which the types of this package always can.
func JSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
