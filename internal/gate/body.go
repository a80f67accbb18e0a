package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"unicode/utf8"

	"maru/internal/chat"
)

// The limits of what a visitor sends.
const (
	MaxBody   = 64 << 10
	MaxHeader = 32 << 10
)

// ReadBody reads a whole body within its limit of size; that of time is the
// server's.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, chat.Refuse(chat.TooLarge, "request_too_large", tooLarge.Limit)
	}
	if err != nil {
		return nil, chat.Refuse(chat.Invalid, "request_broken")
	}
	return body, nil
}

// Decode reads the body of a request into the struct that into points to. It
// takes exactly the members that the struct's tags name. Where all of them are
// pointers, and so may be left out, no body at all is an empty object.
func Decode(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := ReadBody(w, r)
	if err != nil {
		return err
	}
	shape := reflect.TypeOf(into).Elem()
	if len(body) == 0 && allOptional(shape) {
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return chat.Refuse(chat.Invalid, "content_type")
	}
	return decodeObject(body, shape, into)
}

func decodeObject(body []byte, shape reflect.Type, into any) error {
	// Go's decoder would repair both silently.
	if !utf8.Valid(body) || loneSurrogate(body) {
		return chat.Refuse(chat.Invalid, "json_utf8")
	}
	err := json.Unmarshal(body, into)
	wrong, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	if err != nil && !mistyped || bytes.TrimLeft(body, space)[0] != '{' {
		return chat.Refuse(chat.Invalid, "json_object")
	}
	given := make([][]byte, shape.NumField())
	for name, value := range members(body) {
		// Go's decoder would also take `Body` for `body`.
		i := memberOf(shape, name)
		if i < 0 {
			return chat.Refuse(chat.Invalid, "unknown_member", name)
		}
		given[i] = value
	}
	if mistyped {
		return chat.Refuse(chat.Invalid, "wrong_type", wrong.Field)
	}
	for i, value := range given {
		field := shape.Field(i)
		required := field.Type.Kind() != reflect.Pointer && field.Type.Kind() != reflect.Slice
		if required && (value == nil || string(value) == "null") {
			return chat.Refuse(chat.Invalid, "missing_member", field.Tag.Get("json"))
		}
	}
	return decodeNested(reflect.ValueOf(into).Elem(), given)
}

// decodeNested holds objects inside of the object to the same rules.
func decodeNested(value reflect.Value, given [][]byte) error {
	for i := range given {
		field := value.Field(i)
		if field.Kind() == reflect.Pointer && field.Type().Elem().Kind() == reflect.Struct && !field.IsNil() {
			if err := decodeObject(given[i], field.Type().Elem(), field.Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// space is what may stand between the parts of JSON.
const space = " \t\r\n"

// members are the members of an object, which is known to be whole.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		var name string
		depth, from := 0, 0
		for i := 0; ; i++ {
			switch c := object[i]; {
			case c == '"':
				for i++; object[i] != '"'; i++ {
					if object[i] == '\\' {
						i++
					}
				}
			case c == '{' || c == '[':
				if depth++; depth == 1 {
					from = i + 1
				}
			case depth == 1 && c == ':':
				json.Unmarshal(object[from:i], &name)
				from = i + 1
			case depth == 1 && (c == ',' || c == '}'):
				value := bytes.Trim(object[from:i], space)
				if len(value) > 0 && !yield(name, value) || c == '}' {
					return
				}
				from = i + 1
			case c == '}' || c == ']':
				depth--
			}
		}
	}
}

func allOptional(shape reflect.Type) bool {
	for i := range shape.NumField() {
		if shape.Field(i).Type.Kind() != reflect.Pointer {
			return false
		}
	}
	return true
}

// memberOf returns which field of a shape has a name, or -1.
func memberOf(shape reflect.Type, name string) int {
	for i := range shape.NumField() {
		if shape.Field(i).Tag.Get("json") == name {
			return i
		}
	}
	return -1
}

// loneSurrogate reports whether a \u escape stands for half of a character.
func loneSurrogate(body []byte) bool {
	for {
		at := bytes.IndexByte(body, '\\')
		if at < 0 || at+1 >= len(body) {
			return false
		}
		body = body[at:]
		first, ok := escaped(body)
		if !ok {
			body = body[2:]
			continue
		}
		body = body[6:]
		switch {
		case first >= 0xDC00 && first < 0xE000:
			return true
		case first >= 0xD800 && first < 0xDC00:
			second, ok := escaped(body)
			if !ok || second < 0xDC00 || second >= 0xE000 {
				return true
			}
			body = body[6:]
		}
	}
}

// escaped returns the unit of the \u escape that b begins with.
func escaped(b []byte) (uint64, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return n, err == nil
}
